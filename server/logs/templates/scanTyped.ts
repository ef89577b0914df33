import { BACKSLASH, CLASS, COLON, DASH, DIGIT, DOT, HEX_LETTER, LETTERS, SLASH, WORD } from './byteClass.ts';
import { ByteWords } from './byteWords.ts';

// Each function looks at bytes[from, to) and answers where what it knows ends; `from` itself: it does not stand there.
// Integer loops over bytes alone: this runs for every number of a log.

const COLON_BYTE = 0x3a;
const DASH_BYTE = 0x2d;
const SLASH_BYTE = 0x2f;
const DOT_BYTE = 0x2e;

/** Whether a digit stands at `at`, which is within the bytes. */
function digitAt(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at] as number;
  return byte >= 0x30 && byte <= 0x39;
}

/** `-12`, `1.5`, `10.0.0.1`, `3.2e-5`. */
export function numberEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  const sign = bytes[at];
  if (sign === DASH_BYTE || sign === 0x2b) at += 1;
  const digits = at;
  while (at < to && digitAt(bytes, at)) at += 1;
  if (at === digits) return from;
  while (at + 1 < to && bytes[at] === DOT_BYTE && digitAt(bytes, at + 1)) {
    at += 2;
    while (at < to && digitAt(bytes, at)) at += 1;
  }
  if (at + 2 < to && ((bytes[at] as number) | 0x20) === 0x65) {
    let power = at + 1;
    if (bytes[power] === DASH_BYTE || bytes[power] === 0x2b) power += 1;
    const first = power;
    while (power < to && digitAt(bytes, power)) power += 1;
    if (power > first && power === to && (first > at + 1 || at > digits + 1)) return power;
  }
  return at;
}

/** Four groups of 1–3 digits; only for a range that `numberEnd` found. */
export function isQuad(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < 7 || to - from > 15) return false;
  let groups = 1;
  let length = 0;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (byte === DOT_BYTE) {
      if (length === 0) return false;
      groups += 1;
      length = 0;
    } else {
      if (byte < 0x30 || byte > 0x39) return false;
      length += 1;
      if (length > 3) return false;
    }
  }
  return groups === 4 && length > 0;
}

/** Whether an IPv4 address, with or without a port, fills bytes[from, to). */
export function isAddress(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from;
  for (let group = 0; group < 4; group += 1) {
    if (group > 0) {
      if (at >= to || bytes[at] !== DOT_BYTE) return false;
      at += 1;
    }
    const end = digitsEnd(bytes, at, to);
    if (end === at || end - at > 3) return false;
    at = end;
  }
  if (at === to) return true;
  return bytes[at] === COLON_BYTE && at + 1 < to && digitsEnd(bytes, at + 1, to) === to;
}

export function digitsEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && digitAt(bytes, at)) at += 1;
  return at;
}

/** A date, a time of the day, or both joined by `T` or `:`; with fraction and zone. `limit`: end of the message, for `12:00:01,123`. */
export function timeEnd(bytes: Uint8Array, from: number, to: number, limit: number): number {
  let at = clockEnd(bytes, from, to, limit);
  if (at > from) return at;
  at = dateEnd(bytes, from, to);
  if (at === from) return from;
  const joint = bytes[at];
  if (joint === 0x54 || joint === 0x74 || joint === COLON_BYTE || joint === DASH_BYTE) {
    const clock = clockEnd(bytes, at + 1, to, limit);
    if (clock > at + 1) return clock;
  }
  return at;
}

function clockEnd(bytes: Uint8Array, from: number, to: number, limit: number): number {
  const hours = digitsEnd(bytes, from, to);
  if (hours === from || hours - from > 2 || bytes[hours] !== COLON_BYTE) return from;
  const minutes = digitsEnd(bytes, hours + 1, to);
  if (minutes - hours !== 3) return from;
  let at = minutes;
  if (at + 2 < to && bytes[at] === COLON_BYTE) {
    const seconds = digitsEnd(bytes, at + 1, to);
    if (seconds - at !== 3) return from;
    at = seconds;
    const mark = bytes[at];
    if (mark === DOT_BYTE && at + 1 < to) {
      const fraction = digitsEnd(bytes, at + 1, to);
      if (fraction > at + 1) at = fraction;
    } else if (mark === 0x2c && at + 3 < limit) {
      const fraction = digitsEnd(bytes, at + 1, limit);
      if (fraction - at === 4 || fraction - at === 7) at = fraction;
    }
  }
  const zone = bytes[at] as number;
  if (at < to && (zone | 0x20) === 0x7a) return at + 1;
  if (at + 3 < to && (zone === 0x2b || zone === DASH_BYTE)) {
    const hoursEnd = digitsEnd(bytes, at + 1, to);
    if (hoursEnd - at === 5) return hoursEnd;
    if (hoursEnd - at === 3) {
      if (bytes[hoursEnd] !== COLON_BYTE) return hoursEnd;
      const zoneEnd = digitsEnd(bytes, hoursEnd + 1, to);
      if (zoneEnd - hoursEnd === 3) return zoneEnd;
    }
  }
  return at;
}

/** 2026-11-24, 2026/11/24, 24/11/2026, 24/Nov/2026, 24-Nov-2026. */
function dateEnd(bytes: Uint8Array, from: number, to: number): number {
  const first = digitsEnd(bytes, from, to);
  const joint = bytes[first];
  if (joint !== DASH_BYTE && joint !== SLASH_BYTE) return from;
  let second = digitsEnd(bytes, first + 1, to);
  const named = second === first + 1;
  if (named) while (second < to && (CLASS[bytes[second] as number] as number) & LETTERS) second += 1;
  if (bytes[second] !== joint || second >= to) return from;
  const third = digitsEnd(bytes, second + 1, to);
  const lengths = (first - from) * 100 + (second - first - 1) * 10 + (third - second - 1);
  if (named) return lengths === 234 || lengths === 134 ? third : from;
  return lengths === 422 || lengths === 224 || lengths === 412 || lengths === 421 || lengths === 124 ? third : from;
}

/** `ff:00:1a:…` (MAC and longer) or an IPv6 address; 0 otherwise, else its end, negative when it is an address. */
export function colonHexEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  let colons = 0;
  let doubled = false;
  let longest = 0;
  let shortest = 9;
  let length = 0;
  while (at < to) {
    const kind = CLASS[bytes[at] as number] as number;
    if (kind & (DIGIT | HEX_LETTER)) length += 1;
    else if (kind === COLON) {
      if (at > from && bytes[at - 1] === COLON_BYTE) doubled = true;
      else if (at > from) {
        longest = Math.max(longest, length);
        shortest = Math.min(shortest, length);
      }
      colons += 1;
      length = 0;
    } else break;
    at += 1;
  }
  longest = Math.max(longest, length);
  if (at < to && (CLASS[bytes[at] as number] as number) & WORD) return 0;
  if (!doubled && colons >= 5 && longest === 2 && shortest === 2 && length === 2) return at;
  if (longest <= 4 && ((doubled && colons >= 2) || colons === 7) && longest > 0) return -at;
  return 0;
}

/** Units behind a number, without a space between. Answers the unit's end. */
export function unitEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && (CLASS[bytes[at] as number] as number) & LETTERS) at += 1;
  return at;
}

export function isHex(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    if (!((CLASS[bytes[at] as number] as number) & (DIGIT | HEX_LETTER))) return false;
  }
  return to > from;
}

export function isUuid(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== 36) return false;
  for (let at = 0; at < 36; at += 1) {
    const byte = bytes[from + at] as number;
    const dash = at === 8 || at === 13 || at === 18 || at === 23;
    if (dash ? byte !== DASH_BYTE : !((CLASS[byte] as number) & (DIGIT | HEX_LETTER))) return false;
  }
  return true;
}

/** OR of the classes of bytes[from, to). */
export function flagsOf(bytes: Uint8Array, from: number, to: number): number {
  const classes = CLASS;
  let flags = 0;
  for (let at = from; at < to; at += 1) flags |= classes[bytes[at] as number] as number;
  return flags;
}

export function indexOfByte(bytes: Uint8Array, byte: number, from: number, to: number): number {
  for (let at = from; at < to; at += 1) if (bytes[at] === byte) return at;
  return -1;
}

/** Letters and dots, then digits up to the end: `core.123`, `enabled......0`. Answers where the digits begin, or -1. */
export function dottedNumber(bytes: Uint8Array, from: number, to: number): number {
  let at = to;
  while (at > from && CLASS[bytes[at - 1] as number] === DIGIT) at -= 1;
  if (at === to || at <= from + 1 || bytes[at - 1] !== DOT_BYTE) return -1;
  return flagsOf(bytes, from, at) & (DIGIT | COLON | SLASH | BACKSLASH) ? -1 : at;
}

/** One digit alone, right behind a letter: `ssh2`, `jk2_init`, `L3` are names that people gave, not numbers that a program counted. */
export function isNamedDigit(bytes: Uint8Array, from: number, to: number): boolean {
  let digits = 0;
  for (let at = from; at < to; at += 1) {
    const kind = CLASS[bytes[at] as number] as number;
    if (kind === DIGIT) {
      digits += 1;
      if (digits > 1 || at === from) return false;
      const before = bytes[at - 1] as number;
      if (before === 0x5f || !((CLASS[before] as number) & LETTERS)) return false;
    } else if (!(kind & (LETTERS | DOT | DASH))) return false;
  }
  return digits === 1;
}

const topLevelDomains = new ByteWords(
  'com net org edu gov mil info io dev app cloud local internal lan localdomain corp home arpa'.split(' '),
);
const countries = new ByteWords(
  'uk de fr jp cn br in ru it es nl au ca ch se no fi dk pl cz at be eu us hk tw kr mx ar tr gr pt ie nz za ua om'.split(
    ' ',
  ),
);
const packageRoots = new ByteWords([
  'com',
  'org',
  'net',
  'io',
  'java',
  'javax',
  'edu',
  'dev',
  'app',
  'sun',
  'scala',
  'akka',
]);

/** `www.example.com`, `db.internal`; not `org.example.Thing`. Letters, dashes and dots alone. */
export function isHostName(bytes: Uint8Array, from: number, to: number): boolean {
  // From its end, since most words with a dot end in no label of a host.
  let lastDot = to - 1;
  while (lastDot > from && to - lastDot <= 12) {
    const byte = bytes[lastDot] as number;
    if (byte === DOT_BYTE) break;
    if (byte < 0x61 || byte > 0x7a) return false;
    lastDot -= 1;
  }
  if (lastDot <= from || to - lastDot < 3 || bytes[lastDot] !== DOT_BYTE) return false;
  const common = topLevelDomains.has(bytes, lastDot + 1, to);
  if (!common && (to - lastDot !== 3 || !countries.has(bytes, lastDot + 1, to))) return false;
  let dots = 0;
  let firstDot = lastDot;
  for (let at = lastDot; at >= from; at -= 1) {
    const byte = bytes[at] as number;
    if (byte === DOT_BYTE) {
      if (at === from || bytes[at - 1] === DOT_BYTE) return false;
      firstDot = at;
      dots += 1;
    } else if (byte === 0x5f || byte > 0x7f || !((CLASS[byte] as number) & (WORD | DASH))) return false;
  }
  return (common || dots > 1) && !packageRoots.has(bytes, from, firstDot);
}
