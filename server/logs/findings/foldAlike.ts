import { type Candidate, pointsOf } from './candidate.ts';
import { likeness, sharedOf, wordsOf } from './resemblesOlder.ts';
import { count } from './words.ts';

/** Messages that share so many of their words are variants of one, */
const ALIKE = 0.5;
/** and those of which the shorter one is contained so far in a longer one, by at least so many words. */
const CONTAINED = 0.7;
const MIN_CONTAINED = 5;
/** Fewer words are no sentence. */
const MIN_WORDS = 4;

/**
 * Messages that say nearly the same are told once, by the strongest of them: "could not connect: refused", "could not connect:
 * no such host".
 */
export function foldAlike(candidates: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  const told: { candidate: Candidate; words: ReadonlySet<string>; others: number }[] = [];
  for (const candidate of candidates.toSorted((a, b) => pointsOf(b) - pointsOf(a) || a.position - b.position)) {
    const words = candidate.kind === 'new' || candidate.kind === 'rare' ? wordsOf(candidate.name) : new Set<string>();
    const alike = words.size < MIN_WORDS ? undefined : told.find((other) => isVariant(words, other.words));
    if (alike) {
      alike.others += 1;
      alike.candidate.folded.push(candidate);
      continue;
    }
    kept.push(candidate);
    if (words.size >= MIN_WORDS) told.push({ candidate, words, others: 0 });
  }
  for (const { candidate, others } of told)
    if (others > 0)
      candidate.reason += `; ${count(others)} other message${others === 1 ? ' is' : 's are'} worded like it`;
  return kept;
}

function isVariant(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (likeness(a, b) >= ALIKE) return true;
  const shared = sharedOf(a, b);
  return shared >= MIN_CONTAINED && shared >= CONTAINED * Math.min(a.size, b.size);
}
