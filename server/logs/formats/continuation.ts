import { ERROR, FATAL, NONE } from '../levels.ts';
import {
  APOSTROPHE,
  ascii,
  COLON,
  CURLY_CLOSE,
  DOT,
  HASH,
  indexOfBytes,
  isAlphanumeric,
  isBlank,
  isDigit,
  isLetter,
  LINE_FEED,
  ROUND_CLOSE,
  ROUND_OPEN,
  SLASH,
  SPACE,
  SQUARE_CLOSE,
  SQUARE_OPEN,
  skipBlanks,
  startsWith,
  TAB,
} from './ascii.ts';

/** Unindented lines inside the output of a crash: causes, chains, notes, frames' headings, what a runtime prints last. */
const INSIDE = [
  'Caused by: ',
  'Suppressed: ',
  'During handling of the above exception',
  'The above exception was the direct cause',
  '... ',
  '---> ',
  '--- End of ',
  'goroutine ',
  'created by ',
  'exit status ',
  '[signal ',
  'note: ',
  'stack backtrace:',
  'Node.js v',
  'Bun v',
  'Require stack:',
  'Stack trace:',
  'Stacktrace:',
  'thrown in ',
  'rax ',
].map(ascii);

interface Beginning {
  bytes: Uint8Array;
  level: number;
  /** What must stand in the line as well. */
  also?: Uint8Array;
}

/** What a dying program prints itself, never inside a record that a logger wrote. */
const CRASHES: readonly Beginning[] = [
  { bytes: ascii('panic: '), level: FATAL },
  { bytes: ascii('fatal error: '), level: FATAL },
  { bytes: ascii('Exception in thread '), level: ERROR },
  { bytes: ascii('Unhandled exception. '), level: FATAL },
  { bytes: ascii('Unhandled Exception: '), level: FATAL },
  { bytes: ascii("thread '"), level: FATAL, also: ascii(' panicked at') },
];
const TRACEBACK = ascii('Traceback (most recent call last)');
const THREAD = ascii("thread '");
const GO_FILE = ascii('.go:');
const GOROUTINE = ascii('goroutine ');
const AT_FRAME = ascii('at ');
const PYTHON_FRAME = ascii('File "');
/** Node's list of the modules that required one that is missing. */
const REQUIRED = ascii('Require stack:');
const ITEM = ascii('- ');
const CARET = 94;
const FROM_RUBY = ascii('.rb:');
/** An exception's name is not longer. */
const LONGEST_NAME = 120;
const LONGEST_PLACE = 300;

/** Start of the line before the one at `start`; -1: there is none in the buffer. */
export function lineBefore(bytes: Uint8Array, start: number): number {
  if (start <= 0) return -1;
  return start === 1 ? 0 : bytes.lastIndexOf(LINE_FEED, start - 2) + 1;
}

/** End of the line before, without its carriage return. */
export function endBefore(bytes: Uint8Array, start: number): number {
  const feed = start - 1;
  return feed > 0 && bytes[feed - 1] === 13 ? feed - 1 : feed;
}

/** The level of a line that a dying program prints first, and that no logger's record holds; NONE: another line. */
export function crashLevel(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return NONE;
  const first = bytes[start];
  for (const crash of CRASHES)
    if (first === crash.bytes[0] && startsWith(bytes, start, end, crash.bytes))
      return !crash.also || indexOfBytes(bytes, start, Math.min(end, start + 200), crash.also) >= 0
        ? crash.level
        : NONE;
  return NONE;
}

/** The level of a line that begins a stack trace: a crash, a traceback, an exception's name, the place of Node's uncaught exceptions; NONE: another line. */
export function traceLevel(bytes: Uint8Array, start: number, end: number): number {
  const crash = crashLevel(bytes, start, end);
  if (crash !== NONE) return crash;
  const begins =
    startsWith(bytes, start, end, TRACEBACK) || namesError(bytes, start, end) || isPlace(bytes, start, end);
  return begins ? ERROR : NONE;
}

/**
 * Whether a line without a head continues the record of the line before it: it is indented, empty, part of a stack trace,
 * or the end of one. In files without heads everything else is a record of its own.
 */
export function continues(bytes: Uint8Array, start: number, end: number): boolean {
  if (start >= end) return true;
  const first = bytes[start] as number;
  if (isBlank(first)) return true;
  if ((first === CURLY_CLOSE || first === SQUARE_CLOSE || first === ROUND_CLOSE) && end - start <= 4) return true;
  // PHP's frames: `#0 /var/www/a.php(3): f()`, `#1 {main}`.
  if (first === HASH && end - start > 2 && isDigit(bytes[start + 1] as number)) return true;
  for (const inside of INSIDE) if (first === inside[0] && startsWith(bytes, start, end, inside)) return true;
  if (isRubyFrame(bytes, start, end) || isCaret(bytes, start, end)) return true;
  const before = lineBefore(bytes, start);
  if (before < 0) return false;
  return followsTrace(bytes, start, end, before, endBefore(bytes, start));
}

function followsTrace(bytes: Uint8Array, start: number, end: number, before: number, endOfBefore: number): boolean {
  if (before === endOfBefore) return startsWith(bytes, start, end, TRACEBACK) || namesError(bytes, start, end);
  // The last line of a traceback: an exception's name behind the indented frames.
  const code = skipBlanks(bytes, before, endOfBefore);
  const frame = code - before >= 4 || startsWith(bytes, code, endOfBefore, PYTHON_FRAME);
  if (frame && !startsWith(bytes, code, endOfBefore, AT_FRAME) && isName(bytes, start, end, true)) return true;
  if (
    startsWith(bytes, start, end, ITEM) &&
    (startsWith(bytes, before, endOfBefore, ITEM) || startsWith(bytes, before, endOfBefore, REQUIRED))
  )
    return true;
  if (bytes[before] === TAB && indexOfBytes(bytes, before, endOfBefore, GO_FILE) >= 0)
    return isGoFrame(bytes, start, end);
  if (startsWith(bytes, before, endOfBefore, GOROUTINE)) return isGoFrame(bytes, start, end);
  // `thread 'main' panicked at src/main.rs:2:5:` and its message; `/app/server.js:12` and its code.
  if (startsWith(bytes, before, endOfBefore, THREAD)) return bytes[endOfBefore - 1] === COLON;
  return isPlace(bytes, before, endOfBefore);
}

/** `TypeError: …`, `java.lang.IllegalStateException`, `psycopg2.errors.UndefinedTable: …`, `Error [ERR_X]: …`. */
function namesError(bytes: Uint8Array, start: number, end: number): boolean {
  return isName(bytes, start, end, false);
}

/** @param any a name of any kind will do, when it stands alone or ahead of a colon */
function isName(bytes: Uint8Array, start: number, end: number, any: boolean): boolean {
  const limit = Math.min(end, start + LONGEST_NAME);
  let at = start;
  if (at >= limit || !isLetter(bytes[at] as number)) return false;
  while (at < limit && (isAlphanumeric(bytes[at] as number) || isNameMark(bytes[at] as number))) at += 1;
  if (at < end && bytes[at] === SPACE && bytes[at + 1] === SQUARE_OPEN && !any) return endsLikeError(bytes, start, at);
  const closed = at === end || (bytes[at] === COLON && (at + 1 === end || bytes[at + 1] === SPACE));
  if (!closed) return false;
  if (endsLikeError(bytes, start, at)) return true;
  return any && !isLower(bytes, start, at);
}

function isNameMark(byte: number): boolean {
  return byte === DOT || byte === 36 || byte === 95 || byte === SLASH;
}

function isLower(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (byte === DOT || (byte >= 65 && byte <= 90)) return false;
  }
  return true;
}

const ENDINGS = ['Error', 'Exception', 'Interrupt', 'Exit', 'Fault', 'Warning', 'Failure'].map(ascii);

function endsLikeError(bytes: Uint8Array, start: number, end: number): boolean {
  for (const ending of ENDINGS)
    if (end - start >= ending.length && startsWith(bytes, end - ending.length, end, ending)) return true;
  return false;
}

/** `main.main()`, `net/http.(*conn).serve(0xc0000b2000, …)`, `panic({0x4b…})`. */
function isGoFrame(bytes: Uint8Array, start: number, end: number): boolean {
  if (!isLetter(bytes[start] as number) || bytes[end - 1] !== ROUND_CLOSE) return false;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (byte === ROUND_OPEN) return true;
    if (byte === SPACE || byte === APOSTROPHE) return false;
  }
  return false;
}

/** The mark that Node puts below the code. */
function isCaret(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (bytes[at] !== CARET) return false;
  return true;
}

const IN = ascii(':in ');

/** ``app/models/item.rb:26:in `save'``: a frame as Ruby's Logger prints it; the line of an uncaught exception goes on. */
function isRubyFrame(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[end - 1] !== APOSTROPHE) return false;
  const at = indexOfBytes(bytes, start, Math.min(end, start + LONGEST_PLACE), IN);
  return at > start && isDigit(bytes[at - 1] as number);
}

/** `/app/server.js:12`, `node:internal/modules/cjs/loader:1078`, `file:///app/x.mjs:3`, `C:\x.js:3`: a place alone in its line. */
function isPlace(bytes: Uint8Array, start: number, end: number): boolean {
  let at = end - 1;
  while (at > start && isDigit(bytes[at] as number)) at -= 1;
  if (at === end - 1 || bytes[at] !== COLON || at === start) return false;
  if (indexOfBytes(bytes, start, at, FROM_RUBY) >= 0) return false;
  let slash = false;
  for (let next = start; next < at; next += 1) {
    const byte = bytes[next] as number;
    if (byte === SPACE) return false;
    if (byte === SLASH || byte === 92) slash = true;
  }
  return slash;
}
