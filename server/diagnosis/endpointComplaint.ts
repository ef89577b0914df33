import { dependentsOf } from './endpointText.ts';
import type { EndpointProbe } from './observers/endpointProbes.ts';
import type { LogEntry, ServiceState } from './observers/serviceStates.ts';
import type { EndpointTarget } from './targets/target.ts';

/** What an error says it says in its first characters. */
const MAX_TEXT = 4_000;

export interface Complaint {
  entry: LogEntry;
  state: ServiceState;
}

/** The newest present error, else warning, in which a service that depends on the endpoint says this. */
export function complaintOf(
  endpoint: EndpointTarget,
  states: readonly ServiceState[],
  pattern: RegExp,
): Complaint | undefined {
  const said = (pick: (state: ServiceState) => readonly LogEntry[]): Complaint | undefined =>
    dependentsOf(endpoint, states)
      .flatMap((state) => pick(state).map((entry) => ({ entry, state })))
      .findLast(({ entry }) => pattern.test(entry.record.text.slice(0, MAX_TEXT)));
  return said(({ errors }) => errors) ?? said(({ warnings }) => warnings);
}

/** redis-cli reaches it without a password that would stand in its arguments; undefined where it cannot. */
export function redisCli(
  { endpoint, connection }: EndpointProbe,
  ...words: string[]
): [string, ...string[]] | undefined {
  const isHere = connection !== undefined && /^(?:127\.|::1$|::ffff:127\.)/.test(connection.address);
  if (!isHere || endpoint.compose || endpoint.password !== undefined || endpoint.tls) return undefined;
  return ['redis-cli', '-h', connection.address, '-p', String(endpoint.port), ...words];
}
