import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Connection } from 'vscode-languageserver';
import { containerDied, watchContainers } from '../../protocol/containers.ts';
import { handleRequest } from './handleRequest.ts';
import type { RpcServices, RpcSession } from './rpcSession.ts';

/** `tektra/containers/*`. The engine is listened to as long as a window wants to hear of it. */
export function registerContainers(
  connection: Connection,
  services: RpcServices,
  session: RpcSession,
  guard: () => void,
): void {
  const context = { guard, closed: session.closed.signal, logger: services.logger };
  let subscription: { dispose(): void } | undefined;
  session.closed.signal.addEventListener('abort', () => subscription?.dispose(), { once: true });
  handleRequest(connection, watchContainers, context, async ({ workspaces }) => {
    subscription?.dispose();
    subscription = undefined;
    if (workspaces.length === 0) return null;
    const folders = await Promise.all(
      workspaces.map(async (workspace) => ({ workspace, real: await realpath(workspace).catch(() => workspace) })),
    );
    subscription = services.containers.listen(({ workingDir, service, container, exitCode }) => {
      const own = folders.find(({ real }) => workingDir !== undefined && isInside(real, workingDir));
      if (!own) return;
      const death = { workspace: own.workspace, service, container, exitCode };
      session.tell(() => connection.sendNotification(containerDied.method, death));
    });
    return null;
  });
}

function isInside(folder: string, place: string): boolean {
  const relative = path.relative(folder, place);
  return !relative.startsWith('..') && !path.isAbsolute(relative);
}
