import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHistory } from '../../../server/history/createHistory.ts';
import type { History } from '../../../server/history/history.ts';
import { DiagnosisReport, type Finding } from '../../../server/protocol/diagnosis.ts';
import type { AppliedFix } from '../../../server/protocol/fix.ts';
import { createHistoryRepository } from '../../../server/storage/historyRepository.ts';
import type { Database } from '../../../server/storage/openDatabase.ts';
import { openSharedStateDatabase } from '../../../server/storage/stateDatabase.ts';
import { fingerprintOf } from '../../../server/suppression/fingerprint.ts';
import { portTaken, troubleshootingStates } from '../../support/troubleshootingStates.ts';

const broken: DiagnosisReport = troubleshootingStates.broken.report;
const { workspace } = broken;
const at = (minute: number): string => new Date(Date.UTC(2026, 10, 24, 10, minute)).toISOString();

describe('the history', () => {
  let database: Database;
  let history: History;
  let fixes: AppliedFix[];
  let failures: unknown[];
  beforeEach(async () => {
    database = await openSharedStateDatabase(':memory:');
    fixes = [];
    failures = [];
    history = createHistory({
      store: createHistoryRepository(database),
      fixes: async () => fixes,
      onFailure: (error) => failures.push(error),
    });
  });
  afterEach(() => database.close());

  const fault = (change: Partial<Finding> = {}): Finding => {
    const finding = { ...portTaken, explains: [], ...change };
    return { ...finding, fingerprint: fingerprintOf(finding) };
  };
  const run = (minute: number, findings: Finding[], change: Partial<DiagnosisReport> = {}, whole = true) =>
    history.remember(
      {
        ...broken,
        status: findings.length > 0 ? 'fail' : 'pass',
        startedAt: at(minute),
        findings,
        unknown: [],
        ...change,
      },
      whole,
    );
  const seen = async (minute: number, findings = [fault()]) => (await run(minute, findings)).findings[0]?.seenBefore;
  const fix = (minute: number, change: Partial<AppliedFix> = {}): AppliedFix => ({
    id: 'a',
    workspace,
    cause: 'port.conflict',
    target: 'api',
    summary: '',
    title: 'Let api listen on port 4101',
    appliedAt: at(minute),
    outcome: { kind: 'verified' },
    undo: true,
    ...change,
  });

  it('counts runs in a row as one time, and says nothing of the present one', async () => {
    for (const minute of [0, 1, 2]) expect(await seen(minute)).toBeUndefined();
    await run(3, []);
    for (const minute of [4, 5]) expect(await seen(minute)).toEqual({ count: 1, firstAt: at(0), lastAt: at(2) });
    await run(6, []);
    expect(await seen(7)).toEqual({ count: 2, firstAt: at(0), lastAt: at(5) });
  });

  it('knows the same cause on the same target, whatever it says this time', async () => {
    await run(0, [fault()]);
    await run(1, []);
    expect(await seen(2, [fault({ summary: 'Port 9 is held by python3' })])).toMatchObject({ count: 1 });
    expect(await seen(3, [fault({ target: 'web' })])).toBeUndefined();
    expect(await seen(4, [fault({ cause: 'env.missing' })])).toBeUndefined();
  });

  it('names the fix that ended the last time, unless that was taken back, did not help or was for another', async () => {
    await run(0, [fault()]);
    fixes = [fix(1)];
    await run(2, []);
    expect(await seen(3)).toMatchObject({ fixedBy: { title: 'Let api listen on port 4101', appliedAt: at(1) } });
    for (const change of [
      { outcome: { kind: 'undone' } },
      { outcome: { kind: 'stillThere', because: '', undone: true } },
      { target: 'web' },
      { cause: 'env.missing' },
      { appliedAt: at(9) },
    ] as Partial<AppliedFix>[]) {
      fixes = [fix(1, change)];
      expect(await seen(4)).toEqual({ count: 1, firstAt: at(0), lastAt: at(0) });
    }
  });

  it('takes a verified fix for the end of a time, though no diagnosis ran before the fault came back', async () => {
    await run(0, [fault()]);
    fixes = [fix(1)];
    expect(await seen(2)).toMatchObject({ count: 1, lastAt: at(0), fixedBy: { appliedAt: at(1) } });
    expect(await seen(3)).toMatchObject({ count: 1 });
  });

  it('does not end a time with a run that could not see, or that looked at a part only', async () => {
    await run(0, [fault()]);
    await run(1, [], { unknown: [{ cause: 'port.conflict', because: 'no time' }] });
    await run(2, [], { unknown: [{ cause: 'port.conflict', target: 'api', because: 'no time' }] });
    await run(3, [], {}, false);
    expect(await seen(4)).toBeUndefined();
    expect(history.list(workspace).map(({ status }) => status)).toEqual(['fail', 'pass', 'fail']);
    await run(5, [], { unknown: [{ cause: 'port.conflict', target: 'web', because: 'no time' }] });
    expect(await seen(6)).toMatchObject({ count: 1 });
  });

  it('follows suppressed findings as well', async () => {
    const suppressed = [{ finding: fault(), reason: 'known', since: at(0), id: 'x' }];
    await run(0, [], { suppressed });
    await run(1, []);
    const report = await run(2, [], { suppressed });
    expect(DiagnosisReport.parse(report).suppressed?.[0]?.finding.seenBefore).toMatchObject({ count: 1 });
    expect(history.list(workspace)[0]).toMatchObject({ suppressed: 1, findings: 0, status: 'pass' });
  });

  it('lists runs that said the same as one entry, and opens its last report', async () => {
    for (const minute of [0, 1, 2]) await run(minute, []);
    await run(3, [fault()]);
    await run(4, [fault({ summary: portTaken.summary.replace('4121', '977') })]);
    await run(5, [fault({ summary: 'Port 9 is held by node' })]);
    const entries = history.list(workspace);
    expect(entries.map(({ runs, startedAt, lastAt }) => [runs, startedAt, lastAt])).toEqual([
      [1, at(5), at(5)],
      [2, at(3), at(4)],
      [3, at(0), at(2)],
    ]);
    expect(entries[1]?.root).toMatchObject({ cause: 'port.conflict', target: 'api' });
    expect(entries[2]?.root).toBeUndefined();
    expect(history.get(workspace, entries[1]?.id ?? 0).findings[0]?.summary).toContain('pid 977');
    expect(() => history.get('/elsewhere', entries[1]?.id ?? 0)).toThrow('no diagnosis');
    expect(history.last(workspace)?.startedAt).toBe(at(5));
  });

  it('costs no diagnosis when its store does not answer', async () => {
    database.exec('DROP TABLE occurrence');
    const report = await run(0, [fault()]);
    expect(report.findings).toHaveLength(1);
    expect(failures).toHaveLength(1);
    database.exec('DROP TABLE diagnosis');
    expect(history.last(workspace)).toBeUndefined();
    expect(() => history.list(workspace)).toThrow(expect.objectContaining({ code: 'storage.unavailable' }));
  });
});
