import * as byte from '../ascii.ts';
import { isAlphanumeric, isBlank, isDigit, isLetter, skipBlanks, skipWord } from '../ascii.ts';
import { continues } from '../continuation.ts';
import { findTimeLayouts } from '../findTimeLayout.ts';
import { levelOfWord, skipLetters } from '../levelWords.ts';
import type { SampleLines } from '../sampleLines.ts';
import { HeadLearner } from './headLearner.ts';
import type { HeadShape } from './textFormat.ts';

/** Lines that are looked at. */
const ASKED = 400;
/** A time further away is not one of the head. */
const MOST_WORDS = 7;

/**
 * Learns the head of lines of a format that nobody named: walks along the columns that all lines share (times, levels,
 * numbers, brackets, words between separators) up to where the lines begin to say different things.
 * @param lines numbers of the sample's lines that may have the head
 */
export function learnHead(sample: SampleLines, lines: readonly number[]): HeadShape | undefined {
  const step = Math.max(1, Math.floor(lines.length / ASKED));
  const asked = lines.filter(
    (line, at) => at % step === 0 && !isBlank(sample.bytes[sample.starts[line] as number] as number),
  );
  if (asked.length === 0) return undefined;
  const learner = new HeadLearner(sample, majority(sample, asked));
  return learner.learn();
}

/** The lines whose first bytes are of the most frequent kind: a trace among records has another. */
function majority(sample: SampleLines, lines: readonly number[]): number[] {
  const kinds = new Map<string, number[]>();
  for (const line of lines) {
    const [start, end] = [sample.starts[line] as number, sample.ends[line] as number];
    if (continues(sample.bytes, start, end)) continue;
    const kind = kindOf(sample.bytes, start, end);
    kinds.set(kind, [...(kinds.get(kind) ?? []), line]);
  }
  return [...kinds.values()].sort((a, b) => b.length - a.length)[0] ?? [];
}

/** Before which of its first words a line has its first time; else what it begins with. */
function kindOf(bytes: Uint8Array, start: number, end: number): string {
  let at = start;
  for (let word = 0; word < MOST_WORDS && at < end; word += 1) {
    const from = isAlphanumeric(bytes[at] as number) ? at : at + 1;
    if (findTimeLayouts(bytes, from, end).length > 0) return `time ${word}`;
    at = skipBlanks(bytes, skipWord(bytes, at, end), end);
  }
  const letters = skipLetters(bytes, start, end);
  if (levelOfWord(bytes, start, letters) > 0) return 'level';
  const first = bytes[start] as number;
  return isDigit(first) ? 'digit' : isLetter(first) || first === byte.DASH ? 'word' : String(first);
}
