import type { CancellationToken, MessageConnection } from 'vscode-jsonrpc';
import type * as z from 'zod';
import type { RequestMessage } from '../../server/protocol/defineMessage.ts';
import { TektraError, toResponseError } from '../../server/protocol/errors.ts';
import type { Log } from '../editor/log.ts';

/** One request that a webview may make. */
export interface AllowedMessage {
  readonly method: string;
  register(connection: MessageConnection, log: Log): void;
}

/** Allows a request and answers it; its parameters are checked first, since a webview shows text that others wrote. */
export function allow<P extends z.ZodType, R extends z.ZodType>(
  message: RequestMessage<P, R>,
  answer: (params: z.output<P>, token: CancellationToken) => Promise<z.input<R>> | z.input<R>,
): AllowedMessage {
  return {
    method: message.method,
    register(connection, log) {
      connection.onRequest(message.method, async (params: unknown, token: CancellationToken) => {
        try {
          const parsed = message.params.safeParse(params);
          if (!parsed.success) throw new TektraError('request.invalid', `${message.method}: ${parsed.error.message}`);
          return await answer(parsed.data, token);
        } catch (thrown) {
          const error = toResponseError(thrown);
          log.warn(`${message.method} failed: ${error.message}`);
          return error;
        }
      });
    },
  };
}
