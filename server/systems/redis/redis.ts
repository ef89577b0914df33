import { mayRun } from './mayRun.ts';
import { pingRedis } from './pingRedis.ts';
import { type KeySample, sampleKeys } from './sampleKeys.ts';
import { type RedisTraffic, sampleRedis } from './sampleRedis.ts';

export interface RedisTarget {
  address: string;
  port: number;
  user: string | undefined;
  password: string | undefined;
  tls: boolean;
  host: string;
}

/** One command of SLOWLOG: its name alone, since the arguments are the user's data. */
export interface SlowCommand {
  command: string;
  durationMs: number;
  at: Date;
}

/** What INFO, CONFIG GET and SLOWLOG tell. What a version or an ACL withholds is undefined. Sizes in bytes; counters since the start. */
export interface RedisFacts {
  uptimeSeconds: number | undefined;
  processId: number | undefined;
  usedBytes: number | undefined;
  rssBytes: number | undefined;
  /** 0: no limit. */
  maxBytes: number | undefined;
  /** The part of `usedBytes` that the limit does not count: buffers of replicas and of the append-only file. */
  uncountedBytes: number;
  policy: string | undefined;
  evictedKeys: number | undefined;
  expiredKeys: number | undefined;
  /** Of the keys that expire; undefined while the server has not reckoned it. */
  averageTtlMs: number | undefined;
  /** The file that it was started with, where one was named. */
  configFile: string | undefined;
  hits: number | undefined;
  misses: number | undefined;
  clients: number | undefined;
  maxClients: number | undefined;
  /** Keys of all databases, and those of them that expire. */
  keys: number;
  expiringKeys: number;
  /** "ok" or "err". */
  lastSave: string | undefined;
  lastAppend: string | undefined;
  /** How often each error was answered, by its code: OOM, MISCONF, READONLY (since Redis 6.2). */
  errors: ReadonlyMap<string, number>;
  replica: { masterHost: string; masterPort: number; linkUp: boolean; readOnly: boolean } | undefined;
  goodReplicas: number | undefined;
  settings: {
    refusesWritesAfterFailedSave: boolean | undefined;
    /** The points at which it saves by itself; '' for none. */
    savePoints: string | undefined;
    minReplicas: number | undefined;
    folder: string | undefined;
  };
  slowest: SlowCommand[];
}

export type RedisAnswer =
  | {
      kind: 'pong';
      version: string | undefined;
      role: string | undefined;
      /** Undefined when the login may not ask for them. */
      facts: RedisFacts | undefined;
      durationMs: number;
    }
  | {
      kind: 'refused' | 'timedOut' | 'unreachable' | 'notRedis' | 'tooManyClients' | 'busy';
      because: string;
      durationMs: number;
    }
  /** It reads its data set from the disk; `percent` and `secondsLeft` are its own estimates. */
  | {
      kind: 'loading';
      because: string;
      percent: number | undefined;
      secondsLeft: number | undefined;
      durationMs: number;
    }
  /** NOAUTH, WRONGPASS, NOPERM. */
  | { kind: 'authFailed'; because: string; durationMs: number };

/** Redis (and Valkey, KeyDB) over RESP2: PING, INFO, CONFIG GET and SLOWLOG GET, RANDOMKEY and MEMORY USAGE, nothing that writes. */
export interface Redis {
  ping(target: RedisTarget, options: { timeoutMs: number; signal: AbortSignal }): Promise<RedisAnswer>;
  /** What goes on between two looks `windowMs` apart; undefined when it cannot be asked. */
  sample(
    target: RedisTarget,
    options: { windowMs: number; timeoutMs: number; signal: AbortSignal },
  ): Promise<RedisTraffic | undefined>;
  /** What some keys, taken at random, need; empty when it cannot be asked. */
  keys(target: RedisTarget, options: { count: number; timeoutMs: number; signal: AbortSignal }): Promise<KeySample[]>;
  /** Whether the login may run a command, which is not run; undefined when that cannot be told. */
  mayRun(
    target: RedisTarget,
    command: string,
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<boolean | undefined>;
}

export function createRedis(): Redis {
  return { ping: pingRedis, sample: sampleRedis, keys: sampleKeys, mayRun };
}
