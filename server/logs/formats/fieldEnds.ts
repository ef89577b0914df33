import * as byte from './ascii.ts';
import { indexOfBytes, isBlank, isDigit, isLetter, isUpper, skipWord } from './ascii.ts';
import * as op from './headPattern.ts';

/** A field of a head is never longer: what looks like one is a message. */
const LONGEST_FIELD = 400;
/** A request, a user agent, a referer. */
const LONGEST_TEXT = 16_384;

export function mayBeEmpty(code: number): boolean {
  return code === op.UNTIL || code === op.BALANCED || code === op.PLAIN || code === op.POSTGRES;
}

/** A number, or the dash that stands for none. */
export function numberEnd(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  if (next < end && (bytes[next] === byte.DASH || bytes[next] === byte.PLUS)) next += 1;
  while (next < end && (isDigit(bytes[next] as number) || (bytes[next] === byte.DOT && next > at))) next += 1;
  if (next === at) return -1;
  const dash = next === at + 1 && bytes[at] === byte.DASH;
  if (next < end && isLetter(bytes[next] as number)) return -1;
  return dash || isDigit(bytes[next - 1] as number) ? next : -1;
}

/** `com.example.Shop`, `o.a.c.C.[.[localhost]`: a word of names with dots between them. */
export function qualifiedEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || !isLetter(bytes[at] as number)) return -1;
  let dots = 0;
  let next = at;
  for (; next < end && !isBlank(bytes[next] as number); next += 1) {
    const value = bytes[next] as number;
    if (value === byte.DOT) dots += 1;
    else if (value === byte.COLON || value === byte.EQUALS || value === byte.SLASH || value === byte.QUOTE) return -1;
  }
  return dots > 0 && bytes[next - 1] !== byte.DOT ? next : -1;
}

/** An id of 32 hexadecimal digits, with or without dashes. */
export function uuidEnd(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && (isHex(bytes[next] as number) || bytes[next] === byte.DASH)) next += 1;
  return next - at === 32 || next - at === 36 ? next : -1;
}

/** A host's name or address: no bracket, and no colon at its end. */
export function hostEnd(bytes: Uint8Array, at: number, end: number): number {
  const next = skipWord(bytes, at, end);
  if (
    next >= end ||
    bytes[next - 1] === byte.COLON ||
    !(isLetter(bytes[at] as number) || isDigit(bytes[at] as number) || bytes[at] === byte.COLON)
  )
    return -1;
  for (let offset = at; offset < next; offset += 1)
    if (bytes[offset] === byte.SQUARE_OPEN || bytes[offset] === byte.EQUALS || bytes[offset] === byte.QUOTE) return -1;
  return next;
}

/** `-`, or `[id name="value" …]…` in which a backslash keeps a quote or bracket. */
export function structuredEnd(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === byte.DASH) return at + 1;
  let next = at;
  while (next < end && bytes[next] === byte.SQUARE_OPEN) {
    let quoted = false;
    for (next += 1; next < end && (quoted || bytes[next] !== byte.SQUARE_CLOSE); next += 1) {
      if (bytes[next] === byte.BACKSLASH) next += 1;
      else if (bytes[next] === byte.QUOTE) quoted = !quoted;
    }
    if (next >= end) return -1;
    next += 1;
  }
  return next === at ? -1 : next;
}

/** PostgreSQL's prefix is not longer. */
const LONGEST_PREFIX = 400;

/** Offset of the severity that PostgreSQL writes ahead of a colon and two blanks. */
export function postgresLevel(bytes: Uint8Array, at: number, end: number): number {
  const limit = Math.min(end - 2, at + LONGEST_PREFIX);
  for (let next = at; next < limit; next += 1) {
    if (bytes[next] !== byte.COLON || bytes[next + 1] !== byte.SPACE || bytes[next + 2] !== byte.SPACE) continue;
    let from = next;
    while (from > at && (isUpper(bytes[from - 1] as number) || isDigit(bytes[from - 1] as number))) from -= 1;
    if (next - from >= 3 && isUpper(bytes[from] as number)) return from;
  }
  return -1;
}

export function isHex(value: number): boolean {
  const lower = value | 32;
  return isDigit(value) || (lower >= 97 && lower <= 102);
}

/** Bytes at which a tag may end. */
const TAG_STOPS = new Uint8Array(256);
for (const stop of [byte.SPACE, byte.TAB, byte.SQUARE_OPEN, byte.COLON]) TAG_STOPS[stop] = 1;

/** A syslog tag: program, path or unit, up to `[`, `:` or a blank. A colon inside (`postfix/smtp::x`) belongs to it. */
export function tagEnd(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  for (; next < end; next += 1) {
    if (TAG_STOPS[bytes[next] as number] === 0) continue;
    if (bytes[next] !== byte.COLON || next + 1 >= end || isBlank(bytes[next + 1] as number)) return next;
  }
  return next;
}

export function balancedEnd(bytes: Uint8Array, at: number, end: number, open: number, close: number): number {
  const limit = Math.min(end, at + LONGEST_FIELD);
  let depth = 1;
  for (let next = at; next < limit; next += 1) {
    const value = bytes[next];
    if (value === close) {
      depth -= 1;
      if (depth === 0) return next;
    } else if (value === open) depth += 1;
  }
  return -1;
}

/** As `untilEnd`, with no blank in the field; what ends it may hold one. */
export function plainEnd(bytes: Uint8Array, at: number, end: number, stop: Uint8Array): number {
  const word = skipWord(bytes, at, end);
  const found = untilEnd(bytes, at, Math.min(end, word + stop.length), stop);
  return found > word ? -1 : found;
}

export function untilEnd(bytes: Uint8Array, at: number, end: number, stop: Uint8Array): number {
  if (stop.length === 0) return end;
  const limit = Math.min(end, at + (stop[0] === byte.QUOTE ? LONGEST_TEXT : LONGEST_FIELD));
  if (stop.length === 1) {
    const single = stop[0];
    for (let next = at; next < limit; next += 1) {
      const value = bytes[next];
      if (value === single || (single === byte.SPACE && value === byte.TAB)) return next;
    }
    return single === byte.SPACE && limit === end && limit > at ? limit : -1;
  }
  return indexOfBytes(bytes, at, limit, stop);
}
