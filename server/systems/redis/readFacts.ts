import type { RedisReply } from './readReply.ts';
import type { RedisFacts, SlowCommand } from './redis.ts';

/** The fields of an INFO text, section titles left out. */
export function infoFields(text: string): Map<string, string> {
  return new Map(
    text.split(/\r?\n/).flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon > 0 && !line.startsWith('#') ? [[line.slice(0, colon), line.slice(colon + 1)]] : [];
    }),
  );
}

/** @param settings what CONFIG GET answered, by name; a name that is missing was not answered */
export function readFacts(
  fields: ReadonlyMap<string, string>,
  slow: RedisReply | undefined,
  settings: ReadonlyMap<string, string>,
): RedisFacts {
  const number = (name: string): number | undefined => toNumber(fields.get(name));
  const keyspace = [...fields].filter(([name]) => /^db\d+$/.test(name)).map(([, value]) => pairsOf(value));
  const total = (name: string): number => keyspace.reduce((sum, pairs) => sum + (toNumber(pairs.get(name)) ?? 0), 0);
  const masterHost = fields.get('master_host');
  const stopsWrites = settings.get('stop-writes-on-bgsave-error');
  return {
    uptimeSeconds: number('uptime_in_seconds'),
    processId: number('process_id'),
    usedBytes: number('used_memory'),
    rssBytes: number('used_memory_rss'),
    maxBytes: number('maxmemory'),
    uncountedBytes: number('mem_not_counted_for_evict') ?? 0,
    policy: fields.get('maxmemory_policy'),
    evictedKeys: number('evicted_keys'),
    expiredKeys: number('expired_keys'),
    averageTtlMs: averageTtl(keyspace),
    configFile: fields.get('config_file') || undefined,
    hits: number('keyspace_hits'),
    misses: number('keyspace_misses'),
    clients: number('connected_clients'),
    maxClients: number('maxclients'),
    keys: total('keys'),
    expiringKeys: total('expires'),
    lastSave: fields.get('rdb_last_bgsave_status'),
    lastAppend: fields.get('aof_enabled') === '1' ? fields.get('aof_last_write_status') : undefined,
    errors: new Map(
      [...fields].flatMap(([name, value]): [string, number][] =>
        name.startsWith('errorstat_')
          ? [[name.slice('errorstat_'.length), toNumber(pairsOf(value).get('count')) ?? 0]]
          : [],
      ),
    ),
    replica:
      masterHost === undefined
        ? undefined
        : {
            masterHost,
            masterPort: number('master_port') ?? 6379,
            linkUp: fields.get('master_link_status') === 'up',
            readOnly: fields.get('slave_read_only') !== '0',
          },
    goodReplicas: number('min_slaves_good_slaves'),
    settings: {
      refusesWritesAfterFailedSave: stopsWrites === undefined ? undefined : stopsWrites === 'yes',
      savePoints: settings.get('save'),
      minReplicas: toNumber(settings.get('min-replicas-to-write')),
      folder: settings.get('dir'),
    },
    slowest: slowestOf(slow),
  };
}

/** Each entry: id, time in seconds, microseconds, words of the command, … */
function slowestOf(reply: RedisReply | undefined): SlowCommand[] {
  if (reply?.kind !== 'list') return [];
  return reply.items
    .flatMap((entry): SlowCommand[] => {
      if (entry.kind !== 'list') return [];
      const [, time, duration, words] = entry.items;
      if (time?.kind !== 'text' || duration?.kind !== 'text' || words?.kind !== 'list') return [];
      const [command] = words.items;
      const [seconds, micros] = [toNumber(time.text), toNumber(duration.text)];
      if (command?.kind !== 'text' || seconds === undefined || micros === undefined) return [];
      return [{ command: command.text.toUpperCase(), durationMs: micros / 1000, at: new Date(seconds * 1000) }];
    })
    .sort((a, b) => b.durationMs - a.durationMs);
}

/** Of the keys that expire, over all databases. */
function averageTtl(keyspace: readonly ReadonlyMap<string, string>[]): number | undefined {
  let [count, sum] = [0, 0];
  for (const pairs of keyspace) {
    const [expires, ttl] = [toNumber(pairs.get('expires')) ?? 0, toNumber(pairs.get('avg_ttl')) ?? 0];
    // 0: not reckoned yet.
    if (ttl === 0) continue;
    count += expires;
    sum += expires * ttl;
  }
  return count === 0 ? undefined : sum / count;
}

/** `keys=12,expires=3` → both. */
function pairsOf(value: string): Map<string, string> {
  return new Map(value.split(',').map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]));
}

function toNumber(text: string | undefined): number | undefined {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
