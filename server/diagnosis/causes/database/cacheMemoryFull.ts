import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { RedisFacts } from '../../../systems/redis/redis.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { sizeText } from '../../diskText.ts';
import { type Complaint, complaintOf, redisCli } from '../../endpointComplaint.ts';
import { addressOf, dependentsOf, endpointEvidence } from '../../endpointText.ts';
import { logEvidence } from '../../evidence.ts';
import { type EndpointProbe, endpointProbes } from '../../observers/endpointProbes.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { sourceFacts } from '../../observers/workspaceFiles.ts';
import type { SourceFacts } from '../../source/sourceFacts.ts';

const SAYS_FULL = /\bOOM command not allowed|used memory > 'maxmemory'/i;
/** A write that fails may have been larger than what is left; with an error of this kind the cache counts as full from here on. */
const TIGHT_SHARE = 0.95;
/** Queues lose jobs when their keys are evicted. */
const QUEUES = /\b(?:bullmq|bull|bee-queue|sidekiq|resque|celery|rq|dramatiq|asynq|huey|arq)\b/i;

export const cacheMemoryFull = defineCause({
  id: 'cache.memory-full',
  category: 'database',
  summary: 'The cache has reached its memory limit and may not evict anything, so it rejects writes',
  advice: {
    sure: 'The cache itself reports that its memory is at the limit and that its policy lets it evict nothing.',
    first: 'If its data may be lost, let it evict (allkeys-lru); if not, raise maxmemory or give the keys an expiry.',
    verify: 'INFO memory shows less than maxmemory, and errorstat_OOM of INFO errorstats no longer grows.',
  },
  needs: { probes: endpointProbes, states: serviceStates, source: sourceFacts },
  explains: ['service.down', 'process.crash-loop', 'container.exited', 'container.unhealthy', 'container.restarting'],
  judge: ({ probes, states, source }) => probes.flatMap((probe) => judgeProbe(probe, states, source)),
});

function judgeProbe(probe: EndpointProbe, states: readonly ServiceState[], source: SourceFacts): Judgement[] {
  const { endpoint, redis } = probe;
  if (redis?.kind !== 'pong') return [];
  const target = endpoint.name;
  const complaint = complaintOf(endpoint, states, SAYS_FULL);
  if (!redis.facts)
    return complaint
      ? [
          unknown({
            target,
            because: `${addressOf(endpoint)} does not let the service's login ask for its memory`,
            next: 'compare used_memory with maxmemory in INFO memory, as an administrator',
          }),
        ]
      : [];
  const { facts } = redis;
  const { maxBytes = 0, usedBytes = 0, uncountedBytes, policy = 'noeviction' } = facts;
  const rejected = facts.errors.get('OOM') ?? 0;
  const share = maxBytes === 0 ? 0 : (usedBytes - uncountedBytes) / maxBytes;
  const full = !canEvict(facts) && share >= (complaint ? TIGHT_SHARE : 1);
  const isSuffered = rejected > 0 && dependentsOf(endpoint, states).some(({ running }) => running);
  const memory = memoryEvidence(probe, facts);
  if (full && (complaint || isSuffered))
    return [
      proved({
        target,
        confidence: complaint ? 'proved' : 'likely',
        summary: `Redis at ${addressOf(endpoint)} is full: ${sizeText(usedBytes)} used of maxmemory ${sizeText(maxBytes)}, and ${whyKept(facts)}, so it rejects writes${rejected > 0 ? ` (${rejected} so far)` : ''}`,
        evidence: [memory, ...errorsEvidence(probe, rejected), endpointEvidence(probe), ...said(complaint)],
        fixes: fixesFor(probe, facts, source),
      }),
    ];
  if (!complaint) return [];
  const because =
    maxBytes === 0
      ? `${addressOf(endpoint)} has no memory limit`
      : `${addressOf(endpoint)} uses ${sizeText(usedBytes)} of ${sizeText(maxBytes)}${canEvict(facts) ? ` and evicts by ${policy}` : ''}`;
  return [refuted({ target, because, evidence: [memory, logEvidence(complaint.entry)] })];
}

/** With a volatile policy only keys that expire may go. */
function canEvict({ policy = 'noeviction', expiringKeys }: RedisFacts): boolean {
  return policy.startsWith('volatile-') ? expiringKeys > 0 : policy !== 'noeviction';
}

function whyKept({ policy = 'noeviction', keys }: RedisFacts): string {
  return policy.startsWith('volatile-')
    ? `its policy ${policy} evicts only keys with an expiry, which none of its ${keys} keys has`
    : `its policy ${policy} evicts nothing`;
}

function memoryEvidence({ endpoint }: EndpointProbe, facts: RedisFacts): Evidence {
  return {
    kind: 'database',
    source: `redis://${addressOf(endpoint)} INFO memory`,
    text: `used_memory ${facts.usedBytes}, maxmemory ${facts.maxBytes}, maxmemory_policy ${facts.policy}, evicted_keys ${facts.evictedKeys ?? 0}, ${facts.keys} keys, ${facts.expiringKeys} of them with an expiry`,
  };
}

function errorsEvidence({ endpoint }: EndpointProbe, rejected: number): Evidence[] {
  if (rejected === 0) return [];
  return [
    {
      kind: 'database',
      source: `redis://${addressOf(endpoint)} INFO errorstats`,
      text: `${rejected} commands were answered with OOM since its start`,
    },
  ];
}

function said(complaint: Complaint | undefined): Evidence[] {
  return complaint ? [logEvidence(complaint.entry)] : [];
}

function fixesFor(
  probe: EndpointProbe,
  { maxBytes = 0, policy = 'noeviction' }: RedisFacts,
  source: SourceFacts,
): Fix[] {
  const set = (name: string, value: string): [string, ...string[]] | undefined =>
    redisCli(probe, 'config', 'set', name, value);
  const fix = (title: string, name: string, value: string, former: string): Fix[] => {
    const argv = set(name, value);
    const undo = set(name, former);
    if (!argv || !undo) return [];
    const verify = 'INFO memory shows room below maxmemory, and writes succeed; keep the value in redis.conf as well.';
    return [{ title, risk: 'admin', changes: [{ kind: 'command', argv, undo }], undo: true, verify }];
  };
  // What a queue keeps in Redis must not be evicted.
  const isQueue = source.files.some((file) => QUEUES.test(source.textOf(file) ?? ''));
  return [
    ...fix(`Raise maxmemory to ${sizeText(maxBytes * 2)}`, 'maxmemory', String(maxBytes * 2), String(maxBytes)),
    ...(isQueue ? [] : fix('Let Redis evict the least recently used keys', 'maxmemory-policy', 'allkeys-lru', policy)),
  ];
}
