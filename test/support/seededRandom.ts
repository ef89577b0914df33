/** Numbers that look random and are the same for the same seed (mulberry32). */
export interface SeededRandom {
  /** 0 ≤ n < `below`, whole. */
  whole(below: number): number;
  /** @param values not empty */
  pick<T>(values: readonly T[]): T;
  /** True in so many of 100 cases. */
  chance(percent: number): boolean;
}

export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const whole = (below: number): number => Math.floor(next() * below);
  return {
    whole,
    pick: (values) => values[whole(values.length)] as (typeof values)[number],
    chance: (percent) => next() * 100 < percent,
  };
}
