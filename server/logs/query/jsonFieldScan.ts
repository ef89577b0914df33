import { createByteSearch } from './byteSearch.ts';

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;

/**
 * Tells, without parsing it, when a line of JSON cannot hold a field that passes: no key of that name stands in it, or
 * each such key has a plain value that fails. True where only a parser can tell. A key that is spelled with escapes is
 * not seen; no program writes those.
 * @param passes on a number, a boolean or a text
 */
export function jsonFieldScan(
  path: string,
  passes: (value: unknown) => boolean,
): (bytes: Uint8Array, start: number, end: number) => boolean {
  const names = new Set([path, path.slice(path.lastIndexOf('.') + 1)]);
  const encoder = new TextEncoder();
  // `name\"` is a key of JSON within a string of JSON, as containers' logs have it.
  const search = createByteSearch(
    [...names].flatMap((name) => [encoder.encode(`"${name}"`), encoder.encode(`${name}\\"`)]),
    false,
  );
  return (bytes, start, end) => {
    for (let at = search.find(bytes, start, end); at >= 0; at = search.find(bytes, at + 1, end)) {
      if (bytes[at] !== QUOTE) return true;
      const close = bytes.indexOf(QUOTE, at + 1);
      const colon = skipBlanks(bytes, close + 1, end);
      if (bytes[colon] !== COLON) continue;
      if (mayPass(bytes, skipBlanks(bytes, colon + 1, end), end, passes)) return true;
    }
    return false;
  };
}

function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] as number) <= 32) at += 1;
  return at;
}

function mayPass(bytes: Uint8Array, start: number, end: number, passes: (value: unknown) => boolean): boolean {
  const first = bytes[start];
  if (first === QUOTE) {
    let text = '';
    for (let at = start + 1; at < end; at += 1) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) return passes(text);
      // Long texts, escapes and other alphabets are left to the parser.
      if (byte === BACKSLASH || byte > 126 || at - start > 100) return true;
      text += String.fromCharCode(byte);
    }
    return true;
  }
  let at = start;
  let word = '';
  while (at < end && at - start < 30 && isWordByte(bytes[at] as number)) {
    word += String.fromCharCode(bytes[at] as number);
    at += 1;
  }
  switch (word) {
    case 'true':
      return passes(true);
    case 'false':
      return passes(false);
    case 'null':
      return false;
    default:
      return word === '' || Number.isNaN(Number(word)) || passes(Number(word));
  }
}

/** Letters, digits, `+`, `-`, `.` */
function isWordByte(byte: number): boolean {
  return (
    (byte >= 48 && byte <= 57) ||
    (byte >= 97 && byte <= 122) ||
    (byte >= 65 && byte <= 90) ||
    byte === 43 ||
    byte === 45 ||
    byte === 46
  );
}
