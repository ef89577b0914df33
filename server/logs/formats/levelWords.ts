import { DEBUG, ERROR, FATAL, INFO, NONE, NOTICE, TRACE, WARN } from '../levels.ts';
import { COLON, HASH, isBlank, isLetter, isUpper, SQUARE_CLOSE, SQUARE_OPEN } from './ascii.ts';

/** Words that programs and libraries write for a level, in lower case. */
const WORDS: readonly (readonly [level: number, words: string])[] = [
  [TRACE, 'trace trce trc verbose verb vrb silly finest finer spam'],
  [DEBUG, 'debug dbug dbg debu fine config'],
  [INFO, 'info information informational inf log success system hint detail statement http'],
  [NOTICE, 'notice note'],
  [WARN, 'warn warning wrn'],
  [ERROR, 'error err eror severe fail failure'],
  [FATAL, 'fatal ftl fata crit critical alert emerg emergency panic dpanic'],
];

/** Those that a message may begin with, and that mean nothing else there. */
const SPOKEN = 'trace debug info notice warn warning error err fatal critical severe emerg panic';

const SLOTS = 1024;
const LONGEST = 13;

class WordTable {
  readonly #levels = new Uint8Array(SLOTS);
  readonly #spellings: (Uint8Array | undefined)[] = new Array(SLOTS).fill(undefined);

  add(word: string, level: number): void {
    const spelling = new TextEncoder().encode(word);
    let slot = hashOf(spelling, 0, spelling.length);
    while (this.#spellings[slot]) slot = (slot + 1) % SLOTS;
    this.#spellings[slot] = spelling;
    this.#levels[slot] = level;
  }

  find(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length < 3 || length > LONGEST) return NONE;
    for (let slot = hashOf(bytes, start, end); ; slot = (slot + 1) % SLOTS) {
      const spelling = this.#spellings[slot];
      if (!spelling) return NONE;
      if (spelling.length !== length) continue;
      let same = 0;
      while (same < length && ((bytes[start + same] as number) | 32) === spelling[same]) same += 1;
      if (same === length) return this.#levels[slot] as number;
    }
  }
}

const all = new WordTable();
const spoken = new WordTable();
for (const [level, words] of WORDS)
  for (const word of words.split(' ')) {
    all.add(word, level);
    if (SPOKEN.split(' ').includes(word)) spoken.add(word, level);
  }

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + ((bytes[at] as number) | 32)) | 0;
  return (hash ^ (hash >>> 10)) & (SLOTS - 1);
}

/** The level that the whole word bytes[start, end) stands for, in any case of letters; NONE: no such word. */
export function levelOfWord(bytes: Uint8Array, start: number, end: number): number {
  return all.find(bytes, start, end);
}

/**
 * The level that the message bytes[start, end) begins with: `ERROR: …`, `[warn] …`, `error: …`, `FATAL …`; NONE: it begins
 * with something else. A word that is not in capitals needs its colon or bracket.
 */
export function spokenLevel(bytes: Uint8Array, start: number, end: number): number {
  // GitHub's commands: `##[error]…`.
  const marks = start + 2 < end && bytes[start] === HASH && bytes[start + 1] === HASH ? 2 : 0;
  const bracket = start < end && bytes[start + marks] === SQUARE_OPEN ? 1 : 0;
  const from = start + marks + bracket;
  const behind = skipLetters(bytes, from, Math.min(end, from + LONGEST + 1));
  if (behind - from < 3 || behind - from > LONGEST || behind >= end) return NONE;
  const next = bytes[behind];
  const marked = bracket === 1 ? next === SQUARE_CLOSE : next === COLON;
  if (
    !marked &&
    (bracket === 1 ||
      !isBlank(next as number) ||
      !isUpper(bytes[behind - 1] as number) ||
      !isUpper(bytes[from] as number))
  )
    return NONE;
  return spoken.find(bytes, from, behind);
}

export function levelOfText(word: string): number {
  const bytes = new TextEncoder().encode(word);
  return levelOfWord(bytes, 0, bytes.length);
}

/** Offset behind the letters that begin at `at`. */
export function skipLetters(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && isLetter(bytes[next] as number)) next += 1;
  return next;
}

const LETTERS = new Uint8Array(128);
for (const [letter, level] of Object.entries({
  V: TRACE,
  T: TRACE,
  D: DEBUG,
  I: INFO,
  N: NOTICE,
  W: WARN,
  E: ERROR,
  F: FATAL,
  C: FATAL,
  A: FATAL,
  S: NONE,
}))
  LETTERS[letter.charCodeAt(0)] = level;

/** The level of the single letters that glog, logcat and others write; NONE: another byte. */
export function levelOfLetter(byte: number): number {
  return byte < 128 ? (LETTERS[byte] as number) : NONE;
}

/** Severities of syslog, 0 emergency to 7 debug. */
export function levelOfSeverity(severity: number): number {
  if (severity <= 2) return FATAL;
  if (severity === 3) return ERROR;
  if (severity === 4) return WARN;
  if (severity === 5) return NOTICE;
  return severity === 6 ? INFO : DEBUG;
}
