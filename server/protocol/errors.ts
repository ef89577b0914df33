import { ResponseError } from 'vscode-jsonrpc';
import * as z from 'zod';

/**
 * Every error that crosses a process border, once. The number is its JSON-RPC code: stable, never reused,
 * outside the ranges that JSON-RPC and LSP reserve.
 */
export const ERROR_CODES = {
  internal: 4000,
  'request.invalid': 4001,
  'request.cancelled': 4002,
  'request.timeout': 4003,
  'handshake.required': 4010,
  'handshake.refused': 4011,
  'protocol.mismatch': 4012,
  'workspace.unreadable': 4020,
  'workspace.untrusted': 4021,
  'target.unknown': 4022,
  'finding.unknown': 4023,
  'fix.unknown': 4024,
  'fix.stale': 4025,
  'fix.refused': 4026,
  'suppression.unknown': 4027,
  'history.unknown': 4028,
  'component.unknown': 4030,
  'backend.unavailable': 4040,
  'backend.port-busy': 4041,
  'node.unsupported': 4042,
  'storage.unavailable': 4050,
  'log.unknown': 4060,
  'log.view-unknown': 4061,
  'log.unreadable': 4062,
  'log.gone': 4063,
  'log.query-invalid': 4064,
  'log.export-failed': 4065,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface TektraErrorOptions {
  cause?: unknown;
  /** The same call may succeed later with nothing changed. Default false. */
  retryable?: boolean;
  /** `user`: the message is written for a person and is shown; `log`: it is logged and a general text is shown. Default `user`. */
  audience?: 'user' | 'log';
  /** The next step for the user, in the imperative. */
  action?: string;
}

/** The one error type of Tektra. Expected outcomes are unions, not errors. */
export class TektraError extends Error {
  override readonly name = 'TektraError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly audience: 'user' | 'log';
  readonly action: string | undefined;

  constructor(code: ErrorCode, message: string, options: TektraErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.audience = options.audience ?? 'user';
    this.action = options.action;
  }
}

const errorCodes = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];

const WireError = z.object({
  code: z.enum(errorCodes),
  retryable: z.boolean(),
  audience: z.enum(['user', 'log']),
  action: z.string().optional(),
});

/** Turns any thrown value into the error that goes over the wire; what is not a TektraError becomes `internal`. */
export function toResponseError(thrown: unknown): ResponseError<z.infer<typeof WireError>> {
  const error =
    thrown instanceof TektraError
      ? thrown
      : new TektraError('internal', thrown instanceof Error ? thrown.message : String(thrown), {
          cause: thrown,
          audience: 'log',
        });
  return new ResponseError(ERROR_CODES[error.code], error.message, {
    code: error.code,
    retryable: error.retryable,
    audience: error.audience,
    ...(error.action === undefined ? {} : { action: error.action }),
  });
}

/** The inverse of {@link toResponseError}: restores the TektraError at the receiving end; any other value becomes `internal`. */
export function fromResponseError(thrown: unknown): TektraError {
  if (thrown instanceof TektraError) return thrown;
  if (thrown instanceof ResponseError) {
    const wire = WireError.safeParse(thrown.data);
    if (wire.success) {
      const { code, retryable, audience, action } = wire.data;
      return new TektraError(code, thrown.message, {
        cause: thrown,
        retryable,
        audience,
        ...(action === undefined ? {} : { action }),
      });
    }
  }
  return new TektraError('internal', thrown instanceof Error ? thrown.message : String(thrown), {
    cause: thrown,
    audience: 'log',
  });
}
