import { setTimeout as sleep } from 'node:timers/promises';
import { type Ask, converse, logIn } from './openConversation.ts';
import { infoFields } from './readFacts.ts';
import type { RedisTarget } from './redis.ts';

/** What a Redis did between two looks. */
export interface RedisTraffic {
  windowMs: number;
  hits: number;
  misses: number;
  evictedKeys: number;
  expiredKeys: number;
}

/** @throws the signal's reason when cancelled */
export async function sampleRedis(
  target: RedisTarget,
  { windowMs, ...options }: { windowMs: number; timeoutMs: number; signal: AbortSignal },
): Promise<RedisTraffic | undefined> {
  try {
    return await converse(target, options, async (ask, signal) => {
      if (await logIn(ask, target)) return undefined;
      const before = await countersOf(ask);
      const started = performance.now();
      await sleep(windowMs, undefined, { signal });
      const after = await countersOf(ask);
      const grown = (name: string): number => Math.max(0, (after.get(name) ?? 0) - (before.get(name) ?? 0));
      return {
        windowMs: performance.now() - started,
        hits: grown('keyspace_hits'),
        misses: grown('keyspace_misses'),
        evictedKeys: grown('evicted_keys'),
        expiredKeys: grown('expired_keys'),
      };
    });
  } catch {
    options.signal.throwIfAborted();
    // The ping of the same diagnosis says what is wrong with the connection.
    return undefined;
  }
}

async function countersOf(ask: Ask): Promise<Map<string, number>> {
  const [info] = await ask(['INFO', 'stats']);
  const fields = infoFields(info?.kind === 'text' ? info.text : '');
  return new Map([...fields].map(([name, value]) => [name, Number(value)]));
}
