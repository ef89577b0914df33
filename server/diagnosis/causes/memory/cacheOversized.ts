import path from 'node:path';
import type { Change, Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { KeySample } from '../../../systems/redis/sampleKeys.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { sizeText } from '../../diskText.ts';
import { complaintOf, redisCli } from '../../endpointComplaint.ts';
import { addressOf, endpointEvidence } from '../../endpointText.ts';
import { logEvidence } from '../../evidence.ts';
import { type CacheLook, cacheLooks, MIN_CACHE_BYTES } from '../../observers/cacheLooks.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { sourceFacts } from '../../observers/workspaceFiles.ts';
import type { SourceFacts } from '../../source/sourceFacts.ts';

/** Of the limit of its group: with one more doubling of a table it is killed. */
const GROUP_SHARE = 0.7;
/** Of the whole machine, while that has hardly anything left. */
const MACHINE_SHARE = 0.4;
const SCARCE_SHARE = 0.1;
/** What mostly expires ends by itself. */
const EXPIRING_SHARE = 0.5;
/** The limit that the fix sets, of what it may use: the rest is for buffers and fragmentation. */
const SAFE_SHARE = 0.6;
const SAYS_LARGE = /\b(?:redis|cache)\b[^\n]{0,80}\bmemory\b|\bmemory\b[^\n]{0,80}\b(?:redis|cache)\b/i;
/** Queues lose jobs when their keys are evicted. */
const QUEUES = /\b(?:bullmq|bull|bee-queue|sidekiq|resque|celery|rq|dramatiq|asynq|huey|arq)\b/i;

export const cacheOversized = defineCause({
  id: 'cache.oversized',
  category: 'memory',
  summary: 'The cache has no limit and holds most of the memory that there is for it',
  advice: {
    sure: 'The cache itself says that it has no limit and that its keys do not expire; the kernel says how much its process holds.',
    first: 'Give it a limit and let it evict (maxmemory, allkeys-lru), or give its keys an expiry.',
    verify: 'used_memory stays below maxmemory while the service goes on as before.',
  },
  needs: { looks: cacheLooks, states: serviceStates, source: sourceFacts },
  explains: [
    'memory.pressure',
    'memory.swap-thrash',
    'memory.oom-kill',
    'memory.limit-too-low',
    'container.oom-killed',
  ],
  judge: ({ looks, states, source }) =>
    looks.flatMap((look) => {
      const found = judgeLook(look, source);
      return found.length > 0 ? found : judgeSuspicion(look, states);
    }),
});

function judgeLook(look: CacheLook, source: SourceFacts): Judgement[] {
  const { probe, facts, room } = look;
  if (!room || facts.keys === 0 || facts.expiringKeys >= facts.keys * EXPIRING_SHARE) return [];
  const { cgroup, machine, rssBytes } = room;
  const limit = cgroup?.memoryLimitBytes;
  const inGroup = limit !== undefined && limit < machine.totalBytes && rssBytes >= limit * GROUP_SHARE;
  const onMachine =
    rssBytes >= machine.totalBytes * MACHINE_SHARE && machine.availableBytes < machine.totalBytes * SCARCE_SHARE;
  if (!inGroup && !onMachine) return [];
  const address = addressOf(probe.endpoint);
  const allowed = inGroup ? limit : machine.totalBytes;
  const where = inGroup ? `of the ${sizeText(limit)} that its cgroup allows` : `of the machine’s ${sizeText(allowed)}`;
  const most = largestPrefix(room.keys);
  const evidence: Evidence[] = [
    {
      kind: 'database',
      source: `redis://${address} INFO`,
      text: `used_memory ${facts.usedBytes}, maxmemory 0, ${facts.keys} keys, ${facts.expiringKeys} of them with an expiry`,
    },
    {
      kind: 'process',
      source: inGroup ? (cgroup?.memoryPath ?? '') : '/proc/meminfo',
      text: `its process holds ${sizeText(rssBytes)} ${where}${inGroup ? '' : `; ${sizeText(machine.availableBytes)} are left`}`,
    },
    ...(most ? [{ kind: 'database' as const, source: `redis://${address} MEMORY USAGE`, text: most }] : []),
    endpointEvidence(probe),
  ];
  return [
    proved({
      target: probe.endpoint.name,
      summary: `Redis at ${address} has no maxmemory and holds ${sizeText(rssBytes)}, ${Math.round((rssBytes / allowed) * 100)} % ${where}; ${facts.expiringKeys === 0 ? 'none' : `${facts.expiringKeys}`} of its ${facts.keys} keys expires`,
      evidence,
      fixes: limitFix(look, allowed, source),
    }),
  ];
}

/** The log calls it large. */
function judgeSuspicion({ probe, facts, room }: CacheLook, states: readonly ServiceState[]): Judgement[] {
  const complaint = complaintOf(probe.endpoint, states, SAYS_LARGE);
  const { usedBytes, maxBytes = 0 } = facts;
  if (!complaint || usedBytes === undefined || (room === undefined && maxBytes === 0 && usedBytes >= MIN_CACHE_BYTES))
    return [];
  const address = addressOf(probe.endpoint);
  const because = `${address} holds ${sizeText(usedBytes)}${maxBytes === 0 ? '' : `, and its limit is ${sizeText(maxBytes)}`}`;
  return [
    refuted({
      target: probe.endpoint.name,
      because,
      evidence: [
        { kind: 'database', source: `redis://${address} INFO memory`, text: `used_memory ${usedBytes}` },
        logEvidence(complaint.entry),
      ],
    }),
  ];
}

/** Which kind of key fills it, by a sample. */
function largestPrefix(keys: readonly KeySample[]): string | undefined {
  const total = keys.reduce((sum, { bytes }) => sum + bytes, 0);
  const prefixes = new Map<string, number>();
  for (const { prefix, bytes } of keys) prefixes.set(prefix, (prefixes.get(prefix) ?? 0) + bytes);
  const [largest] = [...prefixes].sort(([, a], [, b]) => b - a);
  if (!largest || largest[0] === '' || largest[1] * 2 < total) return undefined;
  return `keys that begin with "${largest[0]}" hold ${Math.round((largest[1] / total) * 100)} % of what ${keys.length} keys, taken at random, hold`;
}

/** A limit with eviction, at once and in the file that it was started with when that lies in the workspace. */
function limitFix({ probe, facts }: CacheLook, allowed: number, source: SourceFacts): Fix[] {
  if (source.files.some((file) => QUEUES.test(source.textOf(file) ?? ''))) return [];
  const bytes = Math.floor((allowed * SAFE_SHARE) / 2 ** 20) * 2 ** 20;
  const set = (name: string, value: string, former: string): Change[] => {
    const argv = redisCli(probe, 'config', 'set', name, value);
    const undo = redisCli(probe, 'config', 'set', name, former);
    return argv && undo ? [{ kind: 'command', argv, undo }] : [];
  };
  const commands = [
    ...set('maxmemory-policy', 'allkeys-lru', facts.policy ?? 'noeviction'),
    ...set('maxmemory', String(bytes), '0'),
  ];
  if (commands.length === 0) return [];
  return [
    {
      title: `Limit Redis to ${sizeText(bytes)} and let it evict the least recently used keys`,
      risk: 'admin',
      changes: [...commands, ...fileEdit(facts.configFile, bytes, source)],
      undo: true,
      verify: 'INFO memory shows used_memory below maxmemory. Keys that were evicted do not come back with an undo.',
    },
  ];
}

function fileEdit(configFile: string | undefined, bytes: number, source: SourceFacts): Change[] {
  const file = source.files.find((each) => configFile?.endsWith(`/${each}`) && path.basename(each).endsWith('.conf'));
  const text = file === undefined ? undefined : source.textOf(file);
  if (file === undefined || text === undefined || /^\s*maxmemory\b/m.test(text)) return [];
  return [{ kind: 'edit', file, line: 1, before: '', after: `maxmemory ${bytes}\nmaxmemory-policy allkeys-lru\n` }];
}
