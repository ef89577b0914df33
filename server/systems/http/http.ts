import { getUrl } from './getUrl.ts';

export type HttpAnswer =
  | { kind: 'answered'; status: number; body: string; durationMs: number }
  /** `begun`: the head of an answer came, and the rest of it not in time. */
  | { kind: 'failed'; because: string; code: string | undefined; durationMs: number; begun?: boolean };

/**
 * One GET without redirects or retries; at most 64 KiB of the body are read. Used on loopback and private addresses only.
 * `key` is sent as a bearer token and as `x-api-key`; without it the question carries no credentials.
 */
export interface Http {
  get(url: string, options: { timeoutMs: number; signal: AbortSignal; key?: string }): Promise<HttpAnswer>;
}

export function createHttp(): Http {
  return { get: getUrl };
}
