import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
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
import { TektraError } from '../../server/protocol/errors.ts';
import { HandshakeResult } from '../../server/protocol/handshake.ts';
import { getHealth, HealthReport } from '../../server/protocol/health.ts';
import { PROTOCOL_VERSION } from '../../server/protocol/protocolVersion.ts';
import { setSettings } from '../../server/protocol/settings.ts';
import { failure, healthyReport, openRpcDoor, pipe, type RpcDoor } from '../support/rpcDoor.ts';

describe('the RPC door', () => {
  let door: RpcDoor;
  beforeEach(async () => {
    door = await openRpcDoor();
  });
  afterEach(() => door.dispose());

  it('answers the handshake with who it is, and tells of the client', async () => {
    const client = door.connect();
    const result = (await door.handshake(client)) as { tektra: unknown };
    expect(HandshakeResult.parse(result.tektra).protocolVersion).toBe(PROTOCOL_VERSION);
    expect(door.joined).toEqual([{ pid: 42, editorPid: 43 }]);
  });

  it('refuses every request before the handshake, a wrong nonce and another version', async () => {
    expect((await failure(door.connect().sendRequest(getHealth.method, {}))).code).toBe('handshake.required');
    expect((await failure(door.handshake(door.connect(), { nonce: 'x'.repeat(32) }))).code).toBe('handshake.refused');
    expect((await failure(door.handshake(door.connect(), { nonce: 'short' }))).code).toBe('handshake.refused');
    const mismatch = await failure(door.handshake(door.connect(), { protocolVersion: PROTOCOL_VERSION + 1 }));
    expect(mismatch.code).toBe('protocol.mismatch');
    expect(mismatch.action).toContain('Reload');
    expect(door.joined).toEqual([]);
  });

  it('takes one handshake from a connection, so that the client that door.joined once leaves once', async () => {
    const client = await door.connected();
    expect((await failure(door.handshake(client))).code).toBe('request.invalid');
    expect(door.joined).toHaveLength(1);
  });

  it('drops progress and answers for a window that is gone, and rejects nothing for it', async () => {
    const unheard: unknown[] = [];
    const listener = (error: unknown): void => void unheard.push(error);
    process.on('unhandledRejection', listener);
    try {
      const [near, far] = pipe();
      door.server.accept(far as unknown as Socket);
      const client = createMessageConnection(new StreamMessageReader(near), new StreamMessageWriter(near));
      client.listen();
      await door.handshake(client);
      let step = (): void => undefined;
      let finish = (): void => undefined;
      door.diagnosis.run = (_request, { onProgress }) => {
        step = () => onProgress?.({ done: 1, total: 2, label: 'listening ports' });
        return new Promise((resolve) => {
          finish = () => resolve(healthyReport);
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
      await expect.poll(() => door.left).toHaveLength(1);
      fail();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(step).not.toThrow();
      expect(unheard).toEqual([]);
    } finally {
      process.off('unhandledRejection', listener);
    }
  });

  it('finds the last healthyReport of a folder that was opened through a link', async () => {
    const base = await mkdtemp(path.join(await realpath(tmpdir()), 'tektra-link-'));
    try {
      const link = path.join(base, 'link');
      const folder = path.join(base, 'folder');
      await mkdir(folder);
      await symlink(folder, link);
      door.diagnosis.last = (workspace) => (workspace === folder ? { ...healthyReport, workspace } : undefined);
      const client = await door.connected();
      expect(await client.sendRequest(getDiagnosis.method, { workspace: link })).toMatchObject({ workspace: folder });
    } finally {
      await rm(base, { recursive: true, force: true });
    }
  });

  it('carries every message in the shape that the protocol gives it', async () => {
    const client = await door.connected();
    expect(DiagnosisReport.parse(await client.sendRequest(runDiagnosis.method, { workspace: '/w' }))).toEqual(
      healthyReport,
    );
    expect(await client.sendRequest(getDiagnosis.method, { workspace: '/w' })).toEqual(healthyReport);
    expect(await client.sendRequest(setSettings.method, { diagnosis: { timeoutSeconds: 5 } })).toBeNull();
    const health = HealthReport.parse(await client.sendRequest(getHealth.method, {}));
    expect(health).toMatchObject({ status: 'fail', checks: [{ component: 'broken', status: 'fail', output: 'no' }] });
    expect(DoctorReport.parse(await client.sendRequest(runDoctor.method, {})).checks).toHaveLength(1);
  });

  it('names what is wrong with parameters', async () => {
    const client = await door.connected();
    const error = await failure(client.sendRequest(runDiagnosis.method, { workspace: 7 }));
    expect(error.code).toBe('request.invalid');
    expect(error.message).toContain('workspace');
  });

  it('carries an error whole: code, action, whether to try again', async () => {
    door.diagnosis.run = () =>
      Promise.reject(
        new TektraError('workspace.unreadable', 'no such folder', { action: 'Check the path.', retryable: true }),
      );
    const error = await failure((await door.connected()).sendRequest(runDiagnosis.method, { workspace: '/w' }));
    expect(error).toMatchObject({
      code: 'workspace.unreadable',
      message: 'no such folder',
      action: 'Check the path.',
      retryable: true,
      audience: 'user',
    });
    door.diagnosis.run = () => Promise.reject(new RangeError('unforeseen'));
    expect(await failure((await door.connected()).sendRequest(runDiagnosis.method, { workspace: '/w' }))).toMatchObject(
      {
        code: 'internal',
        audience: 'log',
      },
    );
  });

  it('passes a cancellation down and progress up', async () => {
    const client = await door.connected();
    const seen: unknown[] = [];
    client.onProgress(diagnosisProgress, 'token-1', (step) => {
      seen.push(step);
    });
    door.diagnosis.run = (_request, { signal, onProgress }) =>
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
    const client = await door.connected();
    const asked: unknown[] = [];
    const checks = [
      { id: 'ports', label: 'listening ports', state: 'done', durationMs: 4 },
      { id: 'peer', label: 'the peer', state: 'failed', durationMs: 30, because: 'no answer within 30 ms' },
    ] satisfies Check[];
    const seen: unknown[] = [];
    client.onProgress(diagnosisProgress, 'token-3', (step) => {
      seen.push(step);
    });
    door.diagnosis.run = async (request, { onProgress }) => {
      asked.push(request);
      onProgress?.({ done: 2, total: 2, label: 'the peer', checks });
      return { ...healthyReport, checks };
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
    const [own, other] = [await door.connected(), await door.connected()];
    const skipped: string[] = [];
    let finish = (): void => undefined;
    door.diagnosis.run = (_request, { onStart }) => {
      onStart?.({ skip: (check) => skipped.push(check) > 0 });
      return new Promise((resolve) => {
        finish = () => resolve(healthyReport);
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
    door.diagnosis.run = (_request, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      });
    const [near, far] = pipe();
    door.server.accept(far as unknown as Socket);
    const client = createMessageConnection(new StreamMessageReader(near), new StreamMessageWriter(near));
    client.listen();
    await door.handshake(client);
    client.sendRequest(runDiagnosis.method, { workspace: '/w' }).catch(() => undefined);
    await expect.poll(() => door.joined).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    far.destroy();
    await expect.poll(() => aborted).toBe(true);
    await expect.poll(() => door.left).toEqual([{ goodbye: false }]);

    const polite = await door.connected();
    await polite.sendRequest('shutdown');
    await polite.sendNotification('exit');
    await expect.poll(() => door.left).toHaveLength(2);
  });

  it('tells every window of a folder that a diagnosis of it ended', async () => {
    const [one, two] = [await door.connected(), await door.connected()];
    const heard: unknown[] = [];
    two.onNotification(diagnosisChanged.method, (params) => {
      heard.push(params);
    });
    await two.sendRequest(getDiagnosis.method, { workspace: '/w' });
    await one.sendRequest(runDiagnosis.method, { workspace: '/w' });
    await expect.poll(() => heard).toEqual([healthyReport]);
  });
});
