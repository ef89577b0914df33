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
  const requests: {
    method: string;
    params: unknown;
    token: CancellationToken | undefined;
    answer: PromiseWithResolvers<unknown>;
  }[] = [];
  const progress = new Emitter<DiagnosisProgress>();
  const changed = new Emitter<DiagnosisReport>();
  const backend = {
    state: { phase } as BackendState,
    request: (message: { method: string }, params: unknown, token?: CancellationToken) => {
      const answer = Promise.withResolvers<unknown>();
      requests.push({ method: message.method, params, token, answer });
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

  it('asks again what was asked last, unless something else or nothing is asked', async () => {
    const { diagnosis, requests } = manualBackend();
    const asked = { categories: [], targets: [], words: [], answer: '' };
    const answer = (index: number, symptom?: string) =>
      requests[index]?.answer.resolve({ ...report, ...(symptom !== undefined && { asked: { ...asked, symptom } }) });
    const run = async (index: number, options: Parameters<typeof diagnosis.run>[1], symptom?: string) => {
      const finished = diagnosis.run(FOLDER, options);
      answer(index, symptom);
      await finished;
    };
    await run(0, { background: false, question: { symptom: 'it is slow' } }, 'it is slow');
    await run(1, { background: true }, 'it is slow');
    await run(2, { background: false, question: {} });
    await run(3, { background: true });
    const questions = requests.map(({ params }) => (params as { symptom?: string }).symptom);
    expect(questions).toEqual(['it is slow', 'it is slow', undefined, undefined]);
  });

  it('replaces a run that was asked something else, and shows no end in between', async () => {
    const { diagnosis, requests } = manualBackend();
    const first = diagnosis.run(FOLDER, { background: true });
    const shown: boolean[] = [];
    diagnosis.onDidChange(() => shown.push(diagnosis.of(FOLDER).running !== undefined));
    const second = diagnosis.run(FOLDER, { background: false, question: { about: 'memory' } });
    await first;
    await expect.poll(() => requests).toHaveLength(2);
    expect(requests[0]?.token?.isCancellationRequested).toBe(true);
    expect(requests[1]?.params).toMatchObject({ workspace: FOLDER, about: 'memory' });
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.every(Boolean)).toBe(true);
    const joined = diagnosis.run(FOLDER, { background: false, question: { about: 'memory' } });
    requests[1]?.answer.resolve(report);
    await Promise.all([second, joined]);
    expect(requests).toHaveLength(2);
    expect(diagnosis.of(FOLDER)).toEqual({ report });
  });

  it('skips a check of the run that goes on, and of no other', async () => {
    const { diagnosis, requests } = manualBackend();
    await diagnosis.skip(FOLDER, 'endpoints.probes');
    expect(requests).toEqual([]);
    void diagnosis.run(FOLDER, { background: false });
    void diagnosis.skip(FOLDER, 'endpoints.probes');
    const [run, skip] = requests.map(({ method, params }) => ({ method, ...(params as { progressToken: string }) }));
    expect(skip).toEqual({
      method: 'tektra/diagnosis/skip',
      progressToken: run?.progressToken,
      check: 'endpoints.probes',
    });
    requests[1]?.answer.reject(new TektraError('backend.unavailable', 'It is gone.'));
    await expect.poll(() => silent.warn.mock.calls.join()).toContain('endpoints.probes was not skipped');
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
