import { DEBUG, ERROR, FATAL, INFO, NONE, NOTICE, TRACE, WARN } from '../../levels.ts';
import { levelOfLetter, levelOfSeverity, levelOfWord } from '../levelWords.ts';

/** How a program counts its levels. */
export const BY_SIZE = 0;
export const OTEL = 1;
export const SYSLOG = 2;
export const PYTHON = 3;
export const DOTNET = 4;
/** Status codes of HTTP. */
export const HTTP = 5;

/**
 * Code of the level that the value bytes[start, end) of a level's key names; NONE: it is no level. Besides words: the
 * letters of MongoDB, slog's `INFO+2` and `DEBUG-4`, PostgreSQL's DEBUG1 to DEBUG5, words with a terminal's colours.
 */
export function levelOfName(bytes: Uint8Array, start: number, end: number): number {
  let from = start;
  let to = end;
  while (from < to && bytes[from] === 0x20) from += 1;
  while (to > from && bytes[to - 1] === 0x20) to -= 1;
  if (to - from === 1) return levelOfLetter(bytes[from] as number);
  const level = levelOfWord(bytes, from, to);
  if (level !== NONE || to - from < 4) return level;
  if (bytes[from] === 0x5c) return colouredLevel(bytes, from, to);
  const last = bytes[to - 1] as number;
  if (last >= 0x30 && last <= 0x39) {
    const sign = bytes[to - 2];
    if (sign === 0x2b) return levelOfWord(bytes, from, to - 2);
    if (sign === 0x2d) return Math.max(NONE, levelOfWord(bytes, from, to - 2) - 1);
    return levelOfWord(bytes, from, to - 1);
  }
  // Kubernetes calls an event that is no warning `Normal`.
  return to - from === 6 && bytes[from] === 0x4e && bytes[from + 1] === 0x6f && bytes[to - 1] === 0x6c ? INFO : NONE;
}

/** @param numbering BY_SIZE: syslog (0–7), pino and bunyan (10–60), Monolog (100–600), logback and log4js (5,000–50,000) do not overlap */
export function levelOfNumber(value: number, numbering: number): number {
  if (numbering === OTEL) return value >= 1 && value <= 24 ? (SIX[(value - 1) >> 2] as number) : NONE;
  if (numbering === HTTP) return value >= 500 ? ERROR : value >= 400 ? WARN : value >= 100 ? INFO : NONE;
  if (numbering === DOTNET) return value <= 5 ? (SIX[value] as number) : NONE;
  // Python counts as pino does, one step lower: 10 debug, 50 critical.
  if (numbering === PYTHON) return value < 1 ? NONE : (SIX[Math.min(5, Math.floor(value / 10))] as number);
  if (value <= 7) return levelOfSeverity(value);
  if (value < 10) return NONE;
  if (value < 100) return SIX[Math.min(5, Math.floor(value / 10) - 1)] as number;
  if (value < 1000) return value >= 250 && value < 300 ? NOTICE : (SIX[Math.min(5, Math.floor(value / 100))] as number);
  return SIX[Math.min(5, Math.floor(value / 10_000))] as number;
}

const SIX = [TRACE, DEBUG, INFO, WARN, ERROR, FATAL];

/** In JSON a word that a terminal colours stands as `\u001b[32minfo\u001b[39m`. */
function colouredLevel(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 64) return NONE;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  const word = Buffer.from(text.replace(/\\u001b\[[\d;]{0,16}m/gi, ''));
  return levelOfWord(word, 0, word.length);
}
