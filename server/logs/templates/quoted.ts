import { BACKSLASH, CLASS, LETTERS, SPACE, WORD } from './byteClass.ts';
import { ByteWords } from './byteWords.ts';

/** A quoted text without a space is read like the rest of a message unless it is longer, in bytes. */
const LONGEST_WORD = 256;

/** Longest quoted text, so that a message full of quotes is read in linear time. */
const LONGEST = 4096;

/**
 * The closing quote of the quote at `open`. 0: it opens nothing (an apostrophe, a closing quote, a quote inside of a quoted text), or too much.
 * -1: nothing closes it in the rest of the message, nor any later one.
 */
export function quotedEnd(bytes: Uint8Array, open: number, start: number, end: number): number {
  const quote = bytes[open] as number;
  if (open > start && (CLASS[bytes[open - 1] as number] as number) & (WORD | BACKSLASH)) return 0;
  const stop = Math.min(end, open + LONGEST);
  for (let at = open + 1; at < stop; at += 1) {
    const byte = bytes[at] as number;
    if (byte === 0x5c) at += 1;
    else if (byte === quote) {
      if (quote === 0x27 && at + 1 < end && (CLASS[bytes[at + 1] as number] as number) & WORD) continue;
      return at;
    }
  }
  return stop < end ? 0 : -1;
}

/** Whether what is quoted is a value as a whole; otherwise it is read like the rest of the message. */
export function quotedIsOneValue(
  bytes: Uint8Array,
  open: number,
  close: number,
  out: Uint8Array,
  length: number,
): boolean {
  let spaces = 0;
  let at = open + 1;
  while (at < close && CLASS[bytes[at] as number] !== SPACE) at += 1;
  if (at < close) spaces = 1;
  if (spaces === 0) return close - open > LONGEST_WORD;
  if (isRequestMethod(bytes, open + 1, at)) return false;
  return !isProseKey(out, length);
}

const methods = new ByteWords([
  'GET',
  'POST',
  'PUT',
  'HEAD',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'PROPFIND',
]);
const proseKeys = new ByteWords(
  ['msg', 'message', 'error', 'err', 'reason', 'event', 'detail', 'cause', 'exception', 'text'].flatMap((key) => [
    key,
    key.toUpperCase(),
    (key[0] as string).toUpperCase() + key.slice(1),
  ]),
);

function isRequestMethod(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from < 9 && methods.has(bytes, from, to);
}

/** The key before a quoted value says that it is a message itself: `msg="user logged in"`. */
function isProseKey(out: Uint8Array, length: number): boolean {
  let end = length;
  if (end > 0 && out[end - 1] === 0x20) end -= 1;
  if (end === 0 || (out[end - 1] !== 0x3d && out[end - 1] !== 0x3a)) return false;
  end -= 1;
  if (end > 0 && (out[end - 1] === 0x22 || out[end - 1] === 0x27)) end -= 1;
  let from = end;
  while (from > 0 && end - from < 12 && (CLASS[out[from - 1] as number] as number) & LETTERS) from -= 1;
  return proseKeys.has(out, from, end);
}
