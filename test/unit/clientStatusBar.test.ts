import { describe, expect, it } from 'vitest';
import { type StatusBarInput, statusBarContent } from '../../client/editor/statusBarContent.ts';
import type { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { portTaken, troubleshootingStates } from '../support/troubleshootingStates.ts';

const folder = { path: '/home/dev/shop', name: 'shop' };
const running = { phase: 'running', httpPort: 8123 } as const;
const broken: DiagnosisReport = troubleshootingStates.broken.report;
const healthy: DiagnosisReport = troubleshootingStates.healthy.report;

function content(change: Partial<StatusBarInput> & { diagnosis?: StatusBarInput['folders'][number]['diagnosis'] }) {
  const { diagnosis = {}, ...rest } = change;
  return statusBarContent({ backend: running, trusted: true, folders: [{ folder, diagnosis }], ...rest });
}

describe('the status bar', () => {
  it('names the root cause, shortened, as an error', () => {
    const { text, severity, label } = content({ diagnosis: { report: broken } });
    expect(text).toMatch(/^\$\(error\) Port 4100 is held by node .*…$/);
    expect(text.length).toBeLessThan(70);
    expect(severity).toBe('error');
    expect(label).toContain('Port 4100');
  });

  it('tells evidence, port and last run in the tooltip', () => {
    const { tooltip } = content({ diagnosis: { report: broken } });
    expect(tooltip).toContain('Proved by 3 pieces of evidence, 2 more findings');
    expect(tooltip).toContain('port 8123');
    expect(tooltip).toContain('Last run');
  });

  it('is healthy without a finding', () => {
    expect(content({ diagnosis: { report: healthy } })).toMatchObject({
      text: '$(pass) Tektra: healthy',
      severity: 'none',
    });
  });

  it('keeps the last verdict while the backend starts again', () => {
    const { text } = content({ backend: { phase: 'starting' }, diagnosis: { report: broken } });
    expect(text).toContain('Port 4100');
  });

  it('says that the backend stopped, with the last verdict in the tooltip', () => {
    const backend = { phase: 'failed', message: 'Out of memory' } as const;
    const { text, severity, tooltip } = content({ backend, diagnosis: { report: broken } });
    expect(text).toContain('backend stopped');
    expect(severity).toBe('warning');
    expect(tooltip).toContain('Out of memory');
    expect(tooltip).toContain('Port 4100');
  });

  it('is starting, not diagnosed yet, or restricted when there is nothing to tell', () => {
    expect(content({ backend: { phase: 'starting' } }).text).toContain('starting');
    expect(content({ backend: { phase: 'stopped' } }).text).toContain('not diagnosed yet');
    expect(content({ trusted: false }).text).toContain('restricted');
    expect(content({ folders: [] }).text).toBe('$(pulse) Tektra');
  });

  it('spins for a run that was asked for, and not for one in the background', () => {
    const step = { done: 1, total: 3, label: 'Ports' };
    expect(content({ diagnosis: { report: healthy, running: { ...step, background: false } } }).text).toContain(
      'sync~spin',
    );
    expect(content({ diagnosis: { report: healthy, running: { ...step, background: true } } }).text).toContain(
      'healthy',
    );
  });

  it('lets the worst folder speak', () => {
    const other = { folder: { path: '/b', name: 'b' }, diagnosis: { report: broken } };
    const { text, tooltip } = content({ folders: [{ folder, diagnosis: { report: healthy } }, other] });
    expect(text).toContain('Port 4100');
    expect(tooltip).toContain('shop');
  });

  it('shows text of a log as text: no icon, no link, no markup', () => {
    const finding = { ...portTaken, summary: '$(flame) [x](command:y) <b>' };
    const { text, tooltip } = content({ diagnosis: { report: { ...broken, findings: [finding] } } });
    expect(text).toContain('\\$(flame)');
    expect(tooltip).not.toContain('[x](command:y)');
    expect(tooltip).not.toContain(' <b>');
    expect(tooltip).not.toMatch(/(?<!\\)\$\(flame/);
  });
});
