import type { Connection } from 'vscode-languageserver';
import { runDoctor } from '../../protocol/doctor.ts';
import { handleRequest } from './handleRequest.ts';
import type { RpcServices, RpcSession } from './rpcSession.ts';

/** `tektra/doctor/*` */
export function registerDoctor(
  connection: Connection,
  services: RpcServices,
  session: RpcSession,
  guard: () => void,
): void {
  handleRequest(
    connection,
    runDoctor,
    { guard, closed: session.closed.signal, logger: services.logger },
    ({ checks }, signal) => services.doctor.run(checks, signal),
  );
}
