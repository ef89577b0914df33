import { describe, expect, it } from 'vitest';
import { findElevation } from '../../../../server/logs/findings/elevation.ts';

/** A course of 256 bins with 40 records each. */
function course(hitsOf: (bin: number) => number): { hits: Uint32Array; rest: Uint32Array } {
  const hits = Uint32Array.from({ length: 256 }, (_, bin) => hitsOf(bin));
  return { hits, rest: hits.map((count) => 40 - count) };
}

describe('a stretch in which something is more frequent', () => {
  it('is that of a rise, even when the course begins high as well', () => {
    const { hits, rest } = course((bin) => (bin < 60 ? 4 : bin >= 71 && bin < 116 ? 11 : bin % 2));
    const rise = findElevation(hits, rest, 256);
    expect(rise?.from).toBeGreaterThanOrEqual(60);
    expect(rise).toMatchObject({ to: 116 });
  });

  it('is not there in what stays as it is', () => {
    const { hits, rest } = course((bin) => 2 + (bin % 3));
    expect(findElevation(hits, rest, 256)).toBeUndefined();
  });

  it('is as evident as it exceeds the bursts that there are anyway, whatever their mean', () => {
    const evidenceOf = (height: number): number => {
      const { hits, rest } = course((bin) =>
        bin >= 140 && bin < 160 ? height : bin % 60 < 20 ? 2 + ((bin * 7) % 3) : 0,
      );
      return findElevation(hits, rest, 256)?.evidence ?? 0;
    };
    expect(evidenceOf(3)).toBeLessThan(10);
    expect(evidenceOf(12)).toBeGreaterThan(50);
  });
});
