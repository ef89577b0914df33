import type { HttpAnswer } from '../../../systems/http/http.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { addressOf, dependentsOf, endpointEvidence } from '../../endpointText.ts';
import { logEvidence } from '../../evidence.ts';
import { defineObserver } from '../../observer.ts';
import { addressMentions, type MentionedAddress } from '../../observers/addressMentions.ts';
import { type EndpointProbe, endpointProbes } from '../../observers/endpointProbes.ts';
import { type LogEntry, serviceStates } from '../../observers/serviceStates.ts';
import { targetsOf } from '../../observers/targets.ts';
import { NAMELESS_TIMEOUT, type UnreachedPeer, unreachedPeers } from '../../observers/unreachedPeers.ts';
import { isOptionalPeer } from '../../optionalPeer.ts';
import { connectionEvidence, isDatastore, peerBehind } from '../../peerText.ts';
import { routeEvidence, routeText } from '../../routeText.ts';
import type { Target } from '../../targets/target.ts';

/** A peer that took the connection: whether it says anything. */
interface TakenCall {
  probe: EndpointProbe;
  entry: LogEntry;
  service: string;
  answer: HttpAnswer;
}

/** Who is silent for longer than this while its callers complain of timeouts does not just think. */
const ANSWER_MS = 3_000;
const MAX_CALLS = 4;

/** A peer over HTTP of which a service says that it timed out is asked for its first page. */
const takenCalls = defineObserver<TakenCall[]>({
  id: 'network-timeout.calls',
  label: 'answers of peers that timed out',
  timeoutMs: 19_000,
  observe: async ({ systems, signal, use }) => {
    const [probes, states] = await Promise.all([use(endpointProbes), use(serviceStates)]);
    const suspects = probes.flatMap((probe) => {
      const { endpoint, connection } = probe;
      if (endpoint.kind !== 'endpoint' || endpoint.engine !== 'http' || connection?.kind !== 'accepted') return [];
      const { variable, port } = endpoint;
      for (const state of dependentsOf(endpoint, states)) {
        const entry = state.errors.findLast(({ record }) => NAMELESS_TIMEOUT.test(record.text));
        if (entry && !(state.running && isOptionalPeer({ text: entry.record.text, variable, port })))
          return [{ probe, entry, service: state.service.name }];
      }
      return [];
    });
    return Promise.all(
      suspects.slice(0, MAX_CALLS).map(async (suspect): Promise<TakenCall> => {
        const { endpoint } = suspect.probe;
        const url = `${endpoint.tls ? 'https' : 'http'}://${addressOf(endpoint)}/`;
        return { ...suspect, answer: await systems.http.get(url, { timeoutMs: ANSWER_MS, signal }) };
      }),
    );
  },
});

export const networkTimeout = defineCause({
  id: 'network.timeout',
  category: 'network',
  summary: 'Another program that the service calls does not answer, or no way leads to it',
  advice: {
    sure: 'A connection to the peer was tried now: nobody answered it, neither yes nor no, or nothing came after it.',
    first:
      'Ask for the peer from its own machine. If it answers there, look at what lies between: address, route, firewall, VPN.',
    verify: 'The address accepts a connection and answers, and the calls succeed.',
  },
  needs: { unreached: unreachedPeers, calls: takenCalls, mentions: addressMentions, targets: targetsOf },
  explains: [
    'service.down',
    'process.crash-loop',
    'upstream.slow',
    'proxy.timeout',
    'proxy.upstream-down',
    'container.unhealthy',
    'container.exited',
  ],
  judge: ({ unreached, calls, mentions, targets }) => {
    const judgements = [...unreached.flatMap(judgePeer), ...calls.map(judgeCall)];
    const judged = new Set(judgements.flatMap(({ target }) => target ?? []));
    return [
      ...judgements,
      ...mentions
        .flatMap((mention) => judgeAnswered(mention, targets))
        .filter(({ target }) => !judged.has(target ?? '')),
    ];
  },
});

/** Databases and caches have causes of their own, and so has what is behind a proxy. */
function judgePeer(peer: UnreachedPeer): Judgement[] {
  const { connection, route, target, users } = peer;
  if (peer.kind !== 'peer' || connection.kind === 'refused') return [];
  const address = addressOf(peer);
  const who = peer.name === address ? address : `${peer.name} at ${address}`;
  const after = `within ${(connection.durationMs / 1_000).toFixed(1)} s`;
  const what =
    connection.kind === 'timedOut'
      ? `${who} does not answer the connections of ${users.join(', ')}: neither accepted nor refused ${after}`
      : `${users.join(', ')} cannot reach ${who}: ${route.kind === 'none' ? route.because : connection.because}`;
  return [
    proved({
      target,
      summary: what,
      evidence: [...peer.evidence, ...routeEvidence(connection.address, route)],
      ...(route.kind === 'none'
        ? {
            advice: {
              sure: `The kernel was asked for the way: ${routeText(route)}.`,
              first: 'Bring up the interface or VPN that leads there, or correct the route or the address.',
              verify: 'ip route get names a way, and the address accepts a connection.',
            },
          }
        : {}),
    }),
  ];
}

function judgeCall({ probe, entry, service, answer }: TakenCall): Judgement {
  const { endpoint, connection } = probe;
  const target = endpoint.name;
  const address = addressOf(endpoint);
  const took = `${(answer.durationMs / 1_000).toFixed(1)} s`;
  const text = answer.kind === 'answered' ? `${answer.status} after ${took}` : `${answer.because} (after ${took})`;
  const evidence = [
    logEvidence(entry),
    endpointEvidence(probe),
    ...(connection ? [connectionEvidence(address, connection)] : []),
    { kind: 'probe' as const, source: `http://${address}/`, text },
  ];
  if (answer.kind === 'answered' || answer.code !== 'ETIMEDOUT' || answer.begun)
    return refuted({
      target,
      because: `${address} ${answer.kind === 'answered' ? `answers in ${took}` : answer.begun ? 'begins an answer' : answer.because}`,
      evidence,
    });
  return proved({
    target,
    summary: `${target} at ${address} takes the connections of ${service} and never answers: silent for ${took}`,
    evidence,
    advice: {
      sure: 'A connection to the peer was taken now, and a request on it got no byte of an answer.',
      first: 'Look at the peer: it hangs, is overloaded, or speaks another protocol than HTTP.',
    },
  });
}

/** An old or present word of a timeout, and the address takes connections now. */
function judgeAnswered(
  { state, entry, host, port, said, connection }: MentionedAddress,
  targets: readonly Target[],
): Judgement[] {
  if (port === undefined || said !== 'timedOut' || connection?.kind !== 'accepted' || isDatastore(port, targets))
    return [];
  const { target } = peerBehind({ host, port }, state.service, targets);
  const address = addressOf({ host, port });
  return [
    refuted({
      target,
      because: `${address} accepts connections now`,
      evidence: [logEvidence(entry), connectionEvidence(address, connection)],
    }),
  ];
}
