import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiagnosisReport, getDiagnosis, runDiagnosis } from '../../server/protocol/diagnosis.ts';
import { createSuppression, listSuppressions, Suppression } from '../../server/protocol/suppression.ts';
import { BackendHome } from '../support/backendHome.ts';
import { createTakenPort, type TakenPort } from '../support/takenPort.ts';

describe('suppression', () => {
  let taken: TakenPort;
  beforeEach(async () => {
    taken = await createTakenPort();
  });
  afterEach(() => taken.dispose());

  const diagnose = async (): Promise<{ code: number | null; report: DiagnosisReport }> => {
    const { code, stdout } = await taken.tektra('diagnose', '--json');
    return { code, report: DiagnosisReport.parse(JSON.parse(stdout)) };
  };

  it('holds a finding back in a terminal, lists it with its reason, and tells of it again', async () => {
    expect((await diagnose()).code).toBe(1);
    const made = await taken.tektra('suppress', 'port.conflict', '--reason', 'the preview may run', '--days', '7');
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/Suppressed until \d{4}-\d\d-\d\d/) });
    const { code, report } = await diagnose();
    expect(code).toBe(0);
    expect(report).toMatchObject({ status: 'pass', findings: [] });
    expect(report.suppressed?.[0]).toMatchObject({
      reason: 'the preview may run',
      finding: { cause: 'port.conflict', id: 'f1' },
    });
    // What follows from it is listed with it.
    expect(report.suppressed?.map(({ finding }) => finding.cause)).toEqual(['port.conflict', 'service.down']);
    const text = await taken.tektra('diagnose');
    expect(text).toMatchObject({ code: 0, stdout: expect.stringContaining('the preview may run') });
    const list = JSON.parse((await taken.tektra('suppress', '--list', '--json')).stdout);
    const [suppression] = Suppression.array().parse(list);
    expect(suppression?.id).toBe(report.suppressed?.[0]?.id);
    expect((await taken.tektra('suppress', '--remove', suppression?.id ?? '')).code).toBe(0);
    expect((await diagnose()).code).toBe(1);
  });

  it('goes on for the same fault with another process, and ends with another port', async () => {
    await diagnose();
    await taken.tektra('suppress', 'f1', '--reason', 'known');
    await taken.take();
    expect((await diagnose()).report.findings).toEqual([]);
    await taken.take(0);
    const { code, report } = await diagnose();
    expect(code).toBe(1);
    expect(report.findings[0]?.summary).toContain(String(taken.port));
    expect(report.suppressed).toBeUndefined();
  });

  it('cannot be said by a file of the workspace', async () => {
    const { report } = await diagnose();
    const finding = report.findings[0];
    const wish = { suppressed: [{ fingerprint: finding?.fingerprint, cause: 'port.conflict', reason: 'x' }] };
    await mkdir(path.join(taken.folder, '.tektra'));
    for (const name of ['suppressions.json', 'suppress.json', 'targets.yaml', 'state.db'])
      await writeFile(path.join(taken.folder, '.tektra', name), JSON.stringify(wish));
    expect((await diagnose()).code).toBe(1);
  });

  it('exits 2 with the next step when it is not said right', async () => {
    await diagnose();
    for (const [args, said] of [
      [['suppress', 'f1'], '--reason'],
      [['suppress', '--reason', 'x'], 'f1 (port.conflict of shop)'],
      [['suppress', 'f9', '--reason', 'x'], 'f1 (port.conflict of shop)'],
      [['suppress', 'f1', '--reason', ' '], 'reason'],
      [['suppress', 'f1', '--reason', 'x', '--days', '0'], '--days'],
      [['suppress', 'f1', '--reason', 'x', '--until', 'soon'], '2026-12-24'],
      [['suppress', 'f1', '--reason', 'x', '--until', '2020-01-01'], 'future'],
      [['suppress', 'f1', '--reason', 'x', '--days', '1', '--until', '2099-01-01'], 'not both'],
      [['suppress', '--remove', 'nothing'], '--list'],
    ] as const) {
      const { code, stderr } = await taken.tektra(...args);
      expect([args.join(' '), code]).toEqual([args.join(' '), 2]);
      expect(stderr).toContain(said);
      expect(stderr).not.toContain('    at ');
    }
    expect((await taken.tektra('suppress', '--list')).stdout).toContain('Nothing is suppressed');
  });

  it('says so when the database cannot be used, and the diagnosis tells everything', async () => {
    await diagnose();
    await taken.tektra('suppress', 'f1', '--reason', 'known');
    for (const name of await readdir(taken.home))
      if (name.startsWith('state.db')) await rm(path.join(taken.home, name));
    await writeFile(path.join(taken.home, 'state.db'), 'this is not a database '.repeat(400));
    const refused = await taken.tektra('suppress', 'f1', '--reason', 'known');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('tektra doctor') });
    const told = await taken.tektra('diagnose');
    expect(told).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing is suppressed') });
  });

  it('is one for terminals and windows', async () => {
    const home = await BackendHome.create();
    try {
      const { backend } = home.open({ home: taken.home });
      const workspace = taken.folder;
      const report = await backend.request(runDiagnosis, { workspace });
      const fingerprint = report.findings[0]?.fingerprint ?? '';
      await backend.request(createSuppression, { workspace, fingerprint, reason: 'from a window' });
      expect((await diagnose()).code).toBe(0);
      const id = (await backend.request(listSuppressions, { workspace }))[0]?.id ?? '';
      await taken.tektra('suppress', '--remove', id);
      expect((await backend.request(runDiagnosis, { workspace })).findings[0]?.cause).toBe('port.conflict');
      await diagnose();
      await taken.tektra('suppress', 'f1', '--reason', 'from a terminal');
      expect((await backend.request(runDiagnosis, { workspace })).findings).toEqual([]);
      expect((await backend.request(getDiagnosis, { workspace }))?.status).toBe('pass');
    } finally {
      await home.dispose();
    }
  });
});
