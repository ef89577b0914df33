import { createRequire } from 'node:module';
import type { LogOutputChannel } from 'vscode';
import type { OpenTransport } from './languageConnection.ts';

/**
 * The editor's LanguageClient, from a bundle of its own that is loaded with the first connection: it weighs more than the
 * whole extension may at activation.
 * @param file the built languageClient.cjs, absolute
 * @param channel where the client writes what it would otherwise show
 */
export function loadLanguageClient(file: string, channel: LogOutputChannel): OpenTransport {
  return (socket, options) => {
    // Cached by Node from the second time on. A plain require, since the bundle in turn requires `vscode`.
    const { openLanguageClient } = createRequire(file)(file) as typeof import('./openLanguageClient.ts');
    return openLanguageClient(socket, options, channel);
  };
}
