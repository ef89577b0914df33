import { MICROSECONDS, MILLISECONDS, NANOSECONDS, SECONDS, UNKNOWN_UNIT } from './durationValue.ts';

/** What programs call the time that something took, best first. */
const stems = [
  'duration',
  'elapsed',
  'elapsed_time',
  'latency',
  'took',
  'time_taken',
  'response_time',
  'request_time',
  'request_duration',
  'processing_time',
  'execution_time',
  'exec_time',
  'query_time',
  'run_time',
  'total_time',
  'time_spent',
  'cost',
];

const units: [suffix: string, unit: number][] = [
  ['', UNKNOWN_UNIT],
  ['ms', MILLISECONDS],
  ['millis', MILLISECONDS],
  ['milliseconds', MILLISECONDS],
  ['in_ms', MILLISECONDS],
  ['in_millis', MILLISECONDS],
  ['us', MICROSECONDS],
  ['micros', MICROSECONDS],
  ['microseconds', MICROSECONDS],
  ['ns', NANOSECONDS],
  ['nanos', NANOSECONDS],
  ['nanoseconds', NANOSECONDS],
  ['s', SECONDS],
  ['sec', SECONDS],
  ['secs', SECONDS],
  ['seconds', SECONDS],
];

export interface DurationKey {
  key: string;
  /** Of durationValue.ts. */
  unit: number;
  /** 0–16, the better the lower. */
  rank: number;
}

/** Stems that are written with every unit; the others with the usual ones alone, since `learnKeys` finds what a sample holds. */
const COMMON = 4;
const USUAL = new Set(['', 'ms', 'us', 'ns', 's', 'seconds', 'millis']);

/** `duration_ms`, `durationMs`, `DurationMs`, `duration.ms`, … */
export const durationKeys: readonly DurationKey[] = stems.flatMap((stem, rank) =>
  units
    .filter(([suffix]) => rank < COMMON || USUAL.has(suffix))
    .flatMap(([suffix, unit]) =>
      [...new Set(spellings(suffix === '' ? stem.split('_') : [...stem.split('_'), ...suffix.split('_')]))].map(
        (key) => ({
          key,
          unit,
          rank,
        }),
      ),
    ),
);

/**
 * The unit of a key that ends like a duration's (`db_duration_ms`, `upstreamLatency`); undefined: it is none.
 * Limits that are configured (`timeout_ms`) are no durations.
 */
export function unitOfKey(key: string): number | undefined {
  const words = key
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[_\-. ]/);
  for (const [suffix, unit] of units) {
    const tail = suffix === '' ? [] : suffix.split('_');
    if (tail.length > 0 && tail.join('_') !== words.slice(-tail.length).join('_')) continue;
    const before = words[words.length - tail.length - 1];
    if (before && /^(?:duration|elapsed|latency|took)$/.test(before)) return unit;
    if (tail.length > 0 && before === 'time' && words.length > tail.length + 1) return unit;
  }
  return undefined;
}

function spellings(words: string[]): string[] {
  const capital = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return [
    words.join('_'),
    words.join('.'),
    (words[0] ?? '') + capital.slice(1).join(''),
    capital.join(''),
    words.slice(0, -1).join('') + (words.length > 2 ? '_' : '') + (words.at(-1) ?? ''),
  ];
}
