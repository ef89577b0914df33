import type { Evidence } from '../protocol/diagnosis.ts';
import { logEvidence } from './evidence.ts';
import type { EndpointProbe } from './observers/endpointProbes.ts';
import type { LogEntry, ServiceState } from './observers/serviceStates.ts';
import { type EndpointTarget, sourceText } from './targets/target.ts';

/** `127.0.0.1:5432`, as a person would name it. */
export function addressOf({ host, port }: Pick<EndpointTarget, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Where the address of an endpoint is written, without its credentials. */
export function endpointEvidence({ endpoint }: EndpointProbe): Evidence {
  const what = `${endpoint.engine} at ${addressOf(endpoint)}${endpoint.database === undefined ? '' : `, database ${endpoint.database}`}${endpoint.user === undefined ? '' : `, user ${endpoint.user}`}`;
  return {
    kind: 'config',
    source: sourceText(endpoint.at),
    text: endpoint.variable === undefined ? what : `${endpoint.variable} names ${what}`,
  };
}

/** How far the probe got, with the time it took. */
export function probeEvidence({ endpoint, resolution, connection, postgres, redis }: EndpointProbe): Evidence {
  const address = addressOf(endpoint);
  if (resolution.kind !== 'resolved')
    return {
      kind: 'probe',
      source: `resolve ${endpoint.host}`,
      text: `${resolution.because} (${Math.round(resolution.durationMs)} ms)`,
    };
  if (connection === undefined)
    return { kind: 'probe', source: `resolve ${endpoint.host}`, text: 'the name has no address' };
  const took = `${Math.round(connection.durationMs)} ms`;
  if (connection.kind !== 'accepted')
    return {
      kind: 'probe',
      source: `tcp://${address}`,
      text: `${connection.kind === 'unreachable' ? connection.because : connection.kind === 'refused' ? 'connection refused' : 'no answer'} (${took})`,
    };
  const answer = postgres ?? redis;
  if (!answer) return { kind: 'probe', source: `tcp://${address}`, text: `accepted a connection in ${took}` };
  const text =
    'because' in answer
      ? answer.because
      : answer.kind === 'connected'
        ? `answered as PostgreSQL ${answer.version} in ${Math.round(answer.durationMs)} ms`
        : `answered PONG in ${Math.round(answer.durationMs)} ms`;
  return { kind: 'probe', source: `${endpoint.engine}://${address}`, text };
}

/** Services that depend on an endpoint. */
export function dependentsOf(endpoint: EndpointTarget, states: readonly ServiceState[]): ServiceState[] {
  return states.filter((state) => state.service.dependsOn.some((edge) => edge.target === endpoint.name));
}

/** The newest present error or warning of a dependent that speaks of this endpoint: by its address, its name or its kind. */
export function mentionOf(endpoint: EndpointTarget, states: readonly ServiceState[]): LogEntry | undefined {
  const words = [
    `:${endpoint.port}\\b`,
    escapePattern(
      endpoint.host === 'localhost' || endpoint.host.startsWith('127.')
        ? `${endpoint.host}:${endpoint.port}`
        : endpoint.host,
    ),
    ...(endpoint.database === undefined ? [] : [`"${escapePattern(endpoint.database)}"`]),
    ENGINE_WORDS[endpoint.engine],
  ];
  const pattern = new RegExp(words.join('|'), 'i');
  const entries = dependentsOf(endpoint, states).flatMap((state) => [...state.warnings, ...state.errors]);
  return entries.findLast(({ record }) => pattern.test(record.text));
}

export function mentionEvidence(endpoint: EndpointTarget, states: readonly ServiceState[]): Evidence[] {
  const entry = mentionOf(endpoint, states);
  return entry ? [logEvidence(entry)] : [];
}

const ENGINE_WORDS: Readonly<Record<EndpointTarget['engine'], string>> = {
  postgres: String.raw`\b(?:postgres|psycopg|asyncpg|libpq|pg_hba|password authentication|database)`,
  mysql: String.raw`\bmysql|\bmariadb`,
  mongodb: String.raw`\bmongo`,
  redis: String.raw`\bredis|\bWRONGPASS|\bNOAUTH`,
  amqp: String.raw`\bamqp|\brabbit`,
  http: '(?!)',
  tcp: '(?!)',
};

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
