import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Duplex } from 'node:stream';
import { pino } from 'pino';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { composeFixes } from '../../server/composeFixes.ts';
import { composeLogs } from '../../server/composeLogs.ts';
import { composeMemory, type Memory } from '../../server/composeMemory.ts';
import type { Diagnosis } from '../../server/diagnosis/diagnosis.ts';
import { createRpcServer } from '../../server/edges/rpc/serveRpc.ts';
import { createDoctor } from '../../server/health/doctor/doctor.ts';
import { createHealthService } from '../../server/health/healthService.ts';
import type { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { fromResponseError, type TektraError } from '../../server/protocol/errors.ts';
import { PROTOCOL_VERSION } from '../../server/protocol/protocolVersion.ts';
import { createContainerWatch } from '../../server/recovery/containerWatch.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { stateHome } from '../../server/runtime/stateHome.ts';
import type { Database } from '../../server/storage/openDatabase.ts';
import { openSharedStateDatabase } from '../../server/storage/stateDatabase.ts';

const NONCE = 'n'.repeat(32);

export const healthyReport: DiagnosisReport = {
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
export function pipe(): [Duplex, Duplex] {
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

/** The RPC door of a backend in this process, with a diagnosis that the test makes up and a state database in memory. */
export interface RpcDoor {
  server: ReturnType<typeof createRpcServer>;
  /** Told by the door: who came, and how they left. */
  joined: { pid: number; editorPid: number | undefined }[];
  left: { goodbye: boolean }[];
  /** To be replaced by what the test needs. */
  diagnosis: Diagnosis;
  database: Database;
  memory: Memory;
  connect(): MessageConnection;
  handshake(client: MessageConnection, change?: object): Promise<unknown>;
  /** A client that was let in. */
  connected(): Promise<MessageConnection>;
  dispose(): void;
}

export async function openRpcDoor(): Promise<RpcDoor> {
  const clients: MessageConnection[] = [];
  const joined: RpcDoor['joined'] = [];
  const left: RpcDoor['left'] = [];
  const diagnosis: Diagnosis = { run: async () => healthyReport, last: () => healthyReport };
  const database = await openSharedStateDatabase(':memory:');
  const paths = stateHome({ TEKTRA_HOME: path.join(tmpdir(), 'tektra-contract') });
  const memory = composeMemory(paths, database, (error) => {
    throw error;
  });
  const server = createRpcServer(
    {
      diagnosis: {
        run: (request, options) => diagnosis.run(request, options),
        last: (workspace) => diagnosis.last(workspace),
      },
      ...memory,
      logs: composeLogs(paths, database, (error) => {
        throw error;
      }),
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
  return {
    ...{ server, joined, left, diagnosis, database, memory, connect, handshake, connected },
    dispose() {
      for (const client of clients.splice(0)) client.dispose();
      database.close();
    },
  };
}

/** The error with which a request was refused. */
export async function failure(call: Promise<unknown>): Promise<TektraError> {
  return fromResponseError(
    await call.then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
}
