import { LINE_FEED } from './scanLimits.ts';

const SPACE = 32;
const TAB = 9;
const HASH = 35;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const F = 70;
const BACKSLASH = 92;
const a = 97;
const f = 102;
const n = 110;
const t = 116;
const z = 122;

/** `.go:12`, `.rb:7:in`: the extension of a source file, at most 5 letters, before the number of a line. */
const MAX_EXTENSION = 5;

/**
 * Whether a line may be a frame of a stack trace: a quick look at bytes that lets everything through that may be one,
 * so that only few records are looked at with more care. Written for JVM, Node, .NET and Rust (`at …`), Python
 * (`File "…"`), Ruby (`from …`), PHP (`#0 …`) and whatever names a file with a line.
 */
export function mayBeFrame(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  for (; at < end; at += 1) {
    const byte = bytes[at] as number;
    // Tabs of a JSON string, escaped once or more.
    const escapes = byte === BACKSLASH && (bytes[at + 1] === BACKSLASH || bytes[at + 1] === t);
    const escaped = byte === t && at > start && bytes[at - 1] === BACKSLASH;
    if (byte !== SPACE && byte !== TAB && !escapes && !escaped) break;
  }
  const byte = bytes[at] as number;
  if (at + 3 >= end) return false;
  if (byte === a && bytes[at + 1] === t && bytes[at + 2] === SPACE) return true;
  if (byte === F && bytes[at + 1] === 105 && bytes[at + 2] === 108 && bytes[at + 3] === 101) return true;
  if (byte === f && bytes[at + 1] === 114 && bytes[at + 2] === 111 && bytes[at + 3] === 109) return true;
  if (byte === HASH && isDigit(bytes[at + 1] as number)) return true;
  return namesLine(bytes, at, end);
}

function namesLine(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start + 2; at + 1 < end; at += 1) {
    if (bytes[at] !== COLON || !isDigit(bytes[at + 1] as number)) continue;
    let letter = at - 1;
    while (letter > start && at - letter <= MAX_EXTENSION && isLetter(bytes[letter] as number)) letter -= 1;
    if (bytes[letter] === DOT && letter < at - 1) return true;
  }
  return false;
}

/** The same for a trace inside of a JSON string (or one in another), whose lines end with a backslash and an n. */
export function mayHoldEscapedFrame(bytes: Uint8Array, start: number, end: number): boolean {
  let line = -1;
  for (let at = start; at < end; at += 1) {
    if (bytes[at] !== BACKSLASH || bytes[at + 1] !== n) continue;
    if (line >= 0 && mayBeFrame(bytes, line, at)) return true;
    line = at + 2;
  }
  return line >= 0 && mayBeFrame(bytes, line, end);
}

const ERROR_NAMES = ['Error', 'Exception', 'Traceback'].map((name) => Buffer.from(name));

/**
 * Where the trace of a record begins whose message begins at `message`. The message belongs to it, being what the trace
 * is of, unless the line behind it names an error itself: then it tells of one request or another, and of no error.
 */
export function traceStart(bytes: Buffer, message: number, end: number): number {
  const feed = bytes.indexOf(LINE_FEED, message);
  if (feed === -1 || feed >= end) return message;
  const next = bytes.indexOf(LINE_FEED, feed + 1);
  const stop = next === -1 || next > end ? end : next;
  if (mayBeFrame(bytes, feed + 1, stop)) return message;
  const line = bytes.subarray(feed + 1, stop);
  return ERROR_NAMES.some((name) => line.includes(name)) ? feed + 1 : message;
}

/** Whether bytes[start, end) holds nothing but blanks. */
export function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if ((bytes[at] as number) > SPACE) return false;
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

function isLetter(byte: number): boolean {
  return (byte | SPACE) >= a && (byte | SPACE) <= z;
}
