import { beforeAll, describe, expect, it } from 'vitest';
import { findFindings, type RankedFinding } from '../../../../server/logs/findings/findFindings.ts';
import { indexText } from '../../../support/indexText.ts';
import { injectionKinds, injectLog, writeLog } from '../../../support/injectLog.ts';
import type { MemoryRecord } from '../../../support/memoryIndex.ts';
import { minedSample } from '../../../support/minedSample.ts';
import { ownSamples, type SampleLog } from '../../../support/sampleLogs.ts';

async function findingsOf(records: readonly MemoryRecord[]): Promise<RankedFinding[]> {
  const index = await indexText(writeLog(records));
  try {
    return await findFindings(index);
  } finally {
    index.dispose();
  }
}

/** Small ones, since each trouble is read and mined anew; the bench takes all. */
const TROUBLED = ['nginx-access', 'nginx-error', 'winston'];
const SEEDS = 2;

describe('logs that real programs wrote', { timeout: 180_000 }, () => {
  let samples: SampleLog[] = [];
  beforeAll(() => {
    samples = ownSamples();
  });

  it('tell at most two findings where nobody put a trouble', async () => {
    for (const { name, records } of samples)
      expect({ name, few: (await findingsOf(records)).length <= 2 }).toEqual({ name, few: true });
  });

  it('tell a trouble that was put into them among the first three', async () => {
    const missed: string[] = [];
    let all = 0;
    for (const sample of samples.filter(({ name }) => TROUBLED.includes(name))) {
      const { name, records } = await minedSample(sample);
      for (const kind of injectionKinds)
        for (let seed = 1; seed <= SEEDS; seed += 1) {
          const injection = injectLog(records, kind, seed);
          if (!injection) continue;
          all += 1;
          const findings = await findingsOf(injection.records);
          if (!findings.slice(0, 3).some(injection.isFoundBy))
            missed.push(`${name} ${kind} ${seed}: ${injection.text}`);
        }
    }
    expect(all).toBeGreaterThan(20);
    expect(missed.slice(Math.floor(all * 0.1))).toEqual([]);
  });
});
