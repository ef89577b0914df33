/** What the value of a key tells of a record. */
export const NOTHING = 0;
export const TIME = 1;
export const LEVEL = 2;
export const COMPONENT = 3;
export const MESSAGE = 4;
export const DURATION = 5;
export const TRACE = 6;
export type Role = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** One key of a kind of object, and what it tells. Plain data: it stands in the plan of a source. */
export interface KeyMeaning {
  key: string;
  /** Number of the kind of object that the key stands in; default: the record itself, 0. */
  inside?: number;
  role: Role;
  /** 0–30: of two keys of one role in a record, the one with the lower rank counts. */
  rank: number;
  /** Unit of a duration (durationValue.ts) or numbering of levels (levelValue.ts). */
  argument?: number;
  /** Kind of object that the key opens, when its value is an object or an array of objects. */
  opens?: number;
}

/** A rank below all others. */
export const NO_RANK = 31;

/** Slots of the table; a power of two, several times the count of keys. */
const SLOTS = 8192;
/** No key with a meaning is longer, and a mark holds no greater length. */
const LONGEST = 127;

/**
 * Meanings of keys, found by the bytes of a key and the kind of object it stands in. A slot is chosen by the key's length
 * and three of its bytes, which make up its mark: a key without a meaning costs one look at a slot, which is empty or has
 * another mark, and only a key with the same mark is compared byte by byte.
 */
export class KeyTable {
  readonly #marks = new Int32Array(SLOTS);
  readonly #meanings = new Int32Array(SLOTS);
  readonly #starts = new Int32Array(SLOTS);
  readonly #bytes: Uint8Array;

  /** @param keys of two meanings of one key, the later one counts */
  constructor(keys: readonly KeyMeaning[]) {
    const distinct = [...new Map(keys.map((meaning) => [`${meaning.inside ?? 0} ${meaning.key}`, meaning])).values()];
    const names = distinct.map(({ key }) => Buffer.from(key));
    this.#bytes = Buffer.concat(names);
    let start = 0;
    distinct.forEach((meaning, number) => {
      const name = names[number] as Buffer;
      const mark = markOf(name, 0, name.length, meaning.inside ?? 0);
      let slot = slotOf(mark);
      while (this.#meanings[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
      this.#marks[slot] = mark;
      this.#meanings[slot] = packed(meaning);
      this.#starts[slot] = start;
      start += name.length;
    });
  }

  /** The packed meaning of the key bytes[start, end) in that kind of object; 0: it has none. */
  find(bytes: Uint8Array, start: number, end: number, inside: number): number {
    if (end <= start || end - start > LONGEST) return 0;
    const mark = markOf(bytes, start, end, inside);
    let slot = slotOf(mark);
    for (;;) {
      const meaning = this.#meanings[slot] as number;
      if (meaning === 0) return 0;
      if (this.#marks[slot] === mark && this.#isKey(slot, bytes, start, end)) return meaning;
      slot = (slot + 1) & (SLOTS - 1);
    }
  }

  #isKey(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = (this.#starts[slot] as number) - start;
    const known = this.#bytes;
    for (let at = start; at < end; at += 1) if (bytes[at] !== known[from + at]) return false;
    return true;
  }
}

export function roleOf(meaning: number): number {
  return meaning & 7;
}

export function rankOf(meaning: number): number {
  return (meaning >> 3) & 31;
}

export function argumentOf(meaning: number): number {
  return (meaning >> 8) & 15;
}

/** The kind of object that the key opens; 0: none. */
export function opensOf(meaning: number): number {
  return (meaning >> 12) & 31;
}

/** Never 0: bit 30 is set. */
function packed({ role, rank, argument = 0, opens = 0 }: KeyMeaning): number {
  return role | (rank << 3) | (argument << 8) | (opens << 12) | (1 << 30);
}

function markOf(bytes: Uint8Array, start: number, end: number, inside: number): number {
  const length = end - start;
  const first = bytes[start] as number;
  const last = bytes[end - 1] as number;
  const middle = bytes[start + (length >> 1)] as number;
  return (first | (middle << 8) | (last << 16) | (length << 24)) ^ (inside << 4);
}

function slotOf(mark: number): number {
  return Math.imul(mark, 0x9e3779b1) >>> 19;
}
