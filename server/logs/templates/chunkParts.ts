import { BACKSLASH, CHUNK, CLASS, COLON, DASH, DOT, isDigit, SLASH, SPACE, WORD } from './byteClass.ts';
import { digitsEnd, flagsOf, indexOfByte, isHostName, numberEnd } from './scanTyped.ts';

// Where the parts of a chunk end, for ShapeWriter. Integer loops over bytes alone.

/** A chunk whose only suspicion is its dots: nothing in it is variable unless it names a host. */
export function isHost(bytes: Uint8Array, from: number, to: number, flags: number): boolean {
  let end = to;
  if (flags & COLON) end = pathEnd(bytes, from, to);
  else if (bytes[to - 1] === 0x2e) end -= 1;
  return isHostName(bytes, from, end);
}

/** A word, or a dot with a digit, follows: what was found is but a part of something else (`1:10.11-2` is a version). */
export function goesOn(bytes: Uint8Array, at: number, to: number): boolean {
  if (at >= to) return false;
  if ((CLASS[bytes[at] as number] as number) & WORD) return true;
  return (CLASS[bytes[at] as number] as number) & (DOT | DASH) ? isDigit(bytes[at + 1]) && at + 1 < to : false;
}

export function chunkEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (CLASS[bytes[at] as number] as number) & CHUNK) at += 1;
  return at;
}

/** `1,234,567` is one number. */
export function withThousands(bytes: Uint8Array, from: number, to: number, limit: number): number {
  if (to - from > 4 || bytes[to] !== 0x2c) return to;
  let at = to;
  while (at + 3 < limit && bytes[at] === 0x2c && digitsEnd(bytes, at + 1, limit) === at + 4) at += 4;
  return at;
}

/** Where a name that began with a number ends: at a colon. */
export function endOfName(bytes: Uint8Array, from: number, to: number): number {
  const colon = indexOfByte(bytes, 0x3a, from, to);
  if (colon < 0) return to;
  return flagsOf(bytes, colon, to) & (SLASH | BACKSLASH) ? to : colon;
}

/** A path ends at the colon before a line number or a message. */
export function pathEnd(bytes: Uint8Array, from: number, to: number): number {
  const colon = indexOfByte(bytes, 0x3a, from, to);
  return colon < 0 ? to : colon;
}

/** A URL, or a path with a query, goes on up to a space, a quote or a closing bracket. */
export function addressEnd(bytes: Uint8Array, from: number, limit: number): number {
  let at = from;
  while (at < limit) {
    const byte = bytes[at] as number;
    const kind = CLASS[byte] as number;
    if (!(kind & CHUNK) && byte !== 0x3d && byte !== 0x3b && byte !== 0x2c) break;
    at += 1;
  }
  while (at > from + 1 && !((CLASS[bytes[at - 1] as number] as number) & (WORD | SLASH)) && bytes[at - 1] !== 0x3d)
    at -= 1;
  return at;
}

export function isPathStart(bytes: Uint8Array, from: number, to: number): boolean {
  const next = bytes[from + 1];
  if (from + 1 >= to) return false;
  if (next === 0x2f || next === 0x5c) return true;
  return next === 0x2e && from + 2 < to && (bytes[from + 2] === 0x2f || bytes[from + 2] === 0x5c);
}

/** `<1 sec`: the sign belongs to the number; `<34>` is a number in brackets. */
export function isComparison(bytes: Uint8Array, at: number, start: number, end: number): boolean {
  if (at + 1 >= end || !isDigit(bytes[at + 1])) return false;
  if (at > start && CLASS[bytes[at - 1] as number] !== SPACE) return false;
  const next = numberEnd(bytes, at + 1, end);
  return next < end && CLASS[bytes[next] as number] === SPACE;
}
