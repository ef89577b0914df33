import type { Connection } from 'vscode-languageserver';
import { getHistory, listHistory } from '../../protocol/history.ts';
import { handleRequest } from './handleRequest.ts';
import { realFolder } from './realFolder.ts';
import type { RpcServices, RpcSession } from './rpcSession.ts';

/** `tektra/history/*` */
export function registerHistory(
  connection: Connection,
  services: RpcServices,
  session: RpcSession,
  guard: () => void,
): void {
  const context = { guard, closed: session.closed.signal, logger: services.logger };
  handleRequest(connection, listHistory, context, async ({ workspace }) =>
    services.history.list(await realFolder(workspace)),
  );
  handleRequest(connection, getHistory, context, async ({ workspace, id }) =>
    services.history.get(await realFolder(workspace), id),
  );
}
