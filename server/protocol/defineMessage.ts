import { NotificationType, RequestType } from 'vscode-jsonrpc';
import type * as z from 'zod';

/**
 * A request of the protocol: its method, the shape of its parameters and of its result.
 * The same constant serves both hops: client ⇄ server (LSP) and webview ⇄ client (postMessage).
 */
export interface RequestMessage<P extends z.ZodType, R extends z.ZodType> {
  readonly method: string;
  readonly type: RequestType<z.input<P>, z.output<R>, unknown>;
  readonly params: P;
  readonly result: R;
}

/** A notification of the protocol: its method and the shape of its parameters. */
export interface NotificationMessage<P extends z.ZodType> {
  readonly method: string;
  readonly type: NotificationType<z.input<P>>;
  readonly params: P;
}

export function defineRequest<P extends z.ZodType, R extends z.ZodType>(
  method: string,
  params: P,
  result: R,
): RequestMessage<P, R> {
  return { method, type: new RequestType(method), params, result };
}

export function defineNotification<P extends z.ZodType>(method: string, params: P): NotificationMessage<P> {
  return { method, type: new NotificationType(method), params };
}
