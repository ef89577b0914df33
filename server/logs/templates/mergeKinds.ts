import { absorbPhrases } from './absorbPhrases.ts';
import { KeyBook, type Place, PlaceGroups } from './kindPlaces.ts';
import { mergeNames } from './mergeNames.ts';
import { firstShape, isVaried, joined, type MessageKind, unite } from './messageKind.ts';
import { VALUE } from './shapeElements.ts';
import { isName, isWordKey, variableBecause } from './wordPlaces.ts';

/** Each round merges places that became alike by the round before. */
const MAX_ROUNDS = 8;

/** Merges kinds that differ in one place where evidence says that a value stands there; over and over, until nothing changes. */
export function mergeKinds(kinds: readonly MessageKind[]): MessageKind[] {
  // In order of their keys, so that what is merged does not depend on what came first in the log.
  let current = byKeys(kinds);
  const values = new Set<string>();
  const book = new KeyBook();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const merged = absorbPhrases(mergeNames(mergeWords(current, values, book), book), book);
    if (merged.length === current.length) break;
    current = byKeys(merged);
  }
  return withNotes(current, book).sort((a, b) => firstShape(a) - firstShape(b));
}

/** With a sentence for kinds that have none yet: how their shapes differ, or what keeps them apart from a similar kind. */
function withNotes(kinds: readonly MessageKind[], book: KeyBook): MessageKind[] {
  const notes = new Map<number, string>();
  for (const { places, hasValue } of alternativesOf(kinds, book)) {
    const [first, second] = places;
    if (first === undefined || second === undefined || hasValue) continue;
    const { keys } = kinds[first.kind] as MessageKind;
    if (!keys.some((key, at) => at !== first.from && book.factsOf(key).isWord)) continue;
    for (const { kind, from } of places) {
      const other = kind === first.kind ? second : first;
      const word = wordAt(kinds[kind] as MessageKind, from);
      const otherWord = wordAt(kinds[other.kind] as MessageKind, other.from);
      if (!notes.has(kind)) {
        notes.set(
          kind,
          `Kept apart from a message that has “${otherWord}” for “${word}”: such words say different things.`,
        );
      }
    }
  }
  return kinds.map((kind, number) => {
    const differ =
      kind.members.length > 1 ? `Its ${kind.members.length} shapes differ only where values stand.` : undefined;
    const because = kind.because === undefined ? (differ ?? notes.get(number)) : `Merged, since ${kind.because}.`;
    return because === undefined ? kind : { ...kind, because };
  });
}

function byKeys(kinds: readonly MessageKind[]): MessageKind[] {
  return kinds
    .map((kind) => ({ kind, key: kind.keys.join('\u0000') }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ kind }) => kind);
}

/** Kinds that differ in one word. */
interface Alternatives {
  places: Place[];
  words: string[];
  hasValue: boolean;
  because?: string;
}

/**
 * One round of merging kinds that differ in one word. A kind takes part in one merge a round: the one of most kinds.
 * @param values names that are known to be values; those found in this round are added
 */
function mergeWords(kinds: readonly MessageKind[], values: Set<string>, book: KeyBook): MessageKind[] {
  for (const kind of kinds) addValues(kind, values);
  const all = alternativesOf(kinds, book);
  const repeated = repeatedNames(all);
  for (const one of all) {
    const { kind, from } = one.places[0] as Place;
    const known = one.words.every((word) => values.has(word) || (repeated.get(word) ?? 0) > 1);
    const because = variableBecause({ ...one, keys: kinds[kind]?.keys ?? [], at: from, known });
    if (because !== undefined) one.because = because;
  }
  // Stable: of merges of as many kinds the one that stands first by its keys is made.
  const candidates = all
    .filter(({ because }) => because !== undefined)
    .sort((a, b) => b.places.length - a.places.length);
  const taken = new Set<number>();
  const merged: MessageKind[] = [];
  for (const { places, because } of candidates) {
    const free = places.filter(({ kind }) => !taken.has(kind));
    if (free.length < 2 || because === undefined) continue;
    for (const { kind } of free) taken.add(kind);
    const whole = joined(free.map(({ kind }) => kinds[kind] as MessageKind));
    const keys = [...whole.keys];
    keys[free[0]?.from ?? 0] = VALUE;
    merged.push({ keys, members: whole.members, because: whole.because ?? because });
  }
  if (taken.size === 0) return [...kinds];
  kinds.forEach((kind, number) => {
    if (!taken.has(number)) merged.push(kind);
  });
  return unite(merged);
}

function alternativesOf(kinds: readonly MessageKind[], book: KeyBook): Alternatives[] {
  const places = new PlaceGroups(kinds, book, (key) => key === VALUE || book.factsOf(key).isWord);
  return [...places.several()].map((alike) => {
    const constant = alike.filter(({ kind, from }) => !isVaried(kinds[kind] as MessageKind, from));
    const words = constant.map(({ kind, from }) => wordAt(kinds[kind] as MessageKind, from));
    return { places: alike, words, hasValue: constant.length < alike.length };
  });
}

/** What stands in a place that does not vary. */
function wordAt({ keys, members }: MessageKind, at: number): string {
  const key = keys[at] as string;
  return key === VALUE ? (members[0]?.texts[at] ?? '') : key;
}

/** How many of the differences each name takes part in: what differs in several messages is a value of all of them. */
function repeatedNames(all: readonly Alternatives[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { words } of all) {
    if (words.length < 2 || !words.every(isName)) continue;
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** Names that stand in places of a kind that vary. */
function addValues(kind: MessageKind, values: Set<string>): void {
  if (kind.members.length < 2) return;
  kind.keys.forEach((key, at) => {
    if (key !== VALUE) return;
    const first = kind.members[0]?.texts[at];
    if (kind.members.every(({ texts }) => texts[at] === first)) return;
    for (const { texts } of kind.members) {
      const text = texts[at] ?? '';
      if (text.length < 64 && isWordKey(text) && isName(text)) values.add(text);
    }
  });
}
