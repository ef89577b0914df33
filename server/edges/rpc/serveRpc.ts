import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { createConnection, type InitializeResult, type WatchDog } from 'vscode-languageserver';
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';
import { type DiagnosisReport, diagnosisChanged } from '../../protocol/diagnosis.ts';
import { TektraError, toResponseError } from '../../protocol/errors.ts';
import { HandshakeOptions } from '../../protocol/handshake.ts';
import { PROTOCOL_VERSION } from '../../protocol/protocolVersion.ts';
import { registerContainers } from './containers.ts';
import { registerDiagnosis } from './diagnosis.ts';
import { registerDoctor } from './doctor.ts';
import { registerFix } from './fix.ts';
import { registerHealth } from './health.ts';
import { registerHistory } from './history.ts';
import { registerLogs } from './logs.ts';
import { type RpcServices, RpcSession } from './rpcSession.ts';
import { registerSettings } from './settings.ts';
import { registerSuppression } from './suppression.ts';

/** An unknown peer has this long to introduce itself. */
const HANDSHAKE_MS = 10_000;

/** Told of clients as they come and go. */
export interface Presence {
  join(client: { pid: number; editorPid: number | undefined }): (how: { goodbye: boolean }) => void;
}

export interface RpcServer {
  /** Speaks LSP with one window until its connection ends. */
  accept(socket: Socket): void;
  dispose(): void;
}

/** The door for windows. Each connection must begin with the handshake; until then every other request is refused. */
export function createRpcServer(services: RpcServices, presence: Presence): RpcServer {
  const sessions = new Set<RpcSession>();
  const announce = (report: DiagnosisReport): void => {
    for (const session of sessions) if (session.workspaces.has(report.workspace)) session.notify(report);
  };

  const logTransport = (message: string): void => services.logger.debug({ message }, 'the transport of a window');
  const transportLog = { error: logTransport, warn: logTransport, info: logTransport, log: logTransport };

  const accept = (socket: Socket): void => {
    const session = new RpcSession(services.logger);
    let leave: ((how: { goodbye: boolean }) => void) | undefined;
    let goodbye = false;
    // The library's own watch dog would end the process: it thinks of one editor, we serve several.
    const watchDog: WatchDog = {
      shutdownReceived: false,
      initialize: () => undefined,
      exit: () => {
        goodbye = true;
        socket.end(() => socket.destroy());
      },
    };
    // Nor the library's own logger, which reports what it could not send by sending it: on a dead connection that throws.
    const connection = createConnection(
      () => createProtocolConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket), transportLog),
      watchDog,
    );
    session.notify = (report) => session.tell(() => connection.sendNotification(diagnosisChanged.method, report));
    const impatience = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
    const guard = (): void => {
      if (!leave) throw new TektraError('handshake.required', 'The handshake must come first.', { audience: 'log' });
    };

    connection.onInitialize(async (params): Promise<InitializeResult> => {
      try {
        // Joined twice, left once: the backend would wait for this client for ever.
        if (leave) throw new TektraError('request.invalid', 'The handshake was made already.', { audience: 'log' });
        const options = checkHandshake(params.initializationOptions, services.nonce);
        clearTimeout(impatience);
        leave = presence.join({ pid: options.client.pid, editorPid: options.client.editorPid });
        sessions.add(session);
        services.logger.info({ client: options.client }, 'a client connected');
        return {
          capabilities: {},
          serverInfo: { name: 'tektra', version: TEKTRA_VERSION },
          tektra: await services.describe(),
        };
      } catch (error) {
        throw toResponseError(error);
      }
    });
    registerDiagnosis(connection, services, session, guard, announce);
    registerContainers(connection, services, session, guard);
    registerFix(connection, services, session, guard);
    registerHistory(connection, services, session, guard);
    registerSuppression(connection, services, session, guard);
    registerLogs(connection, services, session, guard);
    registerHealth(connection, services, session, guard);
    registerSettings(connection, services, session, guard);
    registerDoctor(connection, services, session, guard);
    socket.once('close', () => {
      clearTimeout(impatience);
      sessions.delete(session);
      session.closed.abort(new TektraError('request.cancelled', 'The window is gone.'));
      leave?.({ goodbye });
      connection.dispose();
      services.logger.info({ goodbye }, 'a client left');
    });
    // A reset connection is a client that died; 'close' follows and does the rest.
    socket.on('error', (error) => services.logger.debug({ err: error }, 'a connection broke'));
    connection.listen();
  };

  return {
    accept,
    dispose: () => {
      for (const session of sessions)
        session.closed.abort(new TektraError('backend.unavailable', 'The backend stops.', { retryable: true }));
    },
  };
}

function checkHandshake(raw: unknown, nonce: string): HandshakeOptions {
  const options = HandshakeOptions.safeParse(raw);
  if (!options.success)
    throw new TektraError('handshake.refused', 'The handshake is not in the form of this protocol.', {
      audience: 'log',
    });
  const given = Buffer.from(options.data.nonce);
  const wanted = Buffer.from(nonce);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw new TektraError('handshake.refused', 'The nonce is not the one of this backend.', { audience: 'log' });
  if (options.data.protocolVersion !== PROTOCOL_VERSION) {
    throw new TektraError(
      'protocol.mismatch',
      `This window speaks version ${options.data.protocolVersion} of Tektra's protocol, and the running backend version ${PROTOCOL_VERSION}.`,
      {
        action: 'Reload every window after an update of Tektra.',
      },
    );
  }
  return options.data;
}
