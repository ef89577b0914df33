/** Different values that are counted at a time. With texts of 200 characters, some 30 MB at most. */
const MOST = 65_536;
/** Longer values are cut: they are shown in a list. */
const LONGEST = 200;

/**
 * Finds the most frequent of any number of different values in bounded memory (after Misra and Gries): of n values, each
 * that occurs more than n / 32,768 times is among the candidates. Their counts are exact as long as there are no more
 * than 65,536 different values; otherwise a second look at the candidates must count them.
 */
export class HeavyHitters {
  readonly #counts = new Map<string, number>();
  readonly #most: number;
  readonly #distinct = new DistinctCount();
  /** Some values were dropped: counts are too low. */
  isCut = false;

  /** @param most different values to hold; the default but in tests */
  constructor(most = MOST) {
    this.#most = most;
  }

  add(value: string): void {
    const count = this.#counts.get(value);
    if (count !== undefined) {
      this.#counts.set(value, count + 1);
      return;
    }
    if (this.isCut) this.#distinct.add(value);
    if (this.#counts.size >= this.#most) this.#thin();
    if (this.#counts.size < this.#most) this.#counts.set(value, 1);
  }

  /** Takes the median from all counts, so that half of the values go, and the frequent ones stay. */
  #thin(): void {
    if (!this.isCut) {
      this.isCut = true;
      for (const value of this.#counts.keys()) this.#distinct.add(value);
    }
    const sorted = [...this.#counts.values()].sort((a, b) => a - b);
    const less = sorted[sorted.length >>> 1] ?? 1;
    for (const [value, count] of this.#counts)
      if (count > less) this.#counts.set(value, count - less);
      else this.#counts.delete(value);
  }

  /** Different values; beyond 65,536 an estimate, off by about 1 %. */
  get distinct(): number {
    return this.isCut ? Math.max(this.#counts.size, this.#distinct.estimate()) : this.#counts.size;
  }

  /** The `limit` most frequent candidates, most frequent first, equal ones by value. */
  top(limit: number): { value: string; count: number }[] {
    return [...this.#counts]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, limit);
  }
}

/** Cuts a value to what a list shows. */
export function shownValue(value: string): string {
  return value.length > LONGEST ? `${value.slice(0, LONGEST - 1)}…` : value;
}

const REGISTERS = 16_384;

/** Estimates how many different values there were (HyperLogLog, 16 KiB, off by about 0.8 %). */
class DistinctCount {
  readonly #registers = new Uint8Array(REGISTERS);

  add(value: string): void {
    // FNV-1a, and a mix that spreads it over all bits.
    let hash = 0x811c9dc5;
    for (let at = 0; at < value.length; at += 1) hash = Math.imul(hash ^ value.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
    const register = hash & (REGISTERS - 1);
    const rest = hash >>> 14;
    const zeros = rest === 0 ? 19 : Math.clz32(rest) - 13;
    if (zeros > (this.#registers[register] as number)) this.#registers[register] = zeros;
  }

  estimate(): number {
    let sum = 0;
    let empty = 0;
    for (const zeros of this.#registers) {
      sum += 2 ** -zeros;
      if (zeros === 0) empty += 1;
    }
    const raw = ((0.7213 / (1 + 1.079 / REGISTERS)) * REGISTERS * REGISTERS) / sum;
    return Math.round(raw <= 2.5 * REGISTERS && empty > 0 ? REGISTERS * Math.log(REGISTERS / empty) : raw);
  }
}
