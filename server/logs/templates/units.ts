import { ByteWords } from './byteWords.ts';

/** Milliseconds of one of each unit of time that a program writes behind a number. */
export const timeUnits: ReadonlyMap<string, number> = new Map([
  ...['ns', 'nsec', 'nsecs', 'nanos', 'nanosecond', 'nanoseconds'].map((unit) => [unit, 1e-6] as const),
  ...['us', 'µs', 'μs', 'usec', 'usecs', 'micros', 'microsecond', 'microseconds'].map((unit) => [unit, 1e-3] as const),
  ...['ms', 'msec', 'msecs', 'millis', 'millisec', 'millisecs', 'millisecond', 'milliseconds'].map(
    (unit) => [unit, 1] as const,
  ),
  ...['s', 'sec', 'secs', 'second', 'seconds'].map((unit) => [unit, 1e3] as const),
  ...['m', 'min', 'mins', 'minute', 'minutes'].map((unit) => [unit, 6e4] as const),
  ...['h', 'hr', 'hrs', 'hour', 'hours'].map((unit) => [unit, 3.6e6] as const),
  ...['d', 'day', 'days'].map((unit) => [unit, 8.64e7] as const),
]);

/** Units of sizes and rates, as they are written behind a number. */
export const sizeUnits: ReadonlySet<string> = new Set(
  'B b kB KB MB GB TB PB KiB MiB GiB TiB PiB K M G T k Kb Mb Gb kb mb gb tb byte bytes Bytes bps kbps Kbps Mbps Gbps'.split(
    ' ',
  ),
);

const unitNames = [...timeUnits.keys(), ...[...sizeUnits].filter((unit) => !timeUnits.has(unit))];
const unitWords = new ByteWords(unitNames);
const factors = Float64Array.from(timeUnits.values());

/** Whether bytes[from, to) are a unit: its number for `factorOf`, -1: no unit. */
export function unitNumber(bytes: Uint8Array, from: number, to: number): number {
  return unitWords.find(bytes, from, to);
}

/** Milliseconds of one of a unit of time; NaN: a unit of sizes, or none. */
export function factorOf(unit: number): number {
  return factors[unit] ?? Number.NaN;
}
