import { tmpdir } from 'node:os';
import { detectFormat } from '../../server/logs/formats/detectFormat.ts';
import { formatOf } from '../../server/logs/formats/formatOf.ts';
import { stackFingerprint } from '../../server/logs/formats/stackFingerprint.ts';
import { createLogIndex, type GrowingIndex } from '../../server/logs/index/createLogIndex.ts';
import { createShapeTable } from '../../server/logs/templates/createShapeTable.ts';
import { createTemplateMiner } from '../../server/logs/templates/createTemplateMiner.ts';
import { DiskLog } from './diskLog.ts';

/** Enough of a log to know its format. */
const SAMPLE_BYTES = 256 << 10;

/** The product's own index over a text, whole: its format detected, its templates mined. Disposed of by the caller. */
export async function indexText(text: string): Promise<GrowingIndex> {
  const log = new DiskLog(text);
  const plan = detectFormat(Buffer.from(text.slice(0, SAMPLE_BYTES)));
  const index = createLogIndex([{ log, plan }], {
    formatOf,
    createShapeTable,
    fingerprint: (trace) => {
      const found = stackFingerprint(trace);
      return found && { key: found.fingerprint, title: found.headline };
    },
    miner: createTemplateMiner(),
    spillFolder: tmpdir(),
  });
  await index.caughtUp();
  const dispose = index.dispose.bind(index);
  index.dispose = () => {
    dispose();
    log.dispose();
  };
  return index;
}
