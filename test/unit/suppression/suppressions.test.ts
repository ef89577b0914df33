import { describe, expect, it } from 'vitest';
import { DiagnosisReport, type Finding } from '../../../server/protocol/diagnosis.ts';
import { MAX_REASON, type Suppression } from '../../../server/protocol/suppression.ts';
import { createSuppressions } from '../../../server/suppression/createSuppressions.ts';
import { fingerprintOf } from '../../../server/suppression/fingerprint.ts';
import type { SuppressionStore } from '../../../server/suppression/suppressions.ts';
import { portTaken, troubleshootingStates } from '../../support/troubleshootingStates.ts';

const HOUR = 3_600_000;
const broken: DiagnosisReport = troubleshootingStates.broken.report;
const { workspace } = broken;

function memoryStore(): SuppressionStore {
  let all: Suppression[] = [];
  return {
    list: (folder) => all.filter((each) => each.workspace === folder),
    save: (one) => {
      all = [one, ...all.filter((each) => each.workspace !== one.workspace || each.fingerprint !== one.fingerprint)];
    },
    remove: (id) => {
      all = all.filter((each) => each.id !== id);
    },
  };
}

function suppressing(store: SuppressionStore = memoryStore()) {
  const failures: unknown[] = [];
  let now = Date.parse('2026-11-24T10:00:00Z');
  const suppressions = createSuppressions({
    store,
    clock: { now: () => new Date(now), monotonic: () => now },
    onFailure: (error) => failures.push(error),
  });
  return { suppressions, failures, pass: (ms: number) => (now += ms), in: (ms: number) => new Date(now + ms) };
}

const withFindings = (...findings: Finding[]): DiagnosisReport => ({ ...broken, findings });
const [root, middle, outer] = broken.findings as [Finding, Finding, Finding];
const told = ({ findings }: DiagnosisReport): string[] => findings.map(({ id, cause }) => `${id} ${cause}`);
const held = ({ suppressed = [] }: DiagnosisReport): string[] =>
  suppressed.map(({ finding }) => `${finding.id} ${finding.cause}`);

describe('suppressions', () => {
  it('hold a root back together with what follows from it alone, and the report passes', () => {
    const { suppressions } = suppressing();
    const made = suppressions.create(workspace, root, { reason: 'known', until: undefined });
    const report = suppressions.apply(broken);
    expect(DiagnosisReport.parse(report)).toEqual(report);
    expect(report.status).toBe('pass');
    expect(told(report)).toEqual([]);
    expect(held(report)).toEqual(['f1 port.conflict', 'f2 process.crash-loop', 'f3 service.down']);
    expect(report.suppressed?.every(({ id, reason }) => id === made.id && reason === 'known')).toBe(true);
    expect(report.suppressed?.[0]?.finding.explains).toEqual(['f2', 'f3']);
  });

  it('still tell of a symptom that has another explanation, or is none', () => {
    const { suppressions } = suppressing();
    suppressions.create(workspace, root, { reason: 'known', until: undefined });
    const other: Finding = { ...root, id: 'f4', cause: 'env.missing', summary: 'KEY is not set', explains: ['f3'] };
    const alone: Finding = {
      ...root,
      id: 'f5',
      cause: 'disk.full',
      summary: 'full',
      confidence: 'likely',
      explains: [],
    };
    const report = suppressions.apply(withFindings(root, other, middle, outer, alone));
    expect(told(report)).toEqual(['f1 env.missing', 'f2 service.down', 'f3 disk.full']);
    expect(report.findings[0]?.explains).toEqual(['f2']);
    expect(held(report)).toEqual(['f4 port.conflict', 'f5 process.crash-loop']);
    expect(report.suppressed?.[0]?.finding.explains).toEqual(['f5']);
    expect(report.status).toBe('fail');
    expect(suppressions.apply(withFindings(root, alone)).status).toBe('warn');
  });

  it('hold a symptom back and leave its root', () => {
    const { suppressions } = suppressing();
    suppressions.create(workspace, outer, { reason: 'noise', until: undefined });
    const report = suppressions.apply(broken);
    expect(told(report)).toEqual(['f1 port.conflict', 'f2 process.crash-loop']);
    expect(report.findings.map(({ explains }) => explains)).toEqual([['f2'], []]);
    expect(held(report)).toEqual(['f3 service.down']);
  });

  it('go on with another pid, and end with another port', () => {
    const { suppressions } = suppressing();
    suppressions.create(workspace, portTaken, { reason: 'known', until: undefined });
    const asNow = (summary: string) => suppressions.apply(withFindings({ ...portTaken, explains: [], summary }));
    expect(told(asNow(portTaken.summary.replace('4121', '977')))).toEqual([]);
    expect(told(asNow(portTaken.summary.replaceAll('4100', '4200')))).toEqual(['f1 port.conflict']);
  });

  it('end when their time is up', () => {
    const { suppressions, pass, in: later } = suppressing();
    suppressions.create(workspace, root, { reason: 'until Monday', until: later(HOUR) });
    expect(told(suppressions.apply(broken))).toEqual([]);
    expect(suppressions.list(workspace)).toHaveLength(1);
    pass(HOUR);
    expect(told(suppressions.apply(broken))).toHaveLength(3);
    expect(suppressions.list(workspace)).toEqual([]);
  });

  it('belong to their workspace, are replaced by a newer one, and can be removed', () => {
    const { suppressions } = suppressing();
    suppressions.create(workspace, root, { reason: 'first', until: undefined });
    const second = suppressions.create(workspace, root, { reason: ' second \n line ', until: undefined });
    expect(suppressions.list(workspace)).toEqual([second]);
    expect(second.reason).toBe('second line');
    expect(told(suppressions.apply({ ...broken, workspace: '/elsewhere' }))).toHaveLength(3);
    expect(() => suppressions.remove('/elsewhere', second.id)).toThrow('no suppression');
    suppressions.remove(workspace, second.id);
    expect(told(suppressions.apply(broken))).toHaveLength(3);
  });

  it('need a reason, of sensible length, and an end that is to come', () => {
    const { suppressions, in: later } = suppressing();
    for (const terms of [
      { reason: ' \n', until: undefined },
      { reason: 'x'.repeat(MAX_REASON + 1), until: undefined },
      { reason: 'x', until: later(0) },
      { reason: 'x', until: new Date(Number.NaN) },
    ])
      expect(() => suppressions.create(workspace, root, terms)).toThrow(
        expect.objectContaining({ code: 'request.invalid' }),
      );
  });

  it('tell everything, and say so, when their store does not answer', () => {
    const fail = (): never => {
      throw new Error('database is locked');
    };
    const { suppressions, failures } = suppressing({ list: fail, save: fail, remove: fail });
    expect(suppressions.apply(broken)).toBe(broken);
    expect(failures).toHaveLength(1);
    for (const call of [
      () => suppressions.create(workspace, root, { reason: 'x', until: undefined }),
      () => suppressions.list(workspace),
      () => suppressions.remove(workspace, 'x'),
    ])
      expect(call).toThrow(
        expect.objectContaining({ code: 'storage.unavailable', message: expect.stringContaining('is locked') }),
      );
  });

  it('leave a report alone in which nothing is suppressed', () => {
    const { suppressions } = suppressing();
    expect(suppressions.apply(broken)).toBe(broken);
    expect(fingerprintOf(root)).not.toBe(fingerprintOf(middle));
  });
});
