import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { addressOf, dependentsOf, endpointEvidence, probeEvidence } from '../../endpointText.ts';
import { logEvidence, variableEvidence } from '../../evidence.ts';
import { addressMentions, type MentionedAddress } from '../../observers/addressMentions.ts';
import { type EndpointProbe, endpointProbes } from '../../observers/endpointProbes.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { targetsOf } from '../../observers/targets.ts';
import { isOptionalPeer } from '../../optionalPeer.ts';
import { connectionEvidence, isDatastore, peerBehind } from '../../peerText.ts';
import type { EndpointTarget, Target } from '../../targets/target.ts';

/** Words of a failed connection that name no address: `fetch failed`, `[Errno 111] Connection refused`. */
const NAMELESS =
  /ECONNREFUSED|connection refused|Errno 111|fetch failed|\bconnect(?:ion)? (?:error|failed)|actively refused/i;

export const networkRefused = defineCause({
  id: 'network.refused',
  category: 'network',
  summary: 'Another program that the service calls refuses the connection',
  advice: {
    sure: 'A connection to the peer was tried now, and nothing listens at the address.',
    first: 'Start the peer, or correct its address.',
    verify: 'The address accepts a connection, and the calls succeed.',
  },
  needs: { mentions: addressMentions, probes: endpointProbes, states: serviceStates, targets: targetsOf },
  explains: ['service.down', 'process.crash-loop', 'proxy.upstream-down', 'container.unhealthy', 'container.exited'],
  judge: ({ mentions, probes, states, targets }) => {
    const refusals = mentions.filter(({ port }) => port !== undefined && !isDatastore(port, targets));
    const judgements = refusals.flatMap((mention) => judgeMention(mention, targets, states));
    const judged = new Set(judgements.flatMap((judgement) => judgement.target ?? []));
    for (const probe of probes)
      if (probe.endpoint.kind === 'endpoint' && !judged.has(probe.endpoint.name))
        judgements.push(...judgeProbe(probe, states, refusals));
    return judgements;
  },
});

function judgeMention(
  mention: MentionedAddress,
  targets: readonly Target[],
  states: readonly ServiceState[],
): Judgement[] {
  const { state, entry, present, host, port, said, connection } = mention;
  if (!connection || port === undefined) return [];
  const { variable, peer, target } = peerBehind({ host, port }, state.service, targets);
  const address = addressOf({ host, port });
  const evidence = [
    logEvidence(entry),
    connectionEvidence(address, connection),
    ...(variable ? [variableEvidence(variable)] : []),
  ];
  if (connection.kind === 'accepted')
    return said === 'refused' ? [refuted({ target, because: `${address} accepts connections now`, evidence })] : [];
  const optional = isOptionalPeer({ text: entry.record.text, variable: variable?.name, port });
  if (connection.kind !== 'refused' || !present || (optional && state.running)) return [];
  return [
    proved({
      target,
      summary: `${peer && peer.name !== address ? `${peer.name} at ${address}` : address} refuses the connections of ${state.service.name}: nothing listens there${elsewhereText(peer, port, states)}`,
      evidence,
    }),
  ];
}

/** A peer that the configuration names and no error does by its address. */
function judgeProbe(
  probe: EndpointProbe,
  states: readonly ServiceState[],
  refusals: readonly MentionedAddress[],
): Judgement[] {
  const { endpoint, connection } = probe;
  if (connection?.kind === 'accepted')
    return [
      refuted({
        target: endpoint.name,
        because: `${addressOf(endpoint)} accepted a connection in ${Math.round(connection.durationMs)} ms`,
        evidence: [endpointEvidence(probe), probeEvidence(probe)],
      }),
    ];
  if (connection?.kind !== 'refused') return [];
  const blind = dependentsOf(endpoint, states).flatMap((state): { state: ServiceState; entry: LogEntry }[] => {
    // An error that names its address has been judged by it.
    const named = new Set(refusals.filter((mention) => mention.state === state).map(({ entry }) => entry.record));
    const entry = state.errors.findLast(({ record }) => NAMELESS.test(record.text) && !named.has(record));
    return entry && !(state.running && isOptional(endpoint, entry)) ? [{ state, entry }] : [];
  });
  const first = blind[0];
  if (!first) return [];
  return [
    proved({
      target: endpoint.name,
      summary: `${endpoint.name} at ${addressOf(endpoint)} refuses the connections of ${first.state.service.name}: nothing listens there`,
      evidence: [logEvidence(first.entry), endpointEvidence(probe), probeEvidence(probe)],
    }),
  ];
}

function isOptional({ variable, port }: EndpointTarget, { record }: LogEntry): boolean {
  return isOptionalPeer({ text: record.text, variable, port });
}

function elsewhereText(peer: Target | undefined, port: number, states: readonly ServiceState[]): string {
  const state = states.find(({ service }) => service.name === peer?.name);
  const other = state?.listeners.find((listener) => listener.port !== port);
  return other === undefined ? '' : `; ${peer?.name} listens on ${other.port}`;
}
