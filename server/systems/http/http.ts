import { getUrl } from './getUrl.ts';

export type HttpAnswer =
  | { kind: 'answered'; status: number; body: string; durationMs: number }
  | { kind: 'failed'; because: string; code: string | undefined; durationMs: number };

/** One GET without redirects, credentials or retries; at most 64 KiB of the body are read. Used on loopback and private addresses only. */
export interface Http {
  get(url: string, options: { timeoutMs: number; signal: AbortSignal }): Promise<HttpAnswer>;
}

export function createHttp(): Http {
  return { get: getUrl };
}
