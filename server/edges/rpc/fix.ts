import type { Connection } from 'vscode-languageserver';
import { fixProgress, getFix, listFixes, runFix, undoFix } from '../../protocol/fix.ts';
import { handleRequest } from './handleRequest.ts';
import type { RpcServices, RpcSession } from './rpcSession.ts';

/** `tektra/fix/*`. */
export function registerFix(
  connection: Connection,
  services: RpcServices,
  session: RpcSession,
  guard: () => void,
): void {
  const context = { guard, closed: session.closed.signal, logger: services.logger };
  handleRequest(connection, getFix, context, (request, signal) => services.fixes.get(request, signal));
  handleRequest(connection, runFix, context, ({ progressToken, ...request }, signal) =>
    services.fixes.run(request, {
      signal,
      ...(progressToken === undefined
        ? {}
        : {
            onProgress: (progress) => session.tell(() => connection.sendProgress(fixProgress, progressToken, progress)),
          }),
    }),
  );
  handleRequest(connection, undoFix, context, ({ workspace, id }, signal) =>
    services.fixes.undo(workspace, id, signal),
  );
  handleRequest(connection, listFixes, context, ({ workspace }) => services.fixes.list(workspace));
}
