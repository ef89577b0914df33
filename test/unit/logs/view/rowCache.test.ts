import { describe, expect, it } from 'vitest';
import type { LogRow } from '../../../../server/protocol/logs.ts';
import { BLOCK_ROWS, RowCache, wantedBlocks } from '../../../../webviews/logs/rowCache.ts';

const rowOf = (record: number): LogRow => ({
  record,
  source: 0,
  line: record + 1,
  level: 3,
  message: '',
  moreLines: 0,
  template: 0,
});

/** A view of `count` rows whose answers a test lets through one by one. */
function setUp(count: number) {
  const asked: number[] = [];
  const waiting: (() => void)[] = [];
  const view = { count, changes: 0, failures: 0 };
  const cache = new RowCache(
    (position, rows) => {
      asked.push(position / BLOCK_ROWS);
      const end = Math.min(view.count, position + rows);
      const answer = {
        rows: Array.from({ length: Math.max(0, end - position) }, (_, at) => rowOf(position + at)),
        matches: view.count,
      };
      return new Promise((resolve) => waiting.push(() => resolve(answer)));
    },
    { changed: () => (view.changes += 1), failed: () => (view.failures += 1) },
  );
  const answerAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      for (const resolve of waiting.splice(0)) resolve();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  return { cache, asked, view, answerAll };
}

describe('the rows that a page holds', () => {
  it('are asked for around what is seen, ahead in the direction of scrolling', () => {
    expect(wantedBlocks(1000, 1040, 10_000_000, 1)).toEqual([5, 6, 7, 4]);
    expect(wantedBlocks(1000, 1040, 10_000_000, -1)).toEqual([5, 4, 3, 6]);
    expect(wantedBlocks(0, 40, 100, 1)).toEqual([0]);
    expect(wantedBlocks(0, -1, 0, 1)).toEqual([0]);
  });

  it('are never asked for where the user only passed by', async () => {
    const { cache, asked, answerAll } = setUp(10_000_000);
    for (let position = 0; position < 9_000_000; position += 100_000)
      cache.want(position, position + 40, 10_000_000, 1);
    await answerAll();
    expect(asked.length).toBeLessThanOrEqual(2 + 4);
    expect(cache.row(8_900_000)?.record).toBe(8_900_000);
    expect(cache.row(4_000_000)).toBeUndefined();
  });

  it('are forgotten beyond a bound, the least recently used first', async () => {
    const { cache, answerAll } = setUp(10_000_000);
    for (let block = 0; block < 300; block += 1) {
      cache.want(block * BLOCK_ROWS, block * BLOCK_ROWS + 40, 10_000_000, 1);
      await answerAll();
    }
    expect(cache.loadedBlocks).toBeLessThanOrEqual(84);
    expect(cache.row(299 * BLOCK_ROWS)?.record).toBe(299 * BLOCK_ROWS);
    expect(cache.row(0)).toBeUndefined();
  });

  it('stay on screen while the last block, which has grown, is asked for again', async () => {
    const { cache, view, asked, answerAll } = setUp(250);
    cache.want(0, 249, 250, 1);
    await answerAll();
    view.count = 300;
    cache.want(200, 299, 300, 1);
    cache.grew(false);
    expect(cache.row(249)?.record).toBe(249);
    await answerAll();
    expect(cache.row(299)?.record).toBe(299);
    expect(asked.filter((block) => block === 1)).toHaveLength(2);
    expect(asked.filter((block) => block === 0)).toHaveLength(1);
  });

  it('are dropped when they come after the view was closed', async () => {
    const { cache, view, answerAll } = setUp(1000);
    cache.want(0, 40, 1000, 1);
    cache.close();
    await answerAll();
    expect(view.changes).toBe(0);
    expect(cache.row(0)).toBeUndefined();
  });
});
