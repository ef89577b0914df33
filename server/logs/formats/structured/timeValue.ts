/**
 * Time of the text bytes[start, end), ms since the epoch: ISO 8601 and its relatives (blank instead of T, comma before
 * the fraction, any zone or none), an epoch number of s, ms, µs or ns, the time of web servers (24/Nov/2026:22:36:49
 * +0000), that of HTTP (Tue, 24 Nov 2026 22:36:49 GMT).
 * @param zoneMinutes that local times without a zone are ahead of UTC
 * @returns NaN when it is none of them
 */
export function timeOfText(bytes: Uint8Array, start: number, end: number, zoneMinutes: number): number {
  const length = end - start;
  if (length < 9) return Number.NaN;
  const fifth = bytes[start + 4] as number;
  if (fifth === 0x2d || fifth === 0x2f) return isoTime(bytes, start, end, zoneMinutes);
  const first = bytes[start] as number;
  if (first >= 0x30 && first <= 0x39) {
    if (length > 10 && bytes[start + 2] === 0x2f && bytes[start + 6] === 0x2f)
      return webTime(bytes, start, end, zoneMinutes);
    return epochTime(bytes, start, end);
  }
  if (first >= 0x41 && first <= 0x5a && length > 24 && bytes[start + 3] === 0x2c)
    return httpTime(bytes, start, end, zoneMinutes);
  return Number.NaN;
}

/** An epoch number: seconds up to 10¹¹ (the year 5138), milliseconds up to 10¹⁴, microseconds up to 10¹⁷, then nanoseconds. */
export function epochTime(bytes: Uint8Array, start: number, end: number): number {
  let whole = 0;
  let at = start;
  while (at < end) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    whole = whole * 10 + digit;
    at += 1;
  }
  if (at === start || at - start > 20) return Number.NaN;
  let micros = 0;
  if (at < end && bytes[at] === 0x2e) {
    let scale = 100_000;
    at += 1;
    while (at < end) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) break;
      micros += digit * scale;
      scale = Math.floor(scale / 10);
      at += 1;
    }
  }
  if (at < end) {
    if ((bytes[at] as number | 0) !== 0x65 && bytes[at] !== 0x45) return Number.NaN;
    const value = Number(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1'));
    return scaled(value, 0);
  }
  return scaled(whole, micros);
}

/** @param micros millionths of `whole`'s unit */
function scaled(whole: number, micros: number): number {
  if (!(whole >= 100_000_000)) return Number.NaN;
  if (whole < 1e11) return whole * 1000 + micros / 1000;
  if (whole < 1e14) return whole + micros / 1_000_000;
  if (whole < 1e17) return whole / 1000;
  return Math.floor(whole / 1000) / 1000;
}

/** `yyyy-mm-dd[T ]hh:mm[:ss[.,]f…][ ][zone]`, or with slashes between the parts of the date. */
function isoTime(bytes: Uint8Array, start: number, end: number, zoneMinutes: number): number {
  if (end - start < 10) return Number.NaN;
  const year = pair(bytes, start) * 100 + pair(bytes, start + 2);
  const month = pair(bytes, start + 5);
  const day = pair(bytes, start + 8);
  if (!(year >= 0) || !(month >= 1 && month <= 12) || !(day >= 1 && day <= 31)) return Number.NaN;
  const date = dayNumber(year, month, day) * 86_400_000;
  if (end - start < 16) return end - start === 10 ? date - zoneMinutes * 60_000 : Number.NaN;
  const between = bytes[start + 10] as number;
  if (between !== 0x54 && between !== 0x20 && between !== 0x74) return Number.NaN;
  return date + clockAndZone(bytes, start + 11, end, zoneMinutes);
}

/** Milliseconds of `hh:mm[:ss[.,]f…]` with its zone, from midnight UTC; NaN: it is none. */
function clockAndZone(bytes: Uint8Array, start: number, end: number, zoneMinutes: number): number {
  const hour = pair(bytes, start);
  const minute = pair(bytes, start + 3);
  if (bytes[start + 2] !== 0x3a || !(hour >= 0 && hour <= 24) || !(minute >= 0 && minute <= 59)) return Number.NaN;
  let clock = (hour * 60 + minute) * 60_000;
  let at = start + 5;
  if (at < end && bytes[at] === 0x3a) {
    const second = pair(bytes, at + 1);
    if (!(second >= 0 && second <= 60) || at + 3 > end) return Number.NaN;
    clock += second * 1000;
    at += 3;
    if (at < end && (bytes[at] === 0x2e || bytes[at] === 0x2c)) {
      let scale = 100_000;
      let micros = 0;
      at += 1;
      while (at < end) {
        const digit = (bytes[at] as number) - 0x30;
        if (digit < 0 || digit > 9) break;
        micros += digit * scale;
        scale = Math.floor(scale / 10);
        at += 1;
      }
      clock += micros / 1000;
    }
  }
  return clock - zone(bytes, at, end, zoneMinutes) * 60_000;
}

/** Minutes ahead of UTC; NaN: what stands there is no zone. */
function zone(bytes: Uint8Array, start: number, end: number, zoneMinutes: number): number {
  let at = start;
  if (at < end && bytes[at] === 0x20) at += 1;
  if (at >= end) return zoneMinutes;
  const sign = bytes[at] as number;
  if (sign === 0x5a || sign === 0x7a) return 0;
  if (sign === 0x2b || sign === 0x2d) {
    const hours = pair(bytes, at + 1);
    let minutes = 0;
    if (at + 3 < end) minutes = pair(bytes, bytes[at + 3] === 0x3a ? at + 4 : at + 3);
    if (!(hours >= 0) || at + 3 > end || !(minutes >= 0)) return Number.NaN;
    return sign === 0x2b ? hours * 60 + minutes : -hours * 60 - minutes;
  }
  // UTC and GMT; other abbreviations are ambiguous and count as local.
  if (sign === 0x55 || sign === 0x47) return 0;
  return sign >= 0x41 && sign <= 0x5a ? zoneMinutes : Number.NaN;
}

/** `24/Nov/2026:22:36:49 +0000` */
function webTime(bytes: Uint8Array, start: number, end: number, zoneMinutes: number): number {
  if (end - start < 20) return Number.NaN;
  const month = monthOf(bytes, start + 3);
  const year = pair(bytes, start + 7) * 100 + pair(bytes, start + 9);
  const day = pair(bytes, start);
  if (month === 0 || !(year >= 0) || !(day >= 1 && day <= 31)) return Number.NaN;
  return dayNumber(year, month, day) * 86_400_000 + clockAndZone(bytes, start + 12, end, zoneMinutes);
}

/** `Tue, 24 Nov 2026 22:36:49 GMT` */
function httpTime(bytes: Uint8Array, start: number, end: number, zoneMinutes: number): number {
  const month = monthOf(bytes, start + 8);
  const year = pair(bytes, start + 12) * 100 + pair(bytes, start + 14);
  const day = pair(bytes, start + 5);
  if (month === 0 || !(year >= 0) || !(day >= 1 && day <= 31)) return Number.NaN;
  return dayNumber(year, month, day) * 86_400_000 + clockAndZone(bytes, start + 17, end, zoneMinutes);
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'].map(
  (name) => (name.charCodeAt(0) << 16) | (name.charCodeAt(1) << 8) | name.charCodeAt(2),
);

/** 1–12; 0: no month. */
function monthOf(bytes: Uint8Array, at: number): number {
  const letters =
    (((bytes[at] as number) | 0x20) << 16) |
    (((bytes[at + 1] as number) | 0x20) << 8) |
    ((bytes[at + 2] as number) | 0x20);
  return months.indexOf(letters) + 1;
}

/** Two decimal digits; NaN: they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - 0x30;
  const ones = (bytes[at + 1] as number) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** Days since 1 January 1970 in the Gregorian calendar; any year from 0. After Howard Hinnant's days_from_civil. */
function dayNumber(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = (((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) | 0) + day - 1;
  return era * 146_097 + yearOfEra * 365 + (yearOfEra >> 2) - ((yearOfEra / 100) | 0) + dayOfYear - 719_468;
}
