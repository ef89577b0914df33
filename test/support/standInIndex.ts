import { tmpdir } from 'node:os';
import type { FormatPlan } from '../../server/logs/formats/logFormat.ts';
import { createLogIndex, type GrowingIndex, type IndexParts } from '../../server/logs/index/createLogIndex.ts';
import { createScanPool, type ScanPool } from '../../server/logs/index/scanPool.ts';
import type { PlainLog } from '../../server/logs/reading/plainLog.ts';
import { ShapeMiner, standInParts, standInPlan } from './plainStandIns.ts';

/** An index made of stand-ins, over logs of a test. */
export function standInIndex(
  logs: readonly PlainLog[],
  { plan = standInPlan, ...parts }: Partial<IndexParts> & { plan?: FormatPlan } = {},
): GrowingIndex {
  const sources = logs.map((log) => ({ log, plan }));
  return createLogIndex(sources, { ...standInParts(), miner: new ShapeMiner(), spillFolder: tmpdir(), ...parts });
}

export function standInPool(threads: number): ScanPool {
  return createScanPool(new URL('./standInScanThread.ts', import.meta.url), threads);
}

/** Everything that an index tells, record by record, in a form that can be compared. */
export function tellAll(index: GrowingIndex): string {
  const rows: string[] = [];
  for (let number = 0; number < index.chunkCount; number += 1) {
    const chunk = index.chunk(number);
    rows.push(`chunk ${chunk.first} ${chunk.count} ${chunk.source} ${chunk.base} ${chunk.firstLine}`);
    for (let at = 0; at < chunk.count; at += 1) {
      const { starts, lines, times, levels, shapes, components, durations, traces, errorGroups } = chunk;
      const numbers = [starts, lines, times, levels, shapes, components, durations, traces, errorGroups];
      rows.push(numbers.map((column) => column[at]).join(' '));
    }
    rows.push(`${chunk.starts[chunk.count]} ${chunk.lines[chunk.count]}`);
  }
  for (const dictionary of [index.components, index.traces, index.errorGroups]) {
    rows.push(Array.from({ length: dictionary.size }, (_, number) => dictionary.text(number)).join('|'));
  }
  rows.push(
    index
      .templates()
      .map(({ id, text }) => `${id} ${text}`)
      .join('\n'),
  );
  rows.push(JSON.stringify(index.notices), JSON.stringify(index.sources));
  return rows.join('\n');
}
