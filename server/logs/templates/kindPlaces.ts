import type { MessageKind } from './messageKind.ts';
import { VALUE } from './shapeElements.ts';
import { isName, isWordKey } from './wordPlaces.ts';

/** Elements [from, to) of a kind. */
export interface Place {
  kind: number;
  from: number;
  to: number;
}

interface KeyFacts {
  /** A well mixed number. */
  hash: number;
  isWord: boolean;
  isName: boolean;
}

interface KindHashes {
  /** Of its first n keys. */
  before: Int32Array;
  /** Of its keys from n on. */
  behind: Int32Array;
}

/** What is worked out once for each key and each kind of one mining, round after round. */
export class KeyBook {
  readonly #facts = new Map<string, KeyFacts>();
  readonly #hashes = new WeakMap<readonly string[], KindHashes>();

  factsOf(key: string): KeyFacts {
    const known = this.#facts.get(key);
    if (known !== undefined) return known;
    const isWord = isWordKey(key);
    const facts = { hash: mixed(this.#facts.size + 1), isWord, isName: isWord && isName(key) };
    this.#facts.set(key, facts);
    return facts;
  }

  hashesOf({ keys }: MessageKind): KindHashes {
    const known = this.#hashes.get(keys);
    if (known !== undefined) return known;
    const before = new Int32Array(keys.length + 1);
    const behind = new Int32Array(keys.length + 1);
    for (let at = 0; at < keys.length; at += 1) {
      const { hash } = this.factsOf(keys[at] as string);
      before[at + 1] = mixed((before[at] as number) ^ hash);
    }
    for (let at = keys.length - 1; at >= 0; at -= 1) {
      const { hash } = this.factsOf(keys[at] as string);
      behind[at] = mixed(Math.imul((behind[at + 1] as number) ^ hash, 0x2545f491));
    }
    const hashes = { before, behind };
    this.#hashes.set(keys, hashes);
    return hashes;
  }
}

function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) + 0x27d4eb2f;
}

/**
 * Places of one element, found by what stands before and behind them: those of one group differ in nothing else.
 * Two numbers of 32 bits name a place; a mining has few million places, so that a false match is out of the question.
 */
export class PlaceGroups {
  /** By place: hashes before and behind it, its kind, its element, and the next place of its group; -1: the last. */
  readonly #places: number[] = [];
  readonly #slots: Int32Array;
  /** First places of the groups, in order. */
  readonly #groups: number[] = [];
  readonly #last: number[] = [];

  constructor(kinds: readonly MessageKind[], book: KeyBook, matches: (key: string) => boolean) {
    let count = 0;
    for (const { keys } of kinds) count += keys.length;
    let size = 64;
    while (size < 2 * count) size *= 2;
    this.#slots = new Int32Array(size).fill(-1);
    kinds.forEach((kind, number) => {
      const { before, behind } = book.hashesOf(kind);
      for (let at = 0; at < kind.keys.length; at += 1) {
        if (matches(kind.keys[at] as string)) this.#add(before[at] as number, behind[at + 1] as number, number, at);
      }
    });
  }

  /** Groups of at least two places, in order of their first kinds. */
  *several(): Generator<Place[]> {
    for (const first of this.#groups) {
      if (this.#places[first + 4] === -1) continue;
      yield this.#listed(first);
    }
  }

  /** The places that stand between the first `from` and what follows from `to` of a kind's keys. */
  between({ before, behind }: KindHashes, from: number, to: number): Place[] {
    const group = this.#slots[this.#slotOf(before[from] as number, behind[to] as number)] as number;
    return group < 0 ? [] : this.#listed(this.#groups[group] as number);
  }

  #listed(first: number): Place[] {
    const places: Place[] = [];
    for (let at = first; at !== -1; at = this.#places[at + 4] as number) {
      const from = this.#places[at + 3] as number;
      places.push({ kind: this.#places[at + 2] as number, from, to: from + 1 });
    }
    return places;
  }

  #slotOf(before: number, behind: number): number {
    const mask = this.#slots.length - 1;
    let slot = mixed(before ^ Math.imul(behind, 0x9e3779b1)) & mask;
    while (true) {
      const group = this.#slots[slot] as number;
      if (group < 0) return slot;
      const first = this.#groups[group] as number;
      if (this.#places[first] === before && this.#places[first + 1] === behind) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #add(before: number, behind: number, kind: number, at: number): void {
    const place = this.#places.length;
    this.#places.push(before, behind, kind, at, -1);
    const slot = this.#slotOf(before, behind);
    const group = this.#slots[slot] as number;
    if (group < 0) {
      this.#slots[slot] = this.#groups.push(place) - 1;
      this.#last.push(place);
    } else {
      this.#places[(this.#last[group] as number) + 4] = place;
      this.#last[group] = place;
    }
  }
}

export function isValueKey(key: string): boolean {
  return key === VALUE;
}
