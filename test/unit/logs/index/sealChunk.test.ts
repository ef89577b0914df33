import { describe, expect, it } from 'vitest';
import type { RecordChunk } from '../../../../server/logs/index/recordChunk.ts';
import { sealChunk, unsealChunk } from '../../../../server/logs/index/sealChunk.ts';
import { seededRandom } from '../../../support/randomLog.ts';

function chunkOf(count: number, fill: (at: number) => Partial<Record<keyof RecordChunk, number>>): RecordChunk {
  const chunk: RecordChunk = {
    first: 7,
    count,
    source: 2,
    base: 5_000_000_000,
    starts: new Uint32Array(count + 1),
    firstLine: 12,
    lines: new Uint32Array(count + 1),
    times: new Float64Array(count),
    levels: new Uint8Array(count),
    shapes: new Uint32Array(count),
    components: new Uint32Array(count),
    durations: new Float32Array(count).fill(Number.NaN),
    traces: new Uint32Array(count),
    errorGroups: new Uint32Array(count),
  };
  for (let at = 0; at < count; at += 1) {
    const { starts = 100, lines = 1, ...others } = fill(at);
    chunk.starts[at + 1] = (chunk.starts[at] as number) + starts;
    chunk.lines[at + 1] = (chunk.lines[at] as number) + lines;
    for (const [name, value] of Object.entries(others)) (chunk[name as 'times'] as Float64Array)[at] = value;
  }
  return chunk;
}

function expectSame(chunk: RecordChunk): number {
  const { sealed, bytes } = sealChunk(chunk);
  expect(unsealChunk(sealed, bytes.buffer)).toEqual(chunk);
  return bytes.length / Math.max(1, chunk.count);
}

describe('a sealed chunk', () => {
  it.each([1, 2, 3])('gives back every column as it was (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const wild = [0, 1, 255, 256, 65_535, 65_536, 0xffff_ffff];
    const pick = (): number => wild[Math.floor(random() * wild.length)] as number;
    const times = [Number.NaN, 0, -62_135_596_800_000, 253_402_300_799_999, 1.5, 1_795_514_400_312.25, 1e300];
    expectSame(
      chunkOf(1 + Math.floor(random() * 3_000), (at) => ({
        starts: Math.floor(random() * 70_000),
        lines: Math.floor(random() * 3),
        times: random() < 0.8 ? 1_795_514_400_000 + at : (times[Math.floor(random() * times.length)] as number),
        levels: Math.floor(random() * 8),
        shapes: pick(),
        components: Math.floor(random() * 300),
        traces: pick(),
        errorGroups: random() < 0.01 ? pick() : 0,
        durations: random() < 0.3 ? Math.fround(random() * 1e6) : Number.NaN,
      })),
    );
  });

  it('gives back times in microseconds, and none at all, and nothing but odd ones', () => {
    expectSame(chunkOf(1_000, (at) => ({ times: (1_795_514_400_000_000 + 37 * at) / 1000 })));
    expectSame(chunkOf(1_000, () => ({ times: Number.NaN })));
    expectSame(chunkOf(1_000, (at) => ({ times: at * Math.PI * 1e9 })));
    expectSame(chunkOf(0, () => ({})));
  });

  it('takes at most ten bytes a record of an ordinary log', () => {
    const random = seededRandom(4);
    let time = 1_795_514_400_000;
    const perRecord = expectSame(
      chunkOf(65_536, () => {
        time += Math.floor(random() * 40);
        return {
          starts: random() < 0.001 ? 200_000 : 80 + Math.floor(random() * 300),
          lines: random() < 0.001 ? 40 : 1,
          times: time,
          levels: 3,
          shapes: random() < 0.01 ? 40_000 : Math.floor(random() * 200),
          components: Math.floor(random() * 90),
          durations: random() < 0.2 ? 5 : Number.NaN,
        };
      }),
    );
    expect(perRecord).toBeLessThan(10);
  });
});
