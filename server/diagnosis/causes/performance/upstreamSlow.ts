import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { SlowCommand } from '../../../systems/redis/redis.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { addressOf } from '../../endpointText.ts';
import { logEvidence } from '../../evidence.ts';
import { isSlow, type SlowPeer, slowFrom, slowPeers } from '../../observers/slowPeers.ts';
import { sourceText } from '../../targets/target.ts';

/** Finding the address and connecting takes this long at most where the peer itself is what is slow. */
const QUICK_MS = 500;
/** What a cache's own log calls slow counts while it is this young and this long: everybody else waited as long. */
const SLOW_COMMAND_AGE_MS = 2 * 60_000;
const SLOW_COMMAND_MS = 100;
/** While the service does not say whom it waits for. */
const VERY_SLOW_COMMAND_MS = 500;
/** A new process of the server, a hash of the password: that takes its time on a busy machine too. */
const SLOW_LOGIN_MS = 1_500;
/** Commands that look at every key, and what does the same in steps. */
const WHOLE_KEYSPACE: Readonly<Record<string, string>> = {
  KEYS: 'KEYS walks through every key while all others wait: use SCAN, or keep an index of your own.',
  FLUSHALL: 'FLUSHALL frees everything while all others wait: use FLUSHALL ASYNC.',
  FLUSHDB: 'FLUSHDB frees everything while all others wait: use FLUSHDB ASYNC.',
  SMEMBERS: 'SMEMBERS reads the whole set while all others wait: use SSCAN.',
  HGETALL: 'HGETALL reads the whole hash while all others wait: use HSCAN, or HMGET of the fields that are needed.',
  EVAL: 'A script holds up everybody while it runs: make it shorter.',
  EVALSHA: 'A script holds up everybody while it runs: make it shorter.',
};

export const upstreamSlow = defineCause({
  id: 'upstream.slow',
  category: 'performance',
  summary: 'Another program that the service calls answers slowly, and the service waits for it',
  advice: {
    sure: 'The peer was asked by itself now, and it took as long; finding its address and connecting to it did not.',
    first:
      'Find out why the peer is slow. A longer timeout only hides it; a cache or a default answer may help meanwhile.',
    verify: 'The peer answers well within the time that the service waits, and no new timeout is logged.',
  },
  needs: { peers: slowPeers },
  explains: [
    'service.down',
    'container.unhealthy',
    'container.restarting',
    'event-loop.blocked',
    'worker.exhausted',
    'network.timeout',
    'proxy.timeout',
    'dependency.not-ready',
    'pod.probe-failing',
    'upstream.slow',
  ],
  judge: ({ peers }) => peers.flatMap(judgePeer),
});

function judgePeer(peer: SlowPeer): Judgement[] {
  // Who cannot be found or reached is another cause's.
  const { resolution, connection } = peer;
  if (connection !== undefined && connection.kind !== 'accepted') return [];
  if ((resolution?.durationMs ?? 0) > QUICK_MS || (connection?.durationMs ?? 0) > QUICK_MS) return [];
  if (peer.data) return judgeData(peer, peer.data);
  return peer.http && peer.http.answers.length > 0 ? judgeHttp(peer, peer.http) : [];
}

function judgeHttp(peer: SlowPeer, { url, answers }: NonNullable<SlowPeer['http']>): Judgement[] {
  const { complaint, connection, target } = peer;
  const fastest = [...answers].sort((a, b) => a.durationMs - b.durationMs)[0];
  if (!fastest) return [];
  const took = `${(fastest.durationMs / 1_000).toFixed(1)} s`;
  const evidence: Evidence[] = [
    ...answers.map((answer) => ({
      kind: 'probe' as const,
      source: `GET ${url}`,
      text:
        answer.kind === 'answered'
          ? `${answer.status} after ${(answer.durationMs / 1_000).toFixed(2)} s`
          : `${answer.because} (after ${(answer.durationMs / 1_000).toFixed(2)} s)`,
    })),
    ...(connection
      ? [
          {
            kind: 'probe' as const,
            source: `tcp://${addressOf(peer)}`,
            text: `accepted a connection in ${Math.round(connection.durationMs)} ms`,
          },
        ]
      : []),
    ...wordsOf(peer),
  ];
  if (answers.length > 1 && answers.every((answer) => isSlow(answer, complaint)))
    return [
      proved({
        target,
        summary: `${nameOf(peer)} answers slowly: ${fastest.kind === 'answered' ? `${fastest.status} after ${took}` : `nothing within ${took}`} at the best of ${answers.length} times, though it takes connections at once; ${waitText(peer)}`,
        evidence,
      }),
    ];
  if (!complaint || !peer.named || fastest.kind !== 'answered') return [];
  const quick = `answers in ${Math.round(fastest.durationMs)} ms now`;
  return peer.otherCall === undefined
    ? [refuted({ target, because: `${nameOf(peer)} ${quick}`, evidence })]
    : [
        unknown({
          target,
          because: `${nameOf(peer)} ${quick} on ${new URL(url).pathname}, but the slow call was ${peer.otherCall}, which is not repeated here`,
          next: 'time that very call by hand, past the service',
        }),
      ];
}

function judgeData(peer: SlowPeer, { endpoint, durationMs, slowest }: NonNullable<SlowPeer['data']>): Judgement[] {
  const { target, complaint } = peer;
  const address = addressOf(endpoint);
  const source = `${endpoint.engine}://${address}`;
  const [slow, count] = slowCommandsOf(slowest, peer.named ? SLOW_COMMAND_MS : VERY_SLOW_COMMAND_MS);
  const remedy = WHOLE_KEYSPACE[slow?.command ?? ''];
  const login: Evidence = { kind: 'probe', source, text: `took ${Math.round(durationMs)} ms to answer` };
  if (slow && endpoint.engine === 'redis')
    return [
      proved({
        target,
        summary: `Redis at ${address} is slow: ${slow.command} held it up for ${Math.round(slow.durationMs)} ms${count > 1 ? `, and slow commands did ${count} times` : ''} within two minutes, and it does one thing at a time; ${waitText(peer)}`,
        evidence: [
          {
            kind: 'database',
            source: `${source} SLOWLOG GET`,
            text: `${slow.command} took ${slow.durationMs.toFixed(1)} ms`,
            time: slow.at.toISOString(),
          },
          login,
          ...wordsOf(peer),
        ],
        ...(remedy === undefined ? {} : { advice: { first: remedy } }),
      }),
    ];
  if (durationMs >= Math.max(slowFrom(complaint), SLOW_LOGIN_MS))
    return [
      proved({
        target,
        summary: `${endpoint.name} at ${address} answers slowly: a login and a question took ${(durationMs / 1_000).toFixed(1)} s; ${waitText(peer)}`,
        evidence: [login, ...wordsOf(peer)],
      }),
    ];
  // That a database answers at once says nothing of its queries; a cache has no others.
  return complaint && peer.named && endpoint.kind === 'cache'
    ? [
        refuted({
          target,
          because: `${address} answers in ${Math.round(durationMs)} ms, and its slow log has nothing of now`,
          evidence: [login, ...wordsOf(peer)],
        }),
      ]
    : [];
}

/** The slowest command of the last minutes, and how many there were. */
function slowCommandsOf(slowest: readonly SlowCommand[], fromMs: number): [SlowCommand | undefined, number] {
  const now = Date.now();
  const fresh = slowest.filter(
    ({ durationMs, at }) => durationMs >= fromMs && now - at.getTime() <= SLOW_COMMAND_AGE_MS,
  );
  return [fresh[0], fresh.length];
}

function nameOf(peer: SlowPeer): string {
  const address = addressOf(peer);
  return peer.target === address || peer.target === peer.state.service.name ? address : `${peer.target} at ${address}`;
}

function waitText({ state, complaint, health }: SlowPeer): string {
  const name = state.service.name;
  if (complaint?.limitMs !== undefined) return `${name} waits ${(complaint.limitMs / 1_000).toFixed(1)} s for it`;
  if (complaint) return `${name} complains of it`;
  const { answer } = health ?? {};
  return answer?.kind === 'answered'
    ? `${name} answers ${answer.status} after ${(answer.durationMs / 1_000).toFixed(1)} s meanwhile`
    : `${name} answers nothing meanwhile`;
}

function wordsOf({ complaint, health, at }: SlowPeer): Evidence[] {
  return [
    ...(complaint ? [logEvidence(complaint.entry)] : []),
    ...(health
      ? [
          {
            kind: 'probe' as const,
            source: `GET ${health.url}`,
            text:
              health.answer.kind === 'answered'
                ? `${health.answer.status} after ${(health.answer.durationMs / 1_000).toFixed(2)} s`
                : health.answer.because,
          },
        ]
      : []),
    ...(at ? [{ kind: 'config' as const, source: sourceText(at), text: 'names the peer' }] : []),
  ];
}
