import type { CancellationToken } from 'vscode-jsonrpc/browser';
import type * as z from 'zod';
import type { RequestMessage } from '../../../server/protocol/defineMessage.ts';
import { fromResponseError } from '../../../server/protocol/errors.ts';
import type { Host } from './connectHost.ts';

/** Asks the client. Its answers are of our own making, so that their form is not checked again. */
export type Ask = <P extends z.ZodType, R extends z.ZodType>(
  message: RequestMessage<P, R>,
  params: z.input<P>,
  token?: CancellationToken,
) => Promise<z.output<R>>;

/** @throws TektraError what the client answered */
export function createAsk({ connection }: Pick<Host, 'connection'>): Ask {
  return (message, params, token) =>
    connection.sendRequest<never>(message.method, params, ...(token ? [token] : [])).catch((thrown: unknown) => {
      throw fromResponseError(thrown);
    });
}
