import { parseQuantity } from './parseQuantity.ts';
import type { Clock, Query, TimePoint } from './query.ts';

type TimeRange = Omit<Extract<Query, { kind: 'time' }>, 'kind'>;

const DAY = 86_400_000;
const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ](.+))?$/;
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?$/;
const ZONE = /(?:Z|([+-])(\d{2}):?(\d{2}))$/i;

/** `2026-11-24`, `2026-11-24T10:00[:05[.123]][Z|+01:00]`, `10:00[:05]`, `-15m`; undefined when it is none of these. */
export function parseTimePoint(text: string): TimePoint | undefined {
  if (/^-\d/.test(text)) {
    const ago = parseQuantity(text.slice(1));
    return ago?.unit === 'time' ? { kind: 'fromEnd', ms: ago.value } : undefined;
  }
  const [, date, rest] = DATE.exec(text) ?? [];
  if (date !== undefined) {
    if (Number.isNaN(Date.parse(date)) || new Date(date).toISOString().slice(0, 10) !== date) return undefined;
    if (rest === undefined) return { kind: 'date', date };
    const time = parseClock(rest);
    return time && { kind: 'date', date, ...time };
  }
  const time = parseClock(text);
  return time && { kind: 'clock', ...time };
}

function parseClock(text: string): { clock: Clock; zoneMinutes?: number } | undefined {
  const zone = ZONE.exec(text);
  const [, hour, minute, second, fraction] = CLOCK.exec(zone ? text.slice(0, zone.index) : text) ?? [];
  if (hour === undefined || minute === undefined) return undefined;
  const parts = [Number(hour), Number(minute), Number(second ?? 0)] as const;
  // 24:00 is the end of the day, 60 a leap second.
  if (parts[0] > 24 || parts[1] > 59 || parts[2] > 60) return undefined;
  const precision =
    second === undefined ? 60_000 : fraction === undefined ? 1_000 : Math.max(1, 10 ** (3 - fraction.length));
  const ms =
    parts[0] * 3_600_000 + parts[1] * 60_000 + parts[2] * 1_000 + Math.floor(Number(`0.${fraction ?? 0}`) * 1_000);
  const clock = { ms, precision };
  if (!zone) return { clock };
  const offset = Number(zone[2] ?? 0) * 60 + Number(zone[3] ?? 0);
  return { clock, zoneMinutes: zone[1] === '-' ? -offset : offset };
}

/** What a time without a date or a zone is held against. */
export interface LogTimes {
  /** ms of the last record that has a time; NaN while there is none. */
  end: number;
  /** Minutes that the log's own local times are ahead of UTC. */
  zoneMinutes: number;
}

/** The half-open range of ms [from, to) of a `time` expression. */
export function resolveTimes({ from, to, above, below }: TimeRange, log: LogTimes): { from: number; to: number } {
  // `2026-11-24T10:00..10:05`: the second end is of the first one's day.
  const day = from?.kind === 'date' && to?.kind === 'clock' ? from.date : undefined;
  const begin = from && resolve(from, log);
  const end = to && resolve(to, log, day);
  // `23:50..00:10`: over midnight.
  const shift = begin && end && from?.kind === 'clock' && to?.kind === 'clock' && begin.from >= end.to ? DAY : 0;
  return {
    from: begin ? (above ? begin.to : begin.from) - shift : Number.NEGATIVE_INFINITY,
    to: end ? (below ? end.from : end.to) : Number.POSITIVE_INFINITY,
  };
}

function resolve(point: TimePoint, log: LogTimes, day?: string): { from: number; to: number } {
  if (point.kind === 'fromEnd') return { from: log.end - point.ms, to: log.end - point.ms + 1 };
  const zone = (point.zoneMinutes ?? log.zoneMinutes) * 60_000;
  const date = point.kind === 'date' ? point.date : day;
  const midnight = (date === undefined ? Math.floor((log.end + zone) / DAY) * DAY : Date.parse(date)) - zone;
  const from = midnight + (point.clock?.ms ?? 0);
  return { from, to: from + (point.clock?.precision ?? DAY) };
}

/** Whether its meaning depends on where the log ends. */
export function needsEnd(point: TimePoint | undefined): boolean {
  return point !== undefined && point.kind !== 'date';
}
