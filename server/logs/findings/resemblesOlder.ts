import type { Survey } from './survey.ts';

/** Older templates that are compared, the most frequent ones are as likely among them as any: the first by number. */
const MAX_COMPARED = 4_096;
/** Share of a template's words that an older one has, too. */
const ALIKE = 0.75;
const MIN_WORDS = 4;
const MAX_WORDS = 40;

/** The words by which two messages are compared: parameters, signs and single letters say little. */
export const wordsOf = (text: string): Set<string> =>
  new Set(
    text
      .slice(0, 400)
      .toLowerCase()
      .match(/[\p{L}\d_]{2,}/gu)
      ?.slice(0, MAX_WORDS) ?? [],
  );

const cache = new WeakMap<Survey, Map<number, Set<string>>>();

/** A template that began earlier and has nearly the same words: what is new about the later one is a value that was taken for a word. */
export function resemblesOlder(survey: Survey, slot: number): number | undefined {
  const kept = cache.get(survey) ?? new Map<number, Set<string>>();
  cache.set(survey, kept);
  const of = (number: number): Set<string> => {
    const known = kept.get(number);
    if (known) return known;
    const made = wordsOf(survey.templates[number]?.text ?? '');
    kept.set(number, made);
    return made;
  };
  const own = of(slot);
  if (own.size < MIN_WORDS) return undefined;
  const first = survey.first[slot] as number;
  for (let other = 0; other < Math.min(MAX_COMPARED, survey.templates.length); other += 1) {
    if (other === slot || (survey.first[other] as number) >= first) continue;
    const words = of(other);
    if (words.size < own.size * ALIKE || words.size * ALIKE > own.size) continue;
    if (sharedOf(own, words) >= own.size * ALIKE) return other;
  }
  return undefined;
}

/** Share of the words of two messages that both have: 1 for the same words. */
export function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = sharedOf(a, b);
  return shared / Math.max(1, a.size + b.size - shared);
}

/** How many words both have. */
export function sharedOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of a) if (b.has(word)) shared += 1;
  return shared;
}
