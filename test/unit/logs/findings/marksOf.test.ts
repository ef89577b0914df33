import { describe, expect, it } from 'vitest';
import { marksOf } from '../../../../server/logs/findings/marksOf.ts';
import { type MemoryRecord, memoryIndex } from '../../../support/memoryIndex.ts';

const work = (count: number): MemoryRecord[] =>
  Array.from({ length: count }, (_, number) => ({ text: `work ${number}`, time: number }));

describe('marks for rows', () => {
  it('are new for what began late, rare for what is there once, none for the rest', async () => {
    const records = [...work(20), { text: 'configuration read' }, ...work(500), { text: 'disk is full' }, ...work(100)];
    const index = memoryIndex(records);
    const marks = await marksOf(index);
    const markOf = (text: string): string | undefined =>
      marks.get(index.templates().find((one) => one.text === text)?.id ?? -1);
    expect([markOf('disk is full'), markOf('configuration read'), markOf('work <*>')]).toEqual([
      'new',
      'rare',
      undefined,
    ]);
  });

  it('are none where everything is rare, or the log is short', async () => {
    const oneOffs = Array.from({ length: 1_000 }, (_, number) => ({ text: 'x', template: `message ${number}` }));
    expect((await marksOf(memoryIndex(oneOffs))).size).toBe(0);
    expect((await marksOf(memoryIndex([...work(50), { text: 'odd' }]))).size).toBe(0);
  });
});
