import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Duplex } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { composeFixes } from '../../server/composeFixes.ts';
import { composeMemory, type Memory } from '../../server/composeMemory.ts';
import type { Diagnosis } from '../../server/diagnosis/diagnosis.ts';
import { createRpcServer } from '../../server/edges/rpc/serveRpc.ts';
import { createDoctor } from '../../server/health/doctor/doctor.ts';
import { createHealthService } from '../../server/health/healthService.ts';
import {
  type Check,
  DiagnosisReport,
  diagnosisChanged,
  diagnosisProgress,
  getDiagnosis,
  runDiagnosis,
  skipDiagnosis,
} from '../../server/protocol/diagnosis.ts';
import { DoctorReport, runDoctor } from '../../server/protocol/doctor.ts';
import { fromResponseError, TektraError } from '../../server/protocol/errors.ts';
import { HandshakeResult } from '../../server/protocol/handshake.ts';
import { getHealth, HealthReport } from '../../server/protocol/health.ts';
import { getHistory, HistoryEntry, listHistory } from '../../server/protocol/history.ts';
import { PROTOCOL_VERSION } from '../../server/protocol/protocolVersion.ts';
import { setSettings } from '../../server/protocol/settings.ts';
import {
  createSuppression,
  listSuppressions,
  removeSuppression,
  Suppression,
} from '../../server/protocol/suppression.ts';
import { createContainerWatch } from '../../server/recovery/containerWatch.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { stateHome } from '../../server/runtime/stateHome.ts';
import type { Database } from '../../server/storage/openDatabase.ts';
import { openSharedStateDatabase } from '../../server/storage/stateDatabase.ts';
import { portTaken } from '../support/troubleshootingStates.ts';

const NONCE = 'n'.repeat(32);
const report: DiagnosisReport = {
  schema: 1,
  status: 'pass',
  workspace: '/w',
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 1,
  targets: [],
  findings: [],
  ruledOut: [],
  unknown: [],
};

/** Two ends of a pipe in memory. */
function pipe(): [Duplex, Duplex] {
  const ends: [Duplex?, Duplex?] = [];
  const make = (other: 0 | 1): Duplex =>
    new Duplex({
      read: () => undefined,
      write: (chunk, _encoding, done) => {
        ends[other]?.push(chunk);
        done();
      },
      final: (done) => {
        ends[other]?.push(null);
        done();
      },
    });
  ends[0] = make(1);
  ends[1] = make(0);
  return ends as [Duplex, Duplex];
}

describe('the RPC door', () => {
  const joined: { pid: number; editorPid: number | undefined }[] = [];
  const left: { goodbye: boolean }[] = [];
  let diagnosis: Diagnosis;
  let database: Database;
  let memory: Memory;
  let server: ReturnType<typeof createRpcServer>;
  const clients: MessageConnection[] = [];

  beforeEach(async () => {
    database = await openSharedStateDatabase(':memory:');
    memory = composeMemory(stateHome({ TEKTRA_HOME: path.join(tmpdir(), 'tektra-contract') }), database, (error) => {
      throw error;
    });
    joined.length = 0;
    left.length = 0;
    diagnosis = { run: async () => report, last: () => report };
    server = createRpcServer(
      {
        diagnosis: {
          run: (request, options) => diagnosis.run(request, options),
          last: (workspace) => diagnosis.last(workspace),
        },
        ...memory,
        containers: createContainerWatch(async () => 'absent'),
        fixes: composeFixes(path.join(tmpdir(), 'tektra-contract-fixes'), {}),
        health: createHealthService(
          [{ component: 'broken', timeoutMs: 100, run: () => Promise.reject(new Error('no')) }],
          systemClock,
          new Date(),
        ),
        doctor: createDoctor([
          { name: 'fine', title: 'Fine', timeoutMs: 100, run: async () => ({ status: 'pass', detail: 'ok' }) },
        ]),
        logger: pino({ level: 'silent' }),
        nonce: NONCE,
        describe: async () => ({
          protocolVersion: PROTOCOL_VERSION,
          serverVersion: '1',
          pid: 1,
          startedAt: new Date().toISOString(),
        }),
      },
      {
        join: (client) => {
          joined.push(client);
          return (how) => left.push(how);
        },
      },
    );
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.dispose();
    database.close();
  });

  const connect = (): MessageConnection => {
    const [near, far] = pipe();
    server.accept(far as unknown as Socket);
    const client = createMessageConnection(new StreamMessageReader(near), new StreamMessageWriter(near));
    client.listen();
    clients.push(client);
    return client;
  };
  const handshake = (client: MessageConnection, change: object = {}): Promise<unknown> =>
    client.sendRequest('initialize', {
      processId: null,
      rootUri: null,
      capabilities: {},
      initializationOptions: {
        protocolVersion: PROTOCOL_VERSION,
        nonce: NONCE,
        client: { name: 'test', version: '1', pid: 42, editorPid: 43 },
        ...change,
      },
    });
  const connected = async (): Promise<MessageConnection> => {
    const client = connect();
    await handshake(client);
    return client;
  };
  const failure = async (call: Promise<unknown>): Promise<TektraError> =>
    fromResponseError(
      await call.then(
        () => undefined,
        (error: unknown) => error,
      ),
    );

  it('answers the handshake with who it is, and tells of the client', async () => {
    const client = connect();
    const result = (await handshake(client)) as { tektra: unknown };
    expect(HandshakeResult.parse(result.tektra).protocolVersion).toBe(PROTOCOL_VERSION);
    expect(joined).toEqual([{ pid: 42, editorPid: 43 }]);
  });

  it('refuses every request before the handshake, a wrong nonce and another version', async () => {
    expect((await failure(connect().sendRequest(getHealth.method, {}))).code).toBe('handshake.required');
    expect((await failure(handshake(connect(), { nonce: 'x'.repeat(32) }))).code).toBe('handshake.refused');
    expect((await failure(handshake(connect(), { nonce: 'short' }))).code).toBe('handshake.refused');
    const mismatch = await failure(handshake(connect(), { protocolVersion: PROTOCOL_VERSION + 1 }));
    expect(mismatch.code).toBe('protocol.mismatch');
    expect(mismatch.action).toContain('Reload');
    expect(joined).toEqual([]);
  });

  it('takes one handshake from a connection, so that the client that joined once leaves once', async () => {
    const client = await connected();
    expect((await failure(handshake(client))).code).toBe('request.invalid');
    expect(joined).toHaveLength(1);
  });

  it('drops progress and answers for a window that is gone, and rejects nothing for it', async () => {
    const unheard: unknown[] = [];
    const listener = (error: unknown): void => void unheard.push(error);
    process.on('unhandledRejection', listener);
    try {
      const [near, far] = pipe();
      server.accept(far as unknown as Socket);
      const client = createMessageConnection(new StreamMessageReader(near), new StreamMessageWriter(near));
      client.listen();
      await handshake(client);
      let step = (): void => undefined;
      let finish = (): void => undefined;
      diagnosis.run = (_request, { onProgress }) => {
        step = () => onProgress?.({ done: 1, total: 2, label: 'listening ports' });
        return new Promise((resolve) => {
          finish = () => resolve(report);
        });
      };
      client.sendRequest(runDiagnosis.method, { workspace: '/w', progressToken: 't' }).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
      // The window dies while progress and the answer are on their way: the writes fail after the connection is disposed of.
      let fail = (): void => undefined;
      far._write = (_chunk, _encoding, done) => {
        fail = () => done(new Error('write EPIPE'));
      };
      step();
      finish();
      await new Promise((resolve) => setTimeout(resolve, 20));
      far.destroy();
      await expect.poll(() => left).toHaveLength(1);
      fail();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(step).not.toThrow();
      expect(unheard).toEqual([]);
    } finally {
      process.off('unhandledRejection', listener);
    }
  });

  it('finds the last report of a folder that was opened through a link', async () => {
    const base = await mkdtemp(path.join(await realpath(tmpdir()), 'tektra-link-'));
    try {
      const link = path.join(base, 'link');
      const folder = path.join(base, 'folder');
      await mkdir(folder);
      await symlink(folder, link);
      diagnosis.last = (workspace) => (workspace === folder ? { ...report, workspace } : undefined);
      const client = await connected();
      expect(await client.sendRequest(getDiagnosis.method, { workspace: link })).toMatchObject({ workspace: folder });
    } finally {
      await rm(base, { recursive: true, force: true });
    }
  });

  it('carries every message in the shape that the protocol gives it', async () => {
    const client = await connected();
    expect(DiagnosisReport.parse(await client.sendRequest(runDiagnosis.method, { workspace: '/w' }))).toEqual(report);
    expect(await client.sendRequest(getDiagnosis.method, { workspace: '/w' })).toEqual(report);
    expect(await client.sendRequest(setSettings.method, { diagnosis: { timeoutSeconds: 5 } })).toBeNull();
    const health = HealthReport.parse(await client.sendRequest(getHealth.method, {}));
    expect(health).toMatchObject({ status: 'fail', checks: [{ component: 'broken', status: 'fail', output: 'no' }] });
    expect(DoctorReport.parse(await client.sendRequest(runDoctor.method, {})).checks).toHaveLength(1);
  });

  it('lists the past of a folder and gives one report of it', async () => {
    const client = await connected();
    await memory.history.remember(report, true);
    await memory.history.remember({ ...report, durationMs: 2 }, true);
    const [entry, ...more] = HistoryEntry.array().parse(
      await client.sendRequest(listHistory.method, { workspace: '/w' }),
    );
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ runs: 2, status: 'pass', durationMs: 2, findings: 0 });
    const kept = await client.sendRequest(getHistory.method, { workspace: '/w', id: entry?.id });
    expect(DiagnosisReport.parse(kept)).toEqual({ ...report, durationMs: 2 });
    expect((await failure(client.sendRequest(getHistory.method, { workspace: '/w', id: 99 }))).code).toBe(
      'history.unknown',
    );
  });

  it('suppresses a finding of the last report, lists it and tells of it again', async () => {
    const client = await connected();
    const finding = { ...portTaken, fingerprint: 'abc' };
    diagnosis.last = () => ({ ...report, findings: [finding] });
    const terms = { workspace: '/w', fingerprint: 'abc', reason: 'known' };
    const made = Suppression.parse(await client.sendRequest(createSuppression.method, terms));
    expect(made).toMatchObject({ cause: 'port.conflict', target: 'api', reason: 'known' });
    const all = await client.sendRequest(listSuppressions.method, { workspace: '/w' });
    expect(Suppression.array().parse(all)).toEqual([made]);
    await client.sendRequest(removeSuppression.method, { workspace: '/w', id: made.id });
    expect(await client.sendRequest(listSuppressions.method, { workspace: '/w' })).toEqual([]);
    for (const [message, params, code] of [
      [createSuppression, { ...terms, fingerprint: 'other' }, 'finding.unknown'],
      [createSuppression, { ...terms, reason: '  ' }, 'request.invalid'],
      [createSuppression, { ...terms, until: '2020-01-01T00:00:00Z' }, 'request.invalid'],
      [removeSuppression, { workspace: '/w', id: made.id }, 'suppression.unknown'],
    ] as const)
      expect((await failure(client.sendRequest(message.method, params))).code).toBe(code);
  });

  it('says so when suppressions cannot be kept, with the next step', async () => {
    const client = await connected();
    diagnosis.last = () => ({
      ...report,
      findings: [{ ...portTaken, fingerprint: 'abc' }],
    });
    database.exec('DROP TABLE suppression');
    const call = client.sendRequest(createSuppression.method, { workspace: '/w', fingerprint: 'abc', reason: 'x' });
    expect(await failure(call)).toMatchObject({
      code: 'storage.unavailable',
      action: expect.stringContaining('tektra doctor'),
    });
  });

  it('names what is wrong with parameters', async () => {
    const client = await connected();
    const error = await failure(client.sendRequest(runDiagnosis.method, { workspace: 7 }));
    expect(error.code).toBe('request.invalid');
    expect(error.message).toContain('workspace');
  });

  it('carries an error whole: code, action, whether to try again', async () => {
    diagnosis.run = () =>
      Promise.reject(
        new TektraError('workspace.unreadable', 'no such folder', { action: 'Check the path.', retryable: true }),
      );
    const error = await failure((await connected()).sendRequest(runDiagnosis.method, { workspace: '/w' }));
    expect(error).toMatchObject({
      code: 'workspace.unreadable',
      message: 'no such folder',
      action: 'Check the path.',
      retryable: true,
      audience: 'user',
    });
    diagnosis.run = () => Promise.reject(new RangeError('unforeseen'));
    expect(await failure((await connected()).sendRequest(runDiagnosis.method, { workspace: '/w' }))).toMatchObject({
      code: 'internal',
      audience: 'log',
    });
  });

  it('passes a cancellation down and progress up', async () => {
    const client = await connected();
    const seen: unknown[] = [];
    client.onProgress(diagnosisProgress, 'token-1', (step) => {
      seen.push(step);
    });
    diagnosis.run = (_request, { signal, onProgress }) =>
      new Promise((_resolve, reject) => {
        onProgress?.({ done: 1, total: 2, label: 'listening ports' });
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    const source = new CancellationTokenSource();
    const call = client.sendRequest(runDiagnosis.method, { workspace: '/w', progressToken: 'token-1' }, source.token);
    await expect.poll(() => seen).toEqual([{ done: 1, total: 2, label: 'listening ports' }]);
    source.cancel();
    expect((await failure(call)).code).toBe('request.cancelled');
  });

  it('hands a question and the checks over whole', async () => {
    const client = await connected();
    const asked: unknown[] = [];
    const checks = [
      { id: 'ports', label: 'listening ports', state: 'done', durationMs: 4 },
      { id: 'peer', label: 'the peer', state: 'failed', durationMs: 30, because: 'no answer within 30 ms' },
    ] satisfies Check[];
    const seen: unknown[] = [];
    client.onProgress(diagnosisProgress, 'token-3', (step) => {
      seen.push(step);
    });
    diagnosis.run = async (request, { onProgress }) => {
      asked.push(request);
      onProgress?.({ done: 2, total: 2, label: 'the peer', checks });
      return { ...report, checks };
    };
    const question = { about: 'network', symptom: 'checkout returns 503' };
    const params = { workspace: '/w', progressToken: 'token-3', ...question };
    expect(DiagnosisReport.parse(await client.sendRequest(runDiagnosis.method, params)).checks).toEqual(checks);
    expect(asked).toEqual([expect.objectContaining(question)]);
    expect(seen).toEqual([{ done: 2, total: 2, label: 'the peer', checks }]);
    const tooLong = client.sendRequest(runDiagnosis.method, { workspace: '/w', symptom: 'x'.repeat(1_001) });
    expect((await failure(tooLong)).code).toBe('request.invalid');
  });

  it('skips a check of a run of the same window, and of no other', async () => {
    const [own, other] = [await connected(), await connected()];
    const skipped: string[] = [];
    let finish = (): void => undefined;
    diagnosis.run = (_request, { onStart }) => {
      onStart?.({ skip: (check) => skipped.push(check) > 0 });
      return new Promise((resolve) => {
        finish = () => resolve(report);
      });
    };
    const skip = (client: MessageConnection) =>
      client.sendRequest(skipDiagnosis.method, { progressToken: 'token-2', check: 'endpoints.probes' });
    expect(await skip(own)).toEqual({ skipped: false });
    const run = own.sendRequest(runDiagnosis.method, { workspace: '/w', progressToken: 'token-2' });
    await expect.poll(() => skip(own)).toEqual({ skipped: true });
    expect(await skip(other)).toEqual({ skipped: false });
    finish();
    await run;
    expect(await skip(own)).toEqual({ skipped: false });
    expect(skipped).toEqual(['endpoints.probes']);
  });

  it('cancels the runs of a window that is gone, and knows a goodbye from a break', async () => {
    let aborted = false;
    diagnosis.run = (_request, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      });
    const [near, far] = pipe();
    server.accept(far as unknown as Socket);
    const client = createMessageConnection(new StreamMessageReader(near), new StreamMessageWriter(near));
    client.listen();
    await handshake(client);
    client.sendRequest(runDiagnosis.method, { workspace: '/w' }).catch(() => undefined);
    await expect.poll(() => joined).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    far.destroy();
    await expect.poll(() => aborted).toBe(true);
    await expect.poll(() => left).toEqual([{ goodbye: false }]);

    const polite = await connected();
    await polite.sendRequest('shutdown');
    await polite.sendNotification('exit');
    await expect.poll(() => left).toHaveLength(2);
  });

  it('tells every window of a folder that a diagnosis of it ended', async () => {
    const [one, two] = [await connected(), await connected()];
    const heard: unknown[] = [];
    two.onNotification(diagnosisChanged.method, (params) => {
      heard.push(params);
    });
    await two.sendRequest(getDiagnosis.method, { workspace: '/w' });
    await one.sendRequest(runDiagnosis.method, { workspace: '/w' });
    await expect.poll(() => heard).toEqual([report]);
  });
});
