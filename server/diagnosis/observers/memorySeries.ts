import type { LogRecord } from '../../logs/present/record.ts';
import type { LogEntry, ServiceState } from './serviceStates.ts';

/** One figure of memory that a service writes into its own log again and again. */
export interface MemorySeries {
  /** As the log calls it: "rss", "heapUsed". */
  name: string;
  /** Oldest first, of one run of the service. */
  points: { bytes: number; entry: LogEntry }[];
  /** What stays after every collection rises, step by step, to the end. */
  grows: boolean;
}

/** `rss=120MB`, `"heapUsed": 48234496`, `heap used: 512.3 MiB`, `memory usage 1.2 GB`. */
const FIGURE =
  /\b(rss|heap[ _-]?used|heap[ _-]?total|heap|resident|working[ _-]?set|mem(?:ory)?(?:[ _-]?(?:used|usage))?)(?:[ _-]?(bytes|kb|mb|gb|mib))?["']?\s?(?:[:=]|\bis\b|\bat\b|(?=\d))\s?["']?(\d{1,15}(?:\.\d{1,6})?)\s?(bytes|b|kb|kib|k|mb|mib|m|gb|gib|g|%)?/gi;
const UNITS: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
/** Without a unit: Node's and Python's own figures are bytes, and no service that is worth a look lives in less. */
const MIN_PLAIN_BYTES = 2 ** 20;
/** How far back figures are read. */
const MAX_RECORDS = 600;
const MAX_TEXT = 600;
/** Programs fill their caches and compile at first: this share of the points does not count. */
const WARM_UP_SHARE = 0.2;
const WINDOWS = 4;
const MIN_POINTS = 5;
/** Smaller growth is noise. */
const MIN_GROWTH = 1.25;
const MIN_GROWTH_BYTES = 8 * 2 ** 20;
/** A new process begins a new series. */
const STARTED = /\b(?:listening|starting|started|ready|booting)\b/i;

/** The figures of memory of a service's last run. */
export function growthsOf(state: ServiceState): MemorySeries[] {
  return state.logs.flatMap(({ log }) => {
    const series = new Map<string, MemorySeries['points']>();
    for (const record of log.records.slice(-MAX_RECORDS)) {
      if (STARTED.test(record.message) && !/\d\s?[kmg]i?b\b/i.test(record.message)) series.clear();
      for (const { name, bytes } of figuresIn(record)) {
        const points = series.get(name) ?? [];
        points.push({ bytes, entry: { log, record } });
        series.set(name, points);
      }
    }
    return [...series].map(([name, points]) => ({ name, points, grows: isGrowing(points.map(({ bytes }) => bytes)) }));
  });
}

/** The figures of memory in one record; percentages are none. */
export function figuresIn(record: LogRecord): { name: string; bytes: number }[] {
  const found = new Map<string, number>();
  for (const [, name = '', early, digits = '', late] of record.text.slice(0, MAX_TEXT).matchAll(FIGURE)) {
    const unit = (late ?? early)?.toLowerCase();
    if (unit === '%') continue;
    const value = Number(digits);
    const bytes = unit === undefined || unit === 'bytes' ? value : value * (UNITS[unit.charAt(0)] ?? 1);
    const key = name.toLowerCase().replace(/[ _-]/g, '');
    if (bytes >= MIN_PLAIN_BYTES && !found.has(key)) found.set(key, bytes);
  }
  return [...found].map(([name, bytes]) => ({ name, bytes }));
}

/**
 * Whether what remains after each collection rises: after the warm-up, the smallest value of every quarter of the points is
 * above that of the quarter before. A heap that grows and is collected again has minima that stay.
 */
export function isGrowing(values: readonly number[]): boolean {
  if (values.length < MIN_POINTS) return false;
  const steady = values.slice(Math.max(1, Math.floor(values.length * WARM_UP_SHARE)));
  const windows = Math.min(WINDOWS, steady.length);
  const minima = Array.from({ length: windows }, (_, index) =>
    Math.min(
      ...steady.slice(
        Math.floor((index * steady.length) / windows),
        Math.floor(((index + 1) * steady.length) / windows),
      ),
    ),
  );
  const [first, last] = [minima[0] as number, minima.at(-1) as number];
  const rises = minima.every((value, index) => index === 0 || value > (minima[index - 1] as number));
  // Most of the growth in the last steps too: a cache that fills up ends in a plateau.
  const tail = last - (minima.at(-2) as number);
  return (
    rises && last >= first * MIN_GROWTH && last - first >= MIN_GROWTH_BYTES && tail >= ((last - first) / windows) * 0.4
  );
}
