import { converse, logIn } from './openConversation.ts';
import type { RedisTarget } from './redis.ts';

/** Commands that can be asked about, with arguments of the right number. None of them is run. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  get: ['tektra'],
  mget: ['tektra'],
  set: ['tektra', 'x'],
  setex: ['tektra', '1', 'x'],
  setnx: ['tektra', 'x'],
  del: ['tektra'],
  unlink: ['tektra'],
  exists: ['tektra'],
  expire: ['tektra', '1'],
  ttl: ['tektra'],
  incr: ['tektra'],
  decr: ['tektra'],
  hget: ['tektra', 'x'],
  hset: ['tektra', 'x', 'x'],
  hgetall: ['tektra'],
  hdel: ['tektra', 'x'],
  lpush: ['tektra', 'x'],
  rpush: ['tektra', 'x'],
  lpop: ['tektra'],
  rpop: ['tektra'],
  sadd: ['tektra', 'x'],
  zadd: ['tektra', '1', 'x'],
  xadd: ['tektra', '*', 'x', 'x'],
  publish: ['tektra', 'x'],
  keys: ['tektra'],
  scan: ['0'],
  flushdb: [],
  flushall: [],
  info: [],
};

/**
 * Whether the login may run a command at all. It is named inside MULTI, where Redis judges it and only queues it, and then
 * DISCARD throws the queue away: nothing is run. Undefined when it cannot be told so.
 * @throws the signal's reason when cancelled
 */
export async function mayRun(
  target: RedisTarget,
  command: string,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<boolean | undefined> {
  const words = ARGUMENTS[command.toLowerCase()];
  if (words === undefined) return undefined;
  try {
    return await converse(target, options, async (ask) => {
      if (await logIn(ask, target)) return undefined;
      const [begun] = await ask(['MULTI']);
      if (begun?.kind !== 'text' || begun.text !== 'OK') return undefined;
      const [judged] = await ask([command, ...words]);
      await ask(['DISCARD']);
      if (judged?.kind !== 'error') return judged?.kind === 'text' && judged.text === 'QUEUED' ? true : undefined;
      if (!judged.text.startsWith('NOPERM')) return undefined;
      // A key or a channel of ours may be forbidden where the command is not.
      return !/command/.test(judged.text);
    });
  } catch {
    options.signal.throwIfAborted();
    return undefined;
  }
}
