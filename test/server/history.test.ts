import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiagnosisReport, runDiagnosis } from '../../server/protocol/diagnosis.ts';
import { HistoryEntry, listHistory } from '../../server/protocol/history.ts';
import { BackendHome } from '../support/backendHome.ts';
import { createTakenPort, type TakenPort } from '../support/takenPort.ts';

describe('history', () => {
  let taken: TakenPort;
  beforeEach(async () => {
    taken = await createTakenPort();
  });
  afterEach(() => taken.dispose());

  const entries = async (): Promise<HistoryEntry[]> =>
    HistoryEntry.array().parse(JSON.parse((await taken.tektra('history', '--json')).stdout));

  it('remembers a fault that comes back, and what fixed it last time', async () => {
    expect((await taken.tektra('history')).stdout).toContain('not diagnosed yet');
    for (let n = 0; n < 2; n++) expect((await taken.tektra('diagnose')).stdout).not.toContain('Seen before');
    expect(await taken.tektra('fix', 'f1', '--yes')).toMatchObject({ code: 0 });
    // The port is free now; the service was not started again, which is another finding.
    expect((await taken.tektra('diagnose')).stdout).toContain('Root cause: shop does not run');
    expect((await taken.tektra('diagnose', '--category', 'database')).code).toBe(0);
    await taken.take();
    const again = await taken.tektra('diagnose');
    expect(again.code).toBe(1);
    expect(again.stdout).toMatch(/Seen before once, on \d{4}-\d\d-\d\d\. Last time this fixed it: \S/);
    const report = DiagnosisReport.parse(JSON.parse((await taken.tektra('diagnose', '--json')).stdout));
    expect(report.findings[0]?.seenBefore).toMatchObject({ count: 1, fixedBy: { title: expect.any(String) } });
    const list = await entries();
    expect(list.map(({ root, runs }) => [root?.cause, runs])).toEqual([
      ['port.conflict', 2],
      ['service.down', 1],
      ['port.conflict', 2],
    ]);
    expect(list[0]?.root).toMatchObject({ cause: 'port.conflict', target: 'shop' });
    const text = (await taken.tektra('history')).stdout;
    expect(text.split('\n')).toHaveLength(4);
    expect(text).toContain('2 runs since');
    const old = await taken.tektra('history', '--report', String(list[2]?.id));
    expect(old).toMatchObject({ code: 0, stdout: expect.stringContaining(`Port ${taken.port} is held`) });
    expect(await taken.tektra('history', '--report', '999')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('tektra history'),
    });
    expect((await taken.tektra('history', '/no/such/folder')).code).toBe(2);
  });

  it('is kept by the backend in the same place, also while a terminal writes', async () => {
    const home = await BackendHome.create();
    try {
      const { backend } = home.open({ home: taken.home });
      const workspace = taken.folder;
      const windowRuns = (async () => {
        for (let n = 0; n < 3; n++) await backend.request(runDiagnosis, { workspace });
      })();
      const outcomes = await Promise.all([taken.tektra('diagnose'), taken.tektra('diagnose'), windowRuns]);
      expect(outcomes[0].stderr + outcomes[1].stderr).toBe('');
      const list = await backend.request(listHistory, { workspace });
      expect(list.map(({ runs }) => runs)).toEqual([5]);
      expect(await entries()).toEqual(list);
    } finally {
      await home.dispose();
    }
  });
});
