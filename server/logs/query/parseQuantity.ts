/** A number with its unit taken in: ms for times, bytes for sizes. */
export interface Quantity {
  value: number;
  unit?: 'time' | 'size';
}

/** In ms. */
const TIME_UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  msec: 1,
  s: 1_000,
  sec: 1_000,
  secs: 1_000,
  second: 1_000,
  seconds: 1_000,
  m: 60_000,
  min: 60_000,
  mins: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  days: 86_400_000,
};

/** In bytes. */
const SIZE_UNITS: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/** Short, so that a hostile value costs nothing. */
const LONGEST = 40;
const QUANTITY = /^([+-]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-zµμ]*)$/i;

/** `12`, `1.5s`, `10 MB`; undefined when it is no number, or its unit none that is known. */
export function parseQuantity(text: string): Quantity | undefined {
  if (text.length > LONGEST) return undefined;
  const [, digits, written = ''] = QUANTITY.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  const value = Number(digits.replaceAll('_', ''));
  if (Number.isNaN(value)) return undefined;
  if (written === '') return { value };
  const unit = written.toLowerCase();
  if (TIME_UNITS[unit] !== undefined) return { value: value * TIME_UNITS[unit], unit: 'time' };
  if (SIZE_UNITS[unit] !== undefined) return { value: value * SIZE_UNITS[unit], unit: 'size' };
  return undefined;
}

/** What a bare number of a field counts, by the field's name: `elapsed_us`, `tookSeconds`; 1 (ms, bytes) when the name does not tell. */
export function unitOfName(path: string, unit: 'time' | 'size'): number {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const [, suffix] =
    /(?:_|-|(?<=[a-z])(?=[A-Z]))(ns|nanos|us|micros|ms|millis|s|sec|secs|seconds|kb|mb|gb|kib|mib)$/i.exec(name) ?? [];
  const word = suffix?.toLowerCase();
  if (word === undefined) return 1;
  if (unit === 'size') return SIZE_UNITS[word] ?? 1;
  return { nanos: 1e-6, micros: 1e-3, millis: 1 }[word] ?? TIME_UNITS[word] ?? 1;
}
