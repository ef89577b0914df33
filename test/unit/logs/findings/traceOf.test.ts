import { expect, it } from 'vitest';
import { traceOf } from '../../../../server/logs/findings/traceOf.ts';
import { growingIndex } from '../../../support/growingIndex.ts';

it('tells the way of a request through several sources, with the time between its steps', async () => {
  const index = growingIndex(
    [
      { text: 'gateway in', time: 1_000, trace: 'a1', source: 0 },
      { text: 'other', time: 1_050, trace: 'b2', source: 0 },
      { text: 'gateway out', time: 1_900, trace: 'a1', source: 0 },
      { text: 'orders in', time: 1_100, trace: 'a1', source: 1 },
      { text: 'no time', trace: 'a1', source: 1 },
      { text: 'orders out', time: 1_700, trace: 'a1', source: 1 },
    ],
    { names: ['gateway.log', 'orders.log'], chunkRecords: 2 },
  );
  index.grow(6);
  expect(await traceOf(index, index.traces.find('a1'))).toEqual([
    { record: 0, time: 1_000 },
    { record: 3, time: 1_100, sinceMs: 100 },
    { record: 4 },
    { record: 5, time: 1_700, sinceMs: 600 },
    { record: 2, time: 1_900, sinceMs: 200 },
  ]);
  expect(await traceOf(index, 0)).toEqual([]);
});
