import type { Connection } from 'vscode-languageserver';
import { getHealth } from '../../protocol/health.ts';
import { handleRequest } from './handleRequest.ts';
import type { RpcServices, RpcSession } from './rpcSession.ts';

/** `tektra/health/*` */
export function registerHealth(
  connection: Connection,
  services: RpcServices,
  session: RpcSession,
  guard: () => void,
): void {
  handleRequest(
    connection,
    getHealth,
    { guard, closed: session.closed.signal, logger: services.logger },
    (_params, signal) => services.health.report(signal),
  );
}
