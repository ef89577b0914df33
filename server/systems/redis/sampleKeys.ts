import { converse, logIn } from './openConversation.ts';
import type { RedisTarget } from './redis.ts';

/** One key, as far as its name may be told: what stands ahead of the first separator, `session` of `session:8f2c…`. */
export interface KeySample {
  prefix: string;
  bytes: number;
  expires: boolean;
}

/** Longer or other beginnings may be somebody's data. */
const PREFIX = /^([A-Za-z][\w-]{0,30})[:/.]/;

/** @throws the signal's reason when cancelled */
export async function sampleKeys(
  target: RedisTarget,
  { count, ...options }: { count: number; timeoutMs: number; signal: AbortSignal },
): Promise<KeySample[]> {
  try {
    return await converse(target, options, async (ask) => {
      if (await logIn(ask, target)) return [];
      const replies = await ask(...Array.from({ length: count }, () => ['RANDOMKEY'] as const));
      const names = replies.flatMap((reply) => (reply.kind === 'text' ? [reply.text] : []));
      // A name that is no text cannot be asked for again.
      const keys = [...new Set(names)].filter((name) => name !== '' && !name.includes('\uFFFD'));
      if (keys.length === 0) return [];
      const answers = await ask(...keys.flatMap((key) => [['MEMORY', 'USAGE', key] as const, ['PTTL', key] as const]));
      return keys.flatMap((key, index): KeySample[] => {
        const [size, ttl] = [answers[index * 2], answers[index * 2 + 1]];
        const bytes = size?.kind === 'text' ? Number(size.text) : Number.NaN;
        if (!(bytes > 0) || ttl?.kind !== 'text') return [];
        return [{ prefix: PREFIX.exec(key)?.[1] ?? '', bytes, expires: Number(ttl.text) >= 0 }];
      });
    });
  } catch {
    options.signal.throwIfAborted();
    // The ping of the same diagnosis says what is wrong with the connection.
    return [];
  }
}
