import type { Connection } from 'vscode-languageserver';
import { setSettings } from '../../protocol/settings.ts';
import { handleRequest } from './handleRequest.ts';
import type { RpcServices, RpcSession } from './rpcSession.ts';

/** `tektra/settings/*` */
export function registerSettings(
  connection: Connection,
  services: RpcServices,
  session: RpcSession,
  guard: () => void,
): void {
  handleRequest(
    connection,
    setSettings,
    { guard, closed: session.closed.signal, logger: services.logger },
    async (settings) => {
      session.settings = settings;
      return null;
    },
  );
}
