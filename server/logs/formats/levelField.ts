import { DEBUG, ERROR, INFO, NONE, NOTICE, WARN } from '../levels.ts';
import { DASH, DOT, HASH, isLetter } from './ascii.ts';
import * as op from './headPattern.ts';
import { levelOfSeverity, levelOfWord } from './levelWords.ts';

/** The level that bytes[start, end) stands for; NONE: it stands for none; -1: it cannot stand there. */
export function levelOfField(unit: number, bytes: Uint8Array, start: number, end: number): number {
  if (unit === op.LEVEL_WORD || unit === op.LEVEL_ANY) return levelOfWord(bytes, start, end);
  if (unit === op.LEVEL_REDIS) return levelOfRedis(bytes[start] as number, end - start);
  // Kubernetes: `Normal`, `Warning`.
  if (unit === op.LEVEL_EVENT)
    return bytes[start] === 78 && end - start === 6 ? INFO : levelOfWord(bytes, start, end) === WARN ? WARN : -1;
  if (unit === op.LEVEL_POSTGRES) return levelOfPostgres(bytes, start, end);
  const value = decimal(bytes, start, end);
  if (unit === op.LEVEL_PRIORITY) return value > 191 ? -1 : levelOfSeverity(value & 7);
  if (unit === op.LEVEL_SEVERITY) return value > 7 ? -1 : levelOfSeverity(value);
  if (value < 0) return NONE;
  if (value >= 500) return ERROR;
  return value >= 400 ? WARN : value >= 100 ? INFO : NONE;
}

/** The unsigned decimal number that fills bytes[start, end); -1: none does. */
export function decimal(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  let scale = 0;
  if (start >= end) return -1;
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] as number) - 48;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      scale *= 10;
    } else if (bytes[at] === DOT && scale === 0 && at > start) scale = 1;
    else return -1;
  }
  return scale > 1 ? value / scale : value;
}

/** Redis: `.` debug, `-` verbose, `*` notice, `#` warning. */
function levelOfRedis(sign: number, length: number): number {
  if (length !== 1) return -1;
  if (sign === HASH) return WARN;
  if (sign === 42) return NOTICE;
  return sign === DASH ? INFO : sign === DOT ? DEBUG : -1;
}

/** NONE for DETAIL, HINT, STATEMENT and their like, which go on with the record before. */
function levelOfPostgres(bytes: Uint8Array, start: number, end: number): number {
  let behind = end;
  while (behind > start && !isLetter(bytes[behind - 1] as number)) behind -= 1;
  const first = bytes[start];
  // D(ETAIL), H(INT), S(TATEMENT): words that stand for a level elsewhere.
  if (first === 72 || first === 83 || (first === 68 && bytes[start + 2] === 84)) return NONE;
  return levelOfWord(bytes, start, behind);
}
