import type { Evidence } from '../../protocol/diagnosis.ts';
import type { Connection, Route } from '../../systems/network/network.ts';
import { activityOf, addressOf, dependentsOf, endpointEvidence, probeEvidence } from '../endpointText.ts';
import { logEvidence, variableEvidence } from '../evidence.ts';
import { defineObserver } from '../observer.ts';
import { isOptionalPeer } from '../optionalPeer.ts';
import { connectionEvidence, peerBehind } from '../peerText.ts';
import { upstreamEvidence } from '../proxyText.ts';
import { sourceText, type Target } from '../targets/target.ts';
import { addressMentions, type MentionedAddress } from './addressMentions.ts';
import { type EndpointProbe, endpointProbes } from './endpointProbes.ts';
import { type ProxyState, proxyFronts } from './proxyStates.ts';
import { type LogEntry, type ServiceState, serviceStates } from './serviceStates.ts';
import { targetsOf } from './targets.ts';

/** An address that somebody at work needs and to which no connection comes about now, and the way to it. */
export interface UnreachedPeer {
  /** The target on which a finding about it falls. */
  target: string;
  /** As a person would name it: the peer, or its address. */
  name: string;
  kind: 'datastore' | 'peer' | 'upstream';
  host: string;
  port: number;
  connection: Exclude<Connection, { kind: 'accepted' }>;
  route: Route;
  /** Names of those who need it. */
  users: string[];
  evidence: Evidence[];
}

/** A failed connection in words that name no address. */
export const NAMELESS_TIMEOUT =
  /ETIMEDOUT|ESOCKETTIMEDOUT|EHOSTUNREACH|ENETUNREACH|UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT|timed? ?out|timeout of \d+ ?ms exceeded|aborted due to timeout|deadline exceeded|No route to host|Network is unreachable|Errno 11[03]|Errno 101/i;
const NAMELESS_FAILURE = /fetch failed|ECONNREFUSED|connection refused|Errno 111/i;
const ROUTE_MS = 1_000;
/** Each costs a look at the kernel's tables. */
const MAX_PEERS = 12;

/** Peers, databases, caches and servers behind proxies that cannot be reached now: only then is anything more asked. */
export const unreachedPeers = defineObserver<UnreachedPeer[]>({
  id: 'network.unreached',
  label: 'ways to what cannot be reached',
  timeoutMs: 24_000,
  observe: async ({ systems, signal, use }) => {
    const [probes, mentions, states, targets, proxies] = await Promise.all([
      use(endpointProbes),
      use(addressMentions),
      use(serviceStates),
      use(targetsOf),
      use(proxyFronts),
    ]);
    const found = [
      ...probes.flatMap((probe) => fromProbe(probe, states)),
      ...mentions.flatMap((mention) => fromMention(mention, targets)),
      ...proxies.flatMap(fromProxy),
    ];
    const unique = [
      ...new Map(found.map((peer) => [`${peer.target} ${peer.connection.address} ${peer.port}`, peer])).values(),
    ];
    const routes = new Map<string, Promise<Route>>();
    const routeTo = (address: string): Promise<Route> => {
      const known = routes.get(address) ?? systems.network.route(address, { timeoutMs: ROUTE_MS, signal });
      routes.set(address, known);
      return known;
    };
    return Promise.all(
      unique.slice(0, MAX_PEERS).map(async (peer) => ({ ...peer, route: await routeTo(peer.connection.address) })),
    );
  },
});

type Found = Omit<UnreachedPeer, 'route'>;

function fromProbe(probe: EndpointProbe, states: readonly ServiceState[]): Found[] {
  const { endpoint, connection } = probe;
  if (!connection || connection.kind === 'accepted') return [];
  const users = dependentsOf(endpoint, states);
  const datastore = endpoint.kind !== 'endpoint';
  const entry = complaintAbout(probe, users);
  // Without a database nothing works; of another peer somebody must complain.
  if (datastore ? activityOf(users) !== 'atWork' : !entry) return [];
  return [
    {
      target: endpoint.name,
      name: endpoint.name,
      kind: datastore ? 'datastore' : 'peer',
      host: endpoint.host,
      port: endpoint.port,
      connection,
      users: users.map(({ service }) => service.name),
      evidence: [...(entry ? [logEvidence(entry)] : []), endpointEvidence(probe), probeEvidence(probe)],
    },
  ];
}

/** The newest present error that could mean the peer. */
function complaintAbout({ endpoint }: EndpointProbe, users: readonly ServiceState[]): LogEntry | undefined {
  return users
    .flatMap((state) => state.errors.map((entry) => ({ entry, state })))
    .findLast(({ entry: { record }, state }) => {
      if (!NAMELESS_TIMEOUT.test(record.text) && !NAMELESS_FAILURE.test(record.text)) return false;
      const { variable, port } = endpoint;
      return !(state.running && isOptionalPeer({ text: record.text, variable, port }));
    })?.entry;
}

function fromMention(
  { state, entry, present, host, port, connection }: MentionedAddress,
  targets: readonly Target[],
): Found[] {
  if (port === undefined || !connection || connection.kind === 'accepted' || !present) return [];
  const { variable, peer, target } = peerBehind({ host, port }, state.service, targets);
  if (state.running && isOptionalPeer({ text: entry.record.text, variable: variable?.name, port })) return [];
  const address = addressOf({ host, port });
  return [
    {
      target,
      name: peer?.name ?? address,
      kind: peer && (peer.kind === 'database' || peer.kind === 'cache') ? 'datastore' : 'peer',
      host,
      port,
      connection,
      users: [state.service.name],
      evidence: [
        logEvidence(entry),
        ...(variable ? [variableEvidence(variable)] : []),
        connectionEvidence(address, connection),
      ],
    },
  ];
}

function fromProxy({ target, running, upstreams, errors }: ProxyState): Found[] {
  return upstreams.flatMap((probe): Found[] => {
    const { connection, host, port, at } = probe;
    if (!running || !connection || port === 0 || connection.kind === 'accepted') return [];
    const error = errors.findLast(({ recent, upstream }) => recent && upstream?.endsWith(`:${port}`));
    if (!error) return [];
    return [
      {
        target: target.name,
        name: addressOf(probe),
        kind: 'upstream',
        host,
        port,
        connection,
        users: [target.name],
        evidence: [
          logEvidence(error),
          { kind: 'config', source: sourceText(at), text: `${target.name} passes to ${addressOf(probe)}` },
          upstreamEvidence(probe),
        ],
      },
    ];
  });
}
