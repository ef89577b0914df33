import { describe, expect, it, vi } from 'vitest';
import { type CancellationToken, Emitter } from 'vscode-jsonrpc';
import { WorkspaceDiagnosis } from '../../client/editor/workspaceDiagnosis.ts';
import type { DiagnosisProgress, DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { TektraError } from '../../server/protocol/errors.ts';
import type { BackendState } from '../../server/protocol/health.ts';
import { troubleshootingStates } from '../support/troubleshootingStates.ts';

const FOLDER = '/home/dev/shop';
const report: DiagnosisReport = troubleshootingStates.broken.report;
const silent = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };

/** A backend whose answers the test gives by hand. */
function manualBackend(phase: BackendState['phase'] = 'running') {
  const requests: { method: string; token: CancellationToken | undefined; answer: PromiseWithResolvers<unknown> }[] =
    [];
  const progress = new Emitter<DiagnosisProgress>();
  const changed = new Emitter<DiagnosisReport>();
  const backend = {
    state: { phase } as BackendState,
    request: (message: { method: string }, _params: unknown, token?: CancellationToken) => {
      const answer = Promise.withResolvers<unknown>();
      requests.push({ method: message.method, token, answer });
      token?.onCancellationRequested(() => answer.reject(new TektraError('request.cancelled', 'Cancelled')));
      return answer.promise;
    },
    onProgress: (_token: string | number, listener: (step: DiagnosisProgress) => void) => progress.event(listener),
    onNotification: (_message: unknown, listener: (params: DiagnosisReport) => void) => changed.event(listener),
  };
  const diagnosis = new WorkspaceDiagnosis(
    backend as unknown as ConstructorParameters<typeof WorkspaceDiagnosis>[0],
    silent,
  );
  return { diagnosis, requests, progress, changed };
}

describe('the diagnoses of a window', () => {
  it('shows progress, then the report', async () => {
    const { diagnosis, requests, progress } = manualBackend();
    const run = diagnosis.run(FOLDER, { background: false });
    progress.fire({ done: 2, total: 5, label: 'Ports' });
    expect(diagnosis.of(FOLDER).running).toEqual({ done: 2, total: 5, label: 'Ports', background: false });
    requests[0]?.answer.resolve(report);
    await run;
    expect(diagnosis.of(FOLDER)).toEqual({ report });
  });

  it('joins a run that goes on, and makes a background one visible', async () => {
    const { diagnosis, requests } = manualBackend();
    const first = diagnosis.run(FOLDER, { background: true });
    const second = diagnosis.run(FOLDER, { background: false });
    expect(requests).toHaveLength(1);
    expect(diagnosis.of(FOLDER).running?.background).toBe(false);
    requests[0]?.answer.resolve(report);
    await Promise.all([first, second]);
  });

  it('keeps the last verdict beside the error of a failed run', async () => {
    const { diagnosis, requests } = manualBackend();
    const first = diagnosis.run(FOLDER, { background: false });
    requests[0]?.answer.resolve(report);
    await first;
    const second = diagnosis.run(FOLDER, { background: false });
    requests[1]?.answer.reject(new TektraError('backend.unavailable', 'It is gone.', { action: 'Restart it.' }));
    await second;
    expect(diagnosis.of(FOLDER)).toEqual({ report, error: { message: 'It is gone.', action: 'Restart it.' } });
  });

  it('does not show the words of an internal error', async () => {
    const { diagnosis, requests } = manualBackend();
    const run = diagnosis.run(FOLDER, { background: false });
    requests[0]?.answer.reject(new Error('x is not a function'));
    await run;
    expect(diagnosis.of(FOLDER).error?.message).not.toContain('x is not a function');
    expect(silent.error).toHaveBeenCalledWith(expect.stringContaining('x is not a function'));
  });

  it('takes a cancellation for no failure', async () => {
    const { diagnosis } = manualBackend();
    const run = diagnosis.run(FOLDER, { background: false });
    diagnosis.stop(FOLDER);
    await run;
    expect(diagnosis.of(FOLDER)).toEqual({});
  });

  it('asks a backend that gave up only when the user does', async () => {
    const { diagnosis, requests } = manualBackend('failed');
    await diagnosis.run(FOLDER, { background: true });
    await diagnosis.load(FOLDER);
    expect(requests).toEqual([]);
    void diagnosis.run(FOLDER, { background: false });
    expect(requests).toHaveLength(1);
  });

  it('loads the last report once, and takes those of other windows', async () => {
    const { diagnosis, requests, changed } = manualBackend();
    const loads = [diagnosis.load(FOLDER), diagnosis.load(FOLDER)];
    expect(requests.map(({ method }) => method)).toEqual(['tektra/diagnosis/get']);
    requests[0]?.answer.resolve(report);
    await Promise.all(loads);
    const newer = { ...report, durationMs: 1 };
    changed.fire(newer);
    changed.fire({ ...report, workspace: '/elsewhere' });
    expect(diagnosis.of(FOLDER).report).toBe(newer);
    expect(diagnosis.of('/elsewhere')).toEqual({});
  });
});
