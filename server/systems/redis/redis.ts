import { pingRedis } from './pingRedis.ts';

export interface RedisTarget {
  address: string;
  port: number;
  user: string | undefined;
  password: string | undefined;
  tls: boolean;
  host: string;
}

export type RedisAnswer =
  | { kind: 'pong'; version: string | undefined; role: string | undefined; durationMs: number }
  | { kind: 'refused' | 'timedOut' | 'unreachable' | 'notRedis' | 'loading'; because: string; durationMs: number }
  /** NOAUTH, WRONGPASS, NOPERM. */
  | { kind: 'authFailed'; because: string; durationMs: number };

/** Redis (and Valkey, KeyDB): PING and INFO server over RESP2, nothing else. */
export interface Redis {
  ping(target: RedisTarget, options: { timeoutMs: number; signal: AbortSignal }): Promise<RedisAnswer>;
}

export function createRedis(): Redis {
  return { ping: pingRedis };
}
