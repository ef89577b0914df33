import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { RedisFacts } from '../../../systems/redis/redis.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { sizeText } from '../../diskText.ts';
import { redisCli } from '../../endpointComplaint.ts';
import { addressOf, endpointEvidence } from '../../endpointText.ts';
import { type CacheLook, cacheLooks, isOfLittleUse } from '../../observers/cacheLooks.ts';

/** Lookups in the window of the sample; with fewer, the totals since its start speak. */
const MIN_NOW = 20;
const LOW_RATE = 0.5;
/** So many of the misses must be for keys that were there once: new keys miss in every cache. */
const LOST_SHARE = 0.2;
const FULL_SHARE = 0.9;
/** A cache that keeps things for less helps only against storms. */
const SHORT_TTL_MS = 5_000;

export const cacheHitRateLow = defineCause({
  id: 'cache.hit-rate-low',
  category: 'performance',
  summary: 'Most lookups in the cache find nothing, because it loses what was put into it',
  advice: {
    sure: 'The cache counts its own hits and misses, and how many keys it evicted or let expire.',
    first: 'Give it the room that its keys need, or keep them for longer; what is not read again need not be cached.',
    verify: 'keyspace_hits grows faster than keyspace_misses, and evicted_keys stands still.',
  },
  needs: { looks: cacheLooks },
  explains: [],
  breaksNothing: true,
  judge: ({ looks }) => looks.flatMap(judgeLook),
});

function judgeLook(look: CacheLook): Judgement[] {
  const { probe, facts, traffic } = look;
  if (!isOfLittleUse(facts)) return [];
  const { hits = 0, misses = 0, evictedKeys = 0, expiredKeys = 0, maxBytes = 0, usedBytes = 0 } = facts;
  const target = probe.endpoint.name;
  const address = addressOf(probe.endpoint);
  const now = traffic && traffic.hits + traffic.misses >= MIN_NOW ? traffic : undefined;
  const rate = rateText(hits, misses);
  const evidence: Evidence[] = [
    {
      kind: 'database',
      source: `redis://${address} INFO stats`,
      text: `keyspace_hits ${hits}, keyspace_misses ${misses}, evicted_keys ${evictedKeys}, expired_keys ${expiredKeys}`,
    },
    {
      kind: 'database',
      source: `redis://${address} INFO memory`,
      text: `used_memory ${usedBytes}, maxmemory ${maxBytes}, maxmemory_policy ${facts.policy}, ${facts.keys} keys${facts.averageTtlMs === undefined ? '' : `, living for ${Math.round(facts.averageTtlMs / 1_000)} s more on average`}`,
    },
    ...(now
      ? [
          {
            kind: 'probe' as const,
            source: `redis://${address}`,
            text: `within ${Math.round(now.windowMs)} ms: ${now.hits} hits, ${now.misses} misses, ${now.evictedKeys} keys evicted`,
          },
        ]
      : []),
    endpointEvidence(probe),
  ];
  if (now && now.hits / (now.hits + now.misses) >= LOW_RATE)
    return [refuted({ target, because: `${rateText(now.hits, now.misses)} of the lookups of now are hits`, evidence })];
  const isFull = maxBytes > 0 && usedBytes >= maxBytes * FULL_SHARE;
  const evicts = isFull && evictedKeys >= misses * LOST_SHARE && (now === undefined || now.evictedKeys > 0);
  if (evicts)
    return [
      proved({
        target,
        confidence: now ? 'proved' : 'likely',
        summary: `Only ${rate} of the lookups in Redis at ${address} are hits: it is full at ${sizeText(maxBytes)} and has evicted ${evictedKeys} keys (${facts.policy})`,
        evidence,
        fixes: roomFix(look),
      }),
    ];
  const isShort = facts.keys === 0 || lifetimeOf(look) <= SHORT_TTL_MS;
  // Seldom used keys expire in every cache; here hardly any lives long enough to be read again.
  if (isShort && expiredKeys >= misses * LOST_SHARE && facts.expiringKeys * 2 >= facts.keys)
    return [
      proved({
        target,
        confidence: now ? 'proved' : 'likely',
        summary: `Only ${rate} of the lookups in Redis at ${address} are hits: its keys expire ${facts.averageTtlMs === undefined ? 'at once' : `within seconds`}, ${expiredKeys} of them so far, before they are read again`,
        evidence,
        advice: { first: 'Keep the keys for longer (EX, EXPIRE): for as long as their content may be old.' },
      }),
    ];
  return [];
}

/** What the server reckons; else as many keys as there are, divided by how many end in a time. Milliseconds. */
function lifetimeOf({ facts, traffic }: CacheLook): number {
  const { averageTtlMs, expiredKeys = 0, expiringKeys, uptimeSeconds = 0 } = facts;
  if (averageTtlMs !== undefined) return averageTtlMs;
  const [ended, withinMs] = traffic?.expiredKeys
    ? [traffic.expiredKeys, traffic.windowMs]
    : [expiredKeys, uptimeSeconds * 1_000];
  return ended === 0 ? Number.POSITIVE_INFINITY : expiringKeys / (ended / withinMs);
}

function rateText(hits: number, misses: number): string {
  return `${Math.round((hits / Math.max(1, hits + misses)) * 100)} %`;
}

/** Twice the room, where the machine has it to spare. */
function roomFix({ probe, facts }: CacheLook): Fix[] {
  const { maxBytes = 0 }: RedisFacts = facts;
  const argv = redisCli(probe, 'config', 'set', 'maxmemory', String(maxBytes * 2));
  const undo = redisCli(probe, 'config', 'set', 'maxmemory', String(maxBytes));
  if (!argv || !undo) return [];
  return [
    {
      title: `Raise maxmemory to ${sizeText(maxBytes * 2)}`,
      risk: 'admin',
      changes: [{ kind: 'command', argv, undo }],
      undo: true,
      verify: 'evicted_keys stands still, and hits outgrow misses; keep the value in redis.conf as well.',
    },
  ];
}
