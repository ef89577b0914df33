/** Bytes that heads of lines are made of. */
export const TAB = 9;
export const LINE_FEED = 10;
export const CARRIAGE_RETURN = 13;
export const ESCAPE = 27;
export const SPACE = 32;
export const QUOTE = 34;
export const HASH = 35;
export const APOSTROPHE = 39;
export const ROUND_OPEN = 40;
export const ROUND_CLOSE = 41;
export const PLUS = 43;
export const COMMA = 44;
export const DASH = 45;
export const DOT = 46;
export const SLASH = 47;
export const COLON = 58;
export const LESS = 60;
export const EQUALS = 61;
export const GREATER = 62;
export const AT = 64;
export const SQUARE_OPEN = 91;
export const BACKSLASH = 92;
export const SQUARE_CLOSE = 93;
export const CURLY_OPEN = 123;
export const PIPE = 124;
export const CURLY_CLOSE = 125;

export function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

export function isLetter(byte: number): boolean {
  const lower = byte | 32;
  return lower >= 97 && lower <= 122;
}

export function isUpper(byte: number): boolean {
  return byte >= 65 && byte <= 90;
}

export function isAlphanumeric(byte: number): boolean {
  return isDigit(byte) || isLetter(byte);
}

export function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

/** Offset behind the blanks that begin at `at`. */
export function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && (bytes[next] === SPACE || bytes[next] === TAB)) next += 1;
  return next;
}

/** Offset behind the digits that begin at `at`. */
export function skipDigits(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && isDigit(bytes[next] as number)) next += 1;
  return next;
}

/** Offset of the next blank, or `end`. */
export function skipWord(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && bytes[next] !== SPACE && bytes[next] !== TAB) next += 1;
  return next;
}

export function startsWith(bytes: Uint8Array, at: number, end: number, prefix: Uint8Array): boolean {
  if (end - at < prefix.length) return false;
  for (let offset = 0; offset < prefix.length; offset += 1) if (bytes[at + offset] !== prefix[offset]) return false;
  return true;
}

/** Offset of `needle` in bytes[at, end), or -1. */
export function indexOfBytes(bytes: Uint8Array, at: number, end: number, needle: Uint8Array): number {
  const first = needle[0] as number;
  const last = end - needle.length;
  for (let offset = at; offset <= last; offset += 1)
    if (bytes[offset] === first && startsWith(bytes, offset, end, needle)) return offset;
  return -1;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function ascii(text: string): Uint8Array {
  return encoder.encode(text);
}

export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}
