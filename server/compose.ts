import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { composeDoctor } from './composeDoctor.ts';
import { composeFixes } from './composeFixes.ts';
import { composeLogs } from './composeLogs.ts';
import { composeMemory } from './composeMemory.ts';
import { createSystems } from './composeSystems.ts';
import { createDiagnosis } from './diagnosis/createDiagnosis.ts';
import { createHttpServer, type HttpServer } from './edges/http/createHttpServer.ts';
import { createRpcServer, type Presence } from './edges/rpc/serveRpc.ts';
import { createHealthService, eventLoopProbe } from './health/healthService.ts';
import { machineProbes } from './health/machineProbes.ts';
import { storageProbe } from './health/storageProbe.ts';
import { TektraError } from './protocol/errors.ts';
import type { HandshakeResult, LockFile } from './protocol/handshake.ts';
import { PROTOCOL_VERSION } from './protocol/protocolVersion.ts';
import type { StatePaths } from './protocol/statePaths.ts';
import { createContainerWatch } from './recovery/containerWatch.ts';
import { systemClock } from './runtime/clock.ts';
import type { Logger } from './runtime/logger.ts';
import { takeLeaderLock } from './storage/leaderLock.ts';
import { openStateDatabase } from './storage/stateDatabase.ts';

export interface BackendOptions {
  paths: StatePaths;
  environment: Readonly<Record<string, string | undefined>>;
  logger: Logger;
  presence: Presence;
  http: { host: string; port: number; strict: boolean };
}

/** The running backend. */
export interface RunningBackend {
  lock: LockFile;
  /** Settles when HTTP listens; undefined when no port could be had, which stops nothing else. */
  http: Promise<HttpServer | undefined>;
  close(): Promise<void>;
}

/**
 * Builds every object of the backend, once, by hand, and opens its doors.
 * @returns undefined when another backend of this user already leads
 * @throws NativeModuleBroken, NodeJS.ErrnoException of the state folder, TektraError
 */
export async function startBackend(options: BackendOptions): Promise<RunningBackend | undefined> {
  const { paths, logger, environment } = options;
  makePrivate(paths);
  const leader = await takeLeaderLock(paths.leaderLock);
  if (!leader) return undefined;

  const startedAt = systemClock.now();
  const { database, quarantined } = await openStateDatabase(paths.database, startedAt);
  if (quarantined !== undefined) logger.warn({ quarantined }, 'the database was corrupt and was set aside');
  const systems = createSystems();
  const memory = composeMemory(paths, database, (error) => logger.error({ err: error }, 'the database did not answer'));
  const diagnosis = createDiagnosis({ systems, environment, clock: systemClock, ...memory });
  const eventLoop = eventLoopProbe();
  const readVersion = database.prepare('SELECT count(*) FROM diagnosis');
  const health = createHealthService(
    [eventLoop, storageProbe(() => void readVersion.get(), quarantined), ...machineProbes(systems.host, paths.home)],
    systemClock,
    startedAt,
  );
  const fixes = composeFixes(paths.fixes, environment, systems);
  const logs = composeLogs(paths, database, (error) => logger.error({ err: error }, 'the logs'));
  const doctor = composeDoctor({ paths, systems, environment, httpPort: options.http.port });

  const lock: LockFile = {
    pid: process.pid,
    startedAt: startedAt.toISOString(),
    protocolVersion: PROTOCOL_VERSION,
    serverVersion: TEKTRA_VERSION,
    socket: paths.socket,
    nonce: randomBytes(32).toString('base64url'),
  };
  const http = createHttpServer({ ...options.http, health, logger }).then(
    (server) => {
      writeLockFile(paths, { ...lock, httpHost: server.host, httpPort: server.port });
      if (server.port !== server.wantedPort)
        logger.warn(
          { wanted: server.wantedPort, port: server.port },
          'the HTTP port was taken; the next free one is used',
        );
      return server;
    },
    (error: unknown) => {
      if (options.http.strict) throw error;
      logger.error({ err: error }, 'HTTP does not listen');
      return undefined;
    },
  );
  // Whoever awaits it sees a failure; until then it must not count as unhandled.
  http.catch(() => undefined);
  const describe = async (): Promise<HandshakeResult> => {
    const server = await http.catch(() => undefined);
    return {
      protocolVersion: PROTOCOL_VERSION,
      serverVersion: TEKTRA_VERSION,
      pid: process.pid,
      startedAt: lock.startedAt,
      ...(server ? { http: { host: server.host, port: server.port, wantedPort: server.wantedPort } } : {}),
    };
  };
  const rpc = createRpcServer(
    {
      diagnosis,
      fixes,
      logs,
      ...memory,
      containers: createContainerWatch(systems.docker.watchDeaths),
      health,
      doctor,
      logger,
      nonce: lock.nonce,
      describe,
    },
    options.presence,
  );
  const socket = await listen(paths, rpc.accept);
  writeLockFile(paths, lock);
  logger.info({ socket: paths.socket }, 'the backend is ready');

  const close = async (): Promise<void> => {
    rpc.dispose();
    socket.close();
    await logs.dispose();
    await (await http.catch(() => undefined))?.close();
    eventLoop.dispose();
    database.close();
    rmSync(paths.lockFile, { force: true });
    leader.release();
    logger.info('the backend stopped');
  };
  return { lock, http, close };
}

function makePrivate(paths: StatePaths): void {
  for (const folder of new Set([
    paths.home,
    paths.run,
    ...(process.platform === 'win32' ? [] : [path.dirname(paths.socket)]),
  ])) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // An older, wider mode is narrowed; the umask does not matter.
    chmodSync(folder, 0o700);
  }
}

/** A socket left by a dead backend is removed; only the holder of the leader's lock comes here. */
function listen(paths: StatePaths, accept: (socket: import('node:net').Socket) => void): Promise<Server> {
  if (process.platform !== 'win32' && existsSync(paths.socket)) rmSync(paths.socket);
  return new Promise((resolve, reject) => {
    const server = createServer(accept);
    server.once('error', (error) =>
      reject(
        new TektraError('backend.unavailable', `The socket ${paths.socket} cannot be opened: ${error.message}`, {
          cause: error,
        }),
      ),
    );
    server.listen(paths.socket, () => {
      if (process.platform !== 'win32') chmodSync(paths.socket, 0o600);
      resolve(server);
    });
  });
}

function writeLockFile(paths: StatePaths, lock: LockFile): void {
  const temporary = `${paths.lockFile}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(lock), { mode: 0o600 });
  renameSync(temporary, paths.lockFile);
}
