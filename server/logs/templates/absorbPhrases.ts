import { isValueKey, type KeyBook, type Place, PlaceGroups } from './kindPlaces.ts';
import { firstShape, isTyped, isVaried, joined, type MessageKind, unite } from './messageKind.ts';
import { VALUE } from './shapeElements.ts';
import { isWordKey } from './wordPlaces.ts';

/** Longest phrase, in elements (words, spaces and signs), that is taken for one value. */
const MAX_PHRASE = 9;

/**
 * Merges a kind that has several words where another has one value and all else is the same, when these words are
 * names: `Invalid user jean paul from …`, `www:80 closed`.
 */
export function absorbPhrases(kinds: readonly MessageKind[], book: KeyBook): MessageKind[] {
  const values = new PlaceGroups(kinds, book, isValueKey);
  const into = new Map<number, { place: Place; target: Place }>();
  kinds.forEach((own, kind) => {
    const { keys } = own;
    const hashes = book.hashesOf(own);
    for (let from = 0; from < keys.length && !into.has(kind); from += 1) {
      // A variable alone would fill the place: words behind it are the message's.
      if (!beginsPhrase(keys, from, book) || isTyped(kinds[kind] as MessageKind, from)) continue;
      for (let to = from + 2; to <= keys.length && to - from <= MAX_PHRASE; to += 1) {
        if (!isPhraseElement(keys[to - 1] as string, book)) break;
        if (!endsPhrase(keys, to)) continue;
        const target = values.between(hashes, from, to).find((place) => place.kind !== kind);
        if (target === undefined || !isVaried(kinds[target.kind] as MessageKind, target.from)) continue;
        into.set(kind, { place: { kind, from, to }, target });
        break;
      }
    }
  });
  if (into.size === 0) return [...kinds];
  const absorbed = new Map<number, MessageKind[]>();
  const merged: MessageKind[] = [];
  kinds.forEach((kind, number) => {
    const way = into.get(number);
    // A kind that is itself absorbed in this round takes nothing in.
    if (way === undefined || into.has(way.target.kind)) return;
    const part = phraseAsValue(kind, way.place, (kinds[way.target.kind] as MessageKind).keys);
    absorbed.set(way.target.kind, [...(absorbed.get(way.target.kind) ?? []), part]);
  });
  kinds.forEach((kind, number) => {
    const parts = absorbed.get(number);
    const way = into.get(number);
    if (parts !== undefined) merged.push(joined([kind, ...parts]));
    else if (way === undefined || into.has(way.target.kind)) merged.push(kind);
  });
  return unite(merged.sort((a, b) => firstShape(a) - firstShape(b)));
}

function phraseAsValue(kind: MessageKind, { from, to }: Place, keys: string[]): MessageKind {
  const members = kind.members.map(({ shape, texts }) => ({
    shape,
    texts: [...texts.slice(0, from), texts.slice(from, to).join(''), ...texts.slice(to)],
  }));
  return { keys, members, because: 'several words stand where others have one value' };
}

function beginsPhrase(keys: readonly string[], from: number, book: KeyBook): boolean {
  const key = keys[from] as string;
  if (key !== VALUE && !book.factsOf(key).isName) return false;
  return from === 0 || !isWordKey(keys[from - 1] as string);
}

function endsPhrase(keys: readonly string[], to: number): boolean {
  const last = keys[to - 1] as string;
  return last === VALUE || isWordKey(last) || /^[\])}>]$/.test(last);
}

function isPhraseElement(key: string, book: KeyBook): boolean {
  if (key === VALUE) return true;
  const { isWord, isName } = book.factsOf(key);
  return !isWord || isName;
}
