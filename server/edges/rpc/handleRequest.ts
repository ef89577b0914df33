import type { CancellationToken } from 'vscode-jsonrpc';
import * as z from 'zod';
import type { RequestMessage } from '../../protocol/defineMessage.ts';
import { TektraError, toResponseError } from '../../protocol/errors.ts';
import type { Logger } from '../../runtime/logger.ts';

interface Connection {
  onRequest(method: string, handler: (params: unknown, token: CancellationToken) => Promise<unknown>): unknown;
}

/**
 * Registers the handler of one message: parameters are checked, the token becomes a signal, every error becomes one of
 * the protocol's. `guard` throws while the caller may not ask.
 */
export function handleRequest<P extends z.ZodType, R extends z.ZodType>(
  connection: Connection,
  message: RequestMessage<P, R>,
  context: { guard: () => void; closed: AbortSignal; logger: Logger },
  handler: (params: z.output<P>, signal: AbortSignal) => Promise<z.input<R>>,
): void {
  connection.onRequest(message.method, async (raw, token) => {
    const cancel = new AbortController();
    const subscription = token.onCancellationRequested(() =>
      cancel.abort(new TektraError('request.cancelled', 'The request was cancelled.')),
    );
    try {
      context.guard();
      const params = message.params.safeParse(raw ?? {});
      if (!params.success)
        throw new TektraError('request.invalid', `${message.method}: ${z.prettifyError(params.error)}`);
      const result = await handler(params.data, AbortSignal.any([cancel.signal, context.closed]));
      context.closed.throwIfAborted();
      return result;
    } catch (error) {
      // The peer is gone: the library would fail to send any answer, and fail again to report that.
      if (context.closed.aborted) return new Promise<never>(() => undefined);
      if (!(error instanceof TektraError))
        context.logger.error({ err: error, method: message.method }, 'a request failed');
      throw toResponseError(error);
    } finally {
      subscription.dispose();
    }
  });
}
