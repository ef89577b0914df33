import { describe, expect, it } from 'vitest';
import { fuzzCase, fuzzKind, fuzzKinds } from '../../support/fuzzCorpus.ts';
import { fuzzOneLog } from '../../support/fuzzOneLog.ts';

/** What the long run (`node test/support/fuzzLogs.ts`) does for hours, once for each kind of bad input. */
describe('a bad input', { timeout: 120_000 }, () => {
  it.each(fuzzKinds)('does no harm: %s', async (kind) => {
    const { lines, refused } = await fuzzOneLog(fuzzKind(kind, 7), 7);
    expect(refused || kind === 'empty' || lines > 0).toBe(true);
  });

  it('is the same for the same seed', () => {
    for (const seed of [1, 2, 3]) expect(fuzzCase(seed, false)).toEqual(fuzzCase(seed, false));
  });
});
