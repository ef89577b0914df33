import type { CancellationToken } from 'vscode-jsonrpc';
import { TektraError } from '../../server/protocol/errors.ts';

/** Waits, but not on when the token is cancelled; what is waited for goes on without us. @throws TektraError request.cancelled */
export async function orCancelled<T>(waiting: Promise<T>, token: CancellationToken | undefined): Promise<T> {
  if (!token) return waiting;
  const { promise: cancelled, reject } = Promise.withResolvers<never>();
  const cancel = (): void => reject(new TektraError('request.cancelled', 'The request was cancelled.'));
  if (token.isCancellationRequested) cancel();
  const subscription = token.onCancellationRequested(cancel);
  try {
    return await Promise.race([waiting, cancelled]);
  } finally {
    subscription.dispose();
  }
}
