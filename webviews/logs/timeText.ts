/** How the table writes times: as the clock of this machine, as UTC, since the first record, or since the row before. */
export const timeModes = ['local', 'utc', 'relative', 'delta'] as const;
export type TimeMode = (typeof timeModes)[number];

export const timeModeNames: Readonly<Record<TimeMode, string>> = {
  local: 'Local time',
  utc: 'UTC',
  relative: 'Since start',
  delta: 'Since row before',
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** A clock whose UTC fields read as local ones. Years 0 to 9999 and beyond are written as they are. */
function shifted(time: number, utc: boolean): Date {
  return new Date(utc ? time : time - new Date(time).getTimezoneOffset() * MINUTE_MS);
}

/** `14:03:05.123` */
export function clockText(time: number, utc: boolean): string {
  const at = shifted(time, utc);
  if (Number.isNaN(at.getTime())) return '';
  return `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}.${pad(at.getUTCMilliseconds(), 3)}`;
}

/** `2026-11-24` */
export function dayText(time: number, utc: boolean): string {
  const at = shifted(time, utc);
  if (Number.isNaN(at.getTime())) return '';
  return `${pad(at.getUTCFullYear(), 4)}-${pad(at.getUTCMonth() + 1)}-${pad(at.getUTCDate())}`;
}

/** The time of a row. `before`: the time of the row above, `start`: of the log's first record. */
export function rowTimeText(
  time: number | undefined,
  mode: TimeMode,
  { start, before, days }: { start: number | undefined; before: number | undefined; days: boolean },
): { text: string; day: string; newDay: boolean } {
  if (time === undefined) return { text: '', day: '', newDay: false };
  if (mode === 'relative') return { text: start === undefined ? '' : spanText(time - start), day: '', newDay: false };
  if (mode === 'delta') return { text: before === undefined ? '' : spanText(time - before), day: '', newDay: false };
  const utc = mode === 'utc';
  if (!days) return { text: clockText(time, utc), day: '', newDay: false };
  const day = dayText(time, utc);
  return {
    text: clockText(time, utc),
    day: day.slice(5),
    newDay: before === undefined || dayText(before, utc) !== day,
  };
}

/** A signed span: `+0.012`, `+1:02:03.456`, `-3d 04:00:00.000` */
export function spanText(ms: number): string {
  const size = Math.abs(ms);
  const sign = ms < 0 ? '-' : '+';
  const seconds = `${Math.floor(size / 1000) % 60}`;
  const millis = pad(Math.floor(size % 1000), 3);
  if (size < MINUTE_MS) return `${sign}${seconds}.${millis}`;
  const minutes = Math.floor(size / MINUTE_MS) % 60;
  if (size < HOUR_MS) return `${sign}${minutes}:${pad(Number(seconds))}.${millis}`;
  const clock = `${pad(minutes)}:${pad(Number(seconds))}.${millis}`;
  if (size < DAY_MS) return `${sign}${Math.floor(size / HOUR_MS)}:${clock}`;
  return `${sign}${Math.floor(size / DAY_MS)}d ${pad(Math.floor(size / HOUR_MS) % 24)}:${clock}`;
}

/** A length of time for a person: `12 ms`, `1.25 s`, `3 min 5 s`, `2 h`, `4 days`. */
export function lengthText(ms: number): string {
  if (ms < 1) return `${Number(ms.toPrecision(2))} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < MINUTE_MS) return `${Number((ms / 1000).toFixed(ms < 10_000 ? 2 : 1))} s`;
  if (ms < HOUR_MS) return twoUnits(ms, MINUTE_MS, 'min', 1000, 's');
  if (ms < 2 * DAY_MS) return twoUnits(ms, HOUR_MS, 'h', MINUTE_MS, 'min');
  return `${Math.round(ms / DAY_MS)} days`;
}

function twoUnits(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % big) / small);
  return `${Math.floor(ms / big)} ${bigName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}

/** From and to, as short as they can be told apart: the day only where it differs from the start's. */
export function rangeText(from: number, to: number): string {
  const day = dayText(from, false);
  const sameDay = day === dayText(to, false);
  const cut = to - from >= MINUTE_MS ? 8 : 12;
  const left = clockText(from, false).slice(0, cut);
  const right = clockText(to, false).slice(0, cut);
  return sameDay ? `${day} ${left} – ${right}` : `${day} ${left} – ${dayText(to, false)} ${right}`;
}

/** What a person writes to go to a time: `14:03`, `14:03:05.5`, `2026-11-24 14:03`, ISO. The day of `near` is taken when none is written. */
export function parseTime(text: string, near: number | undefined): number | undefined {
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,3}))?)?$/.exec(text.trim());
  if (clock && near !== undefined) {
    const day = new Date(near);
    const [, hours, minutes, seconds = '0', millis = '0'] = clock;
    day.setHours(Number(hours), Number(minutes), Number(seconds), Number(millis.padEnd(3, '0')));
    return day.getTime();
  }
  if (!/^\d{4}-\d{2}-\d{2}/.test(text.trim())) return undefined;
  const parsed = Date.parse(text.trim().replace(' ', 'T'));
  return Number.isNaN(parsed) ? undefined : parsed;
}
