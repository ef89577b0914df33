/** Longer literals are searched by their beginning: a shift cannot grow past it, and the tables stay small. */
const LONGEST_SEARCHED = 64;

/** Finds the first of several literals in bytes, ASCII letters of either case alike when wanted, without decoding anything. */
export interface ByteSearch {
  /** Offset where the first occurrence within bytes[start, end) begins; -1: none. */
  find(bytes: Uint8Array, start: number, end: number): number;
}

/**
 * Wu and Manber's search over pairs of bytes: the pair at the end of the shortest literal's window tells how far the
 * window may move, which is most of its length in most places. Scans about a byte in (length - 1).
 * @param literals none of them empty; bytes outside ASCII are compared as they are
 */
export function createByteSearch(literals: readonly Uint8Array[], ignoreCase: boolean): ByteSearch {
  const shortest = Math.min(...literals.map(({ length }) => length), LONGEST_SEARCHED);
  if (shortest < 2) return new SingleByteSearch(literals, ignoreCase);
  return new PairSearch(literals, shortest, ignoreCase);
}

class PairSearch implements ByteSearch {
  readonly #literals: readonly Uint8Array[];
  readonly #window: number;
  /** For each pair of bytes how far the window may move; 0: one of the literals may end its window here. */
  readonly #shifts = new Uint8Array(65_536);
  /** Literals whose window ends with a pair. */
  readonly #byPair = new Map<number, Uint8Array[]>();
  readonly #fold: Uint8Array;

  constructor(literals: readonly Uint8Array[], window: number, ignoreCase: boolean) {
    this.#window = window;
    this.#fold = foldTable(ignoreCase);
    this.#literals = literals.map((literal) => literal.map((byte) => this.#fold[byte] ?? byte));
    this.#shifts.fill(window - 1);
    for (const literal of this.#literals)
      for (let at = 1; at < window; at += 1)
        for (const pair of pairsOf(literal[at - 1] ?? 0, literal[at] ?? 0, ignoreCase)) {
          this.#shifts[pair] = Math.min(this.#shifts[pair] ?? 0, window - 1 - at);
          if (at === window - 1) this.#byPair.set(pair, [...(this.#byPair.get(pair) ?? []), literal]);
        }
  }

  find(bytes: Uint8Array, start: number, end: number): number {
    const shifts = this.#shifts;
    const most = this.#window - 1;
    const safe = end - 4 * most;
    let at = start + most;
    while (at < end) {
      // Nearly everywhere the window moves as far as it can: four such moves at once do not wait for each other.
      while (
        at < safe &&
        shifts[((bytes[at - 1] as number) << 8) | (bytes[at] as number)] === most &&
        shifts[((bytes[at + most - 1] as number) << 8) | (bytes[at + most] as number)] === most &&
        shifts[((bytes[at + 2 * most - 1] as number) << 8) | (bytes[at + 2 * most] as number)] === most &&
        shifts[((bytes[at + 3 * most - 1] as number) << 8) | (bytes[at + 3 * most] as number)] === most
      )
        at += 4 * most;
      const pair = ((bytes[at - 1] as number) << 8) | (bytes[at] as number);
      const shift = shifts[pair] as number;
      if (shift !== 0) {
        at += shift;
        continue;
      }
      if (this.#isAt(bytes, at - most, end, pair)) return at - most;
      at += 1;
    }
    return -1;
  }

  #isAt(bytes: Uint8Array, begin: number, end: number, pair: number): boolean {
    const fold = this.#fold;
    const literals = this.#byPair.get(pair) as Uint8Array[];
    for (let number = 0; number < literals.length; number += 1) {
      const literal = literals[number] as Uint8Array;
      const { length } = literal;
      if (begin + length > end) continue;
      let same = 0;
      while (same < length && fold[bytes[begin + same] as number] === literal[same]) same += 1;
      if (same === length) return true;
    }
    return false;
  }
}

/** One of the literals is a single byte: no window to move, each byte is looked at. */
class SingleByteSearch implements ByteSearch {
  readonly #byFirst: Uint8Array[][] = Array.from({ length: 256 }, () => []);
  readonly #mayBegin = new Uint8Array(256);
  readonly #fold: Uint8Array;

  constructor(literals: readonly Uint8Array[], ignoreCase: boolean) {
    this.#fold = foldTable(ignoreCase);
    for (const literal of literals) {
      const folded = literal.map((byte) => this.#fold[byte] ?? byte);
      this.#byFirst[folded[0] ?? 0]?.push(folded);
    }
    for (let byte = 0; byte < 256; byte += 1)
      this.#mayBegin[byte] = this.#byFirst[this.#fold[byte] ?? 0]?.length === 0 ? 0 : 1;
  }

  find(bytes: Uint8Array, start: number, end: number): number {
    const mayBegin = this.#mayBegin;
    for (let at = start; at < end; at += 1)
      if (mayBegin[bytes[at] as number] === 1 && this.#isAt(bytes, at, end)) return at;
    return -1;
  }

  #isAt(bytes: Uint8Array, begin: number, end: number): boolean {
    const fold = this.#fold;
    for (const literal of this.#byFirst[fold[bytes[begin] as number] as number] as Uint8Array[]) {
      if (begin + literal.length > end) continue;
      let same = 0;
      while (same < literal.length && fold[bytes[begin + same] as number] === literal[same]) same += 1;
      if (same === literal.length) return true;
    }
    return false;
  }
}

function foldTable(ignoreCase: boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (ignoreCase && byte >= 65 && byte <= 90 ? byte + 32 : byte));
}

/** The pair of two folded bytes in all its spellings. */
function pairsOf(first: number, second: number, ignoreCase: boolean): number[] {
  const spellings = (byte: number): number[] => (ignoreCase && byte >= 97 && byte <= 122 ? [byte, byte - 32] : [byte]);
  return spellings(first).flatMap((one) => spellings(second).map((other) => (one << 8) | other));
}
