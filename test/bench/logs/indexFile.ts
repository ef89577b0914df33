import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { detectFormat } from '../../../server/logs/formats/detectFormat.ts';
import { createLogIndex } from '../../../server/logs/index/createLogIndex.ts';
import { createScanParts } from '../../../server/logs/index/createScanParts.ts';
import type { LogIndex } from '../../../server/logs/index/logIndex.ts';
import type { PlainLog } from '../../../server/logs/reading/plainLog.ts';
import { createTemplateMiner } from '../../../server/logs/templates/createTemplateMiner.ts';

const SAMPLE = 262_144;

/** The whole index of one file, on this thread. `dispose` when done. */
export async function indexFile(file: string): Promise<{ index: LogIndex; dispose(): void }> {
  const descriptor = openSync(file, 'r');
  const { size } = fstatSync(descriptor);
  const log: PlainLog = {
    name: file,
    descriptor,
    encoding: 'utf-8',
    size,
    complete: true,
    notices: [],
    dispose: () => closeSync(descriptor),
  };
  const sample = Buffer.alloc(Math.min(SAMPLE, size));
  readSync(descriptor, sample, 0, sample.length, 0);
  const index = createLogIndex([{ log, plan: detectFormat(sample, { name: file }) }], {
    ...createScanParts(),
    miner: createTemplateMiner(),
    spillFolder: tmpdir(),
  });
  await index.caughtUp();
  return {
    index,
    dispose() {
      index.dispose();
      log.dispose();
    },
  };
}
