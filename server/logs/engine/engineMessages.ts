import type { TektraErrorOptions } from '../../protocol/errors.ts';
import { type ErrorCode, TektraError } from '../../protocol/errors.ts';
import type { LogSummary } from '../../protocol/logs.ts';
import type { EngineMethod } from './logEngine.ts';

/** What the backend's thread says to the engine's. */
export type ToEngine =
  | { kind: 'call'; id: number; method: EngineMethod; params: unknown }
  | { kind: 'cancel'; id: number };

/** What the engine's thread says to the backend's. */
export type FromEngine =
  | { kind: 'progress'; id: number; progress: unknown }
  | { kind: 'result'; id: number; result: unknown }
  | { kind: 'error'; id: number; error: PlainError }
  | { kind: 'changed'; summary: LogSummary };

/** An error between threads: classes do not survive the way. */
interface PlainError {
  code: ErrorCode;
  message: string;
  action: string | undefined;
  audience: NonNullable<TektraErrorOptions['audience']>;
  retryable: boolean;
}

export function toPlainError(thrown: unknown): PlainError {
  if (thrown instanceof TektraError) {
    const { code, message, action, audience, retryable } = thrown;
    return { code, message, action, audience, retryable };
  }
  const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return { code: 'internal', message, action: undefined, audience: 'log', retryable: false };
}

export function fromPlainError({ code, message, action, audience, retryable }: PlainError): TektraError {
  return new TektraError(code, message, { audience, retryable, ...(action === undefined ? {} : { action }) });
}
