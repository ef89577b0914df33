import type { Connection } from '../../../systems/network/network.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { logEvidence, newestBy, variableEvidence } from '../../evidence.ts';
import { defineObserver } from '../../observer.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { targetsOf } from '../../observers/targets.ts';
import { isEndpoint, isService, type Target } from '../../targets/target.ts';

/** Messages about a refused connection; group 1 is the host, group 2 the port. */
const REFUSED: readonly RegExp[] = [
  /ECONNREFUSED (?:\[?([\w.:-]+?)\]?):(\d{1,5})\b/,
  /dial tcp \[?([\w.:-]+?)\]?:(\d{1,5}): connect: connection refused/,
  /HTTPS?ConnectionPool\(host='([^']+)', port=(\d+)\)[^\n]*(?:refused|Errno 111)/,
  /Cannot connect to host ([\w.-]+):(\d+)[^\n]*(?:refused|111)/,
  /connection to server at "([^"]+)"(?: \([^)]*\))?, port (\d+) failed: Connection refused/,
  /Error 111 connecting to ([\w.-]+):(\d+)/,
  /Connection to ([\w.-]+):(\d+) refused/,
  /connect to ([\w.-]+)(?:\/[\d.]+)? port (\d+)[^\n]*(?:refused|Failed to connect)/i,
  /Connection refused[^\n]*?(?:https?:\/\/)?([\w.-]+):(\d{2,5})\b/i,
  /https?:\/\/([\w.-]+):(\d{2,5})\b[^\n]*(?:ECONNREFUSED|connection refused)/i,
];

interface Mentioned {
  state: ServiceState;
  entry: LogEntry;
  host: string;
  port: number;
  connection: Connection | undefined;
}

/** Addresses that present errors say refused a connection, tried again now. */
const mentioned = defineObserver<Mentioned[]>({
  id: 'network-refused.mentioned',
  label: 'addresses that errors call refused',
  timeoutMs: 4_500,
  observe: async ({ systems, signal, use }) => {
    const states = await use(serviceStates);
    const found = states.flatMap((state) =>
      newestBy(
        state.errors.flatMap((entry) => refusedIn(entry.record.text).map((address) => ({ state, entry, ...address }))),
        ({ host, port }) => `${host}:${port}`,
      ),
    );
    return Promise.all(
      found.slice(0, 8).map(async (candidate): Promise<Mentioned> => {
        const resolution = await systems.network.resolve(candidate.host, { timeoutMs: 2_000, signal });
        const address = resolution.kind === 'resolved' ? resolution.addresses[0] : undefined;
        return {
          ...candidate,
          connection:
            address === undefined
              ? undefined
              : await systems.network.connect(address, candidate.port, { timeoutMs: 1_500, signal }),
        };
      }),
    );
  },
});

export const networkRefused = defineCause({
  id: 'network.refused',
  category: 'network',
  summary: 'Another program that the service calls refuses the connection',
  needs: { mentioned, targets: targetsOf },
  explains: ['service.down', 'process.crash-loop', 'proxy.upstream-down', 'container.unhealthy', 'container.exited'],
  judge: ({ mentioned: list, targets }) =>
    list.flatMap(({ state, entry, host, port, connection }): Judgement[] => {
      // A database or cache of the workspace has its own cause, which asks more than the port.
      if (!connection || isDatastore(port, targets)) return [];
      const peer = targets.find(
        (target) =>
          (isService(target) && target !== state.service && target.ports.some((declared) => declared.port === port)) ||
          (isEndpoint(target) && target.port === port),
      );
      const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
      const variable = state.service.environment.find(
        (candidate) => candidate.value.includes(`:${port}`) || candidate.value === String(port),
      );
      const evidence = [
        logEvidence(entry),
        {
          kind: 'probe' as const,
          source: `tcp://${address}`,
          text:
            connection.kind === 'refused'
              ? `connection refused (${Math.round(connection.durationMs)} ms)`
              : connection.kind,
        },
        ...(variable ? [variableEvidence(variable)] : []),
      ];
      if (connection.kind !== 'refused')
        return connection.kind === 'accepted'
          ? [refuted({ target: state.service.name, because: `${address} accepts connections now`, evidence })]
          : [];
      return [
        proved({
          target: peer && isEndpoint(peer) ? peer.name : state.service.name,
          summary: `${peer ? `${peer.name} at ${address}` : address} refuses the connections of ${state.service.name}: nothing listens there`,
          evidence,
        }),
      ];
    }),
});

function isDatastore(port: number, targets: readonly Target[]): boolean {
  return targets.some((target) => isEndpoint(target) && target.kind !== 'endpoint' && target.port === port);
}

function refusedIn(text: string): { host: string; port: number }[] {
  const found = new Map<string, { host: string; port: number }>();
  for (const line of text.split('\n')) {
    for (const pattern of REFUSED) {
      const match = pattern.exec(line);
      if (!match?.[1] || !match[2]) continue;
      // ::1 and 127.0.0.1 of one "localhost" are one address.
      const host = match[1] === '::1' ? 'localhost' : match[1];
      const key = /^(?:localhost|127\.)/.test(host) ? `loopback:${match[2]}` : `${host}:${match[2]}`;
      if (!found.has(key)) found.set(key, { host, port: Number(match[2]) });
      break;
    }
  }
  return [...found.values()];
}
