/** Units of a duration, as numbers in `KeyMeaning.argument`. */
export const UNKNOWN_UNIT = 0;
export const MILLISECONDS = 1;
export const MICROSECONDS = 2;
export const NANOSECONDS = 3;
export const SECONDS = 4;

/** Milliseconds in one of each unit. A bare number of unknown unit is taken for milliseconds. */
const factors = [1, 1, 1e-3, 1e-6, 1000];

export function millisecondsIn(unit: number): number {
  return factors[unit] ?? 1;
}

/**
 * Milliseconds of the text bytes[start, end): a number, a number with its unit (`1.2s`, `350 ms`, `12µs`, `1h2m3.5s`), or
 * .NET's `00:00:01.2340000`.
 * @param unit of a number that has none
 * @returns NaN when it is no duration
 */
export function durationOfText(bytes: Uint8Array, start: number, end: number, unit: number): number {
  let total = 0;
  let at = start;
  let parts = 0;
  while (at < end) {
    const from = at;
    let value = 0;
    while (at < end && isDigit(bytes[at])) {
      value = value * 10 + (bytes[at] as number) - 0x30;
      at += 1;
    }
    if (at < end && bytes[at] === 0x2e) {
      let scale = 0.1;
      at += 1;
      while (at < end && isDigit(bytes[at])) {
        value += ((bytes[at] as number) - 0x30) * scale;
        scale /= 10;
        at += 1;
      }
    }
    if (at === from || at - from > 24) return Number.NaN;
    if (at === end) return parts === 0 ? value * (factors[unit] ?? 1) : Number.NaN;
    if (bytes[at] === 0x3a) return parts === 0 ? clockDuration(bytes, start, end) : Number.NaN;
    if (bytes[at] === 0x65 || bytes[at] === 0x45) return exponent(bytes, start, end, unit);
    while (at < end && bytes[at] === 0x20) at += 1;
    const factor = unitAt(bytes, at, end);
    if (factor === 0) return Number.NaN;
    total += value * factor;
    parts += 1;
    while (at < end && !isDigit(bytes[at]) && bytes[at] !== 0x20) at += 1;
    while (at < end && bytes[at] === 0x20) at += 1;
  }
  return parts === 0 ? Number.NaN : total;
}

/** Milliseconds in the unit whose letters stand at `at`; 0: none. */
function unitAt(bytes: Uint8Array, at: number, end: number): number {
  let stop = at;
  while (stop < end && !isDigit(bytes[stop]) && bytes[stop] !== 0x20) stop += 1;
  const length = stop - at;
  const first = (bytes[at] as number) | 0x20;
  const second = length > 1 ? (bytes[at + 1] as number) | 0x20 : 0;
  const long = length > 2;
  // m, min, minutes, ms, msec, milliseconds, micros
  if (first === 0x6d) {
    if (length === 1) return 60_000;
    if (second === 0x73) return 1;
    if (!long || second !== 0x69) return 0;
    const third = (bytes[at + 2] as number) | 0x20;
    return third === 0x6c ? 1 : third === 0x63 ? 1e-3 : third === 0x6e ? 60_000 : 0;
  }
  // s, sec, seconds
  if (first === 0x73) return length === 1 || second === 0x65 ? 1000 : 0;
  if (first === 0x75) return second === 0x73 ? 1e-3 : 0;
  // n, ns, nanoseconds
  if (first === 0x6e) return second === 0x73 || second === 0x61 ? 1e-6 : 0;
  // h, hours
  if (first === 0x68) return length === 1 || second === 0x6f || second === 0x72 ? 3_600_000 : 0;
  // Days are the length of a lease or a retention, never what an operation took.
  // µs with either of Unicode's two characters, in UTF-8, or in Latin-1
  if (bytes[at] === 0xc2 || bytes[at] === 0xce || bytes[at] === 0xb5) return 1e-3;
  // \u00b5s
  return bytes[at] === 0x5c ? 1e-3 : 0;
}

/** `[d.]hh:mm:ss[.fffffff]` */
function clockDuration(bytes: Uint8Array, start: number, end: number): number {
  let total = 0;
  let value = 0;
  let scale = 0;
  let colons = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (isDigit(byte)) {
      if (scale > 0) {
        value += (byte - 0x30) * scale;
        scale /= 10;
      } else value = value * 10 + byte - 0x30;
    } else if (byte === 0x3a && scale === 0) {
      total = (total + value) * 60;
      value = 0;
      colons += 1;
    } else if (byte === 0x2e && colons === 0) {
      total = value * 24;
      value = 0;
    } else if (byte === 0x2e && colons === 2) scale = 0.1;
    else return Number.NaN;
  }
  return colons === 2 ? (total + value) * 1000 : Number.NaN;
}

function exponent(bytes: Uint8Array, start: number, end: number, unit: number): number {
  if (end - start > 32) return Number.NaN;
  const value = Number(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1'));
  return value >= 0 ? value * (factors[unit] ?? 1) : Number.NaN;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
