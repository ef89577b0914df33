import type { MachineUse } from '../../systems/host/machineUse.ts';
import type { CgroupUse } from '../../systems/process/processUse.ts';
import type { RedisFacts, RedisTarget } from '../../systems/redis/redis.ts';
import type { KeySample } from '../../systems/redis/sampleKeys.ts';
import type { RedisTraffic } from '../../systems/redis/sampleRedis.ts';
import { dependentsOf } from '../endpointText.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { isLoopback } from '../targets/loopback.ts';
import { containers, NO_CONTAINERS } from './containers.ts';
import { type EndpointProbe, endpointProbes } from './endpointProbes.ts';
import { processList } from './machine.ts';
import { serviceStates } from './serviceStates.ts';

/** A Redis that a running service uses, and that seems to be of little use or too large. */
export interface CacheLook {
  probe: EndpointProbe;
  facts: RedisFacts;
  /** Looked at because few of its lookups are hits: what goes on now. */
  traffic: RedisTraffic | undefined;
  /** Looked at because nothing limits it. */
  room: CacheRoom | undefined;
}

export interface CacheRoom {
  machine: MachineUse['memory'];
  /** Of its process, where that runs on this machine and has a limit. */
  cgroup: CgroupUse | undefined;
  rssBytes: number;
  keys: KeySample[];
}

/** Fewer lookups tell nothing. */
const MIN_LOOKUPS = 1_000;
const LOW_RATE = 0.5;
const WINDOW_MS = 600;
/** Smaller ones fit everywhere. */
export const MIN_CACHE_BYTES = 16 * 2 ** 20;
/** Of the memory that it may use; from here on its keys are looked at. */
const LARGE_SHARE = 0.3;
const SAMPLED_KEYS = 60;
const ASK_MS = 2_500;

export const cacheLooks = defineObserver<CacheLook[]>({
  id: 'caches.looks',
  label: 'hits and sizes of caches',
  timeoutMs: 18_000,
  observe: async (run) => {
    const [probes, states] = await Promise.all([run.use(endpointProbes), run.use(serviceStates)]);
    const looks = probes.map(async (probe): Promise<CacheLook[]> => {
      const { endpoint, connection, redis } = probe;
      if (redis?.kind !== 'pong' || redis.facts === undefined || connection?.kind !== 'accepted') return [];
      if (!dependentsOf(endpoint, states).some(({ running }) => running)) return [];
      const { facts } = redis;
      const { host, port, user, password, tls } = endpoint;
      const target: RedisTarget = { address: connection.address, host, port, user, password, tls };
      const [traffic, room] = await Promise.all([
        isOfLittleUse(facts)
          ? run.systems.redis.sample(target, { windowMs: WINDOW_MS, timeoutMs: ASK_MS, signal: run.signal })
          : undefined,
        facts.maxBytes === 0 && (facts.usedBytes ?? 0) >= MIN_CACHE_BYTES
          ? roomOf(probe, facts, target, run)
          : undefined,
      ]);
      return [{ probe, facts, traffic, room }];
    });
    return (await Promise.all(looks)).flat();
  },
});

/** Of many lookups few were hits, and it lost keys that somebody may have wanted. */
export function isOfLittleUse({ hits = 0, misses = 0, evictedKeys = 0, expiredKeys = 0 }: RedisFacts): boolean {
  return hits + misses >= MIN_LOOKUPS && hits / (hits + misses) < LOW_RATE && evictedKeys + expiredKeys > 0;
}

async function roomOf(
  probe: EndpointProbe,
  facts: RedisFacts,
  target: RedisTarget,
  run: Observation,
): Promise<CacheRoom | undefined> {
  const { systems, signal } = run;
  const pid = await processIdOf(probe, facts, run);
  // The process id that a Redis elsewhere tells may be anybody's here.
  if (pid === undefined) return undefined;
  const [{ memory }, use] = await Promise.all([systems.host.use(signal), systems.processes.use(pid, signal)]);
  const rssBytes = use?.rssBytes ?? facts.usedBytes ?? 0;
  const allowed = Math.min(use?.cgroup?.memoryLimitBytes ?? Number.POSITIVE_INFINITY, memory.totalBytes);
  if (rssBytes < allowed * LARGE_SHARE) return undefined;
  const keys = await systems.redis.keys(target, { count: SAMPLED_KEYS, timeoutMs: ASK_MS, signal });
  return { machine: memory, cgroup: use?.cgroup, rssBytes, keys };
}

/** Its process on this machine: the one of its container, or the one that it names itself. */
async function processIdOf(
  { endpoint, connection }: EndpointProbe,
  { processId }: RedisFacts,
  { systems, use }: Observation,
): Promise<number | undefined> {
  if (endpoint.compose) {
    const engine = await use(containers).catch(() => NO_CONTAINERS);
    const container = engine.byService.get(endpoint.compose.name)?.find(({ state }) => state === 'running');
    if (container) return container.pid;
  }
  if (processId === undefined || connection === undefined || !isLoopback(connection.address)) return undefined;
  const listed = (await use(processList)).find(({ pid }) => pid === processId);
  return listed && /redis|valkey|keydb/.test(listed.name) && systems.processes.exists(processId)
    ? processId
    : undefined;
}
