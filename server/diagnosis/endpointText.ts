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
export function probeEvidence({ endpoint, resolution, connection, postgres, mysql, redis }: EndpointProbe): Evidence {
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
  const answer = postgres ?? mysql ?? redis;
  if (!answer) return { kind: 'probe', source: `tcp://${address}`, text: `accepted a connection in ${took}` };
  const text =
    'because' in answer
      ? answer.because
      : answer.kind === 'connected'
        ? `answered as PostgreSQL ${answer.version} in ${Math.round(answer.durationMs)} ms`
        : answer.kind === 'ready'
          ? `answered as ${answer.product} ${answer.version} in ${Math.round(answer.durationMs)} ms`
          : `answered PONG in ${Math.round(answer.durationMs)} ms`;
  return { kind: 'probe', source: `${endpoint.engine}://${address}`, text };
}

/** Services that depend on an endpoint. */
export function dependentsOf(endpoint: EndpointTarget, states: readonly ServiceState[]): ServiceState[] {
  return states.filter((state) => state.service.dependsOn.some((edge) => edge.target === endpoint.name));
}

/** `, and web and worker need it`; empty when nobody is known to. */
export function needClause(users: readonly ServiceState[]): string {
  const names = users.map((state) => state.service.name);
  if (names.length === 0) return '';
  const last = names.at(-1) as string;
  const list = names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
  return `, and ${list} ${names.length === 1 ? 'needs' : 'need'} it`;
}

/**
 * Whether something that needs an endpoint is at work. `atRest`: none of it was started, or all of it was stopped on
 * purpose; that its database is stopped too is then no trouble. `unclear`: it is gone, and its log does not say why.
 */
export function activityOf(users: readonly ServiceState[]): 'atWork' | 'unclear' | 'atRest' {
  if (users.some(({ running, errors, crashes }) => running || errors.length > 0 || crashes.length > 0)) return 'atWork';
  const gone = users.some(({ everStarted, logs }) => everStarted && !logs.some(({ state }) => state.stoppedOrderly));
  return gone ? 'unclear' : 'atRest';
}

/** The newest present error of a dependent that speaks of this endpoint, else the newest warning that does: by its address, its name or its kind. */
export function mentionOf(endpoint: EndpointTarget, states: readonly ServiceState[]): LogEntry | undefined {
  const users = dependentsOf(endpoint, states);
  const pattern = mentionPattern(endpoint);
  const newest = (entries: readonly LogEntry[]): LogEntry | undefined =>
    entries.findLast(({ record }) => pattern.test(record.text));
  return newest(users.flatMap(({ errors }) => errors)) ?? newest(users.flatMap(({ warnings }) => warnings));
}

export function mentionEvidence(endpoint: EndpointTarget, states: readonly ServiceState[]): Evidence[] {
  const entry = mentionOf(endpoint, states);
  return entry ? [logEvidence(entry)] : [];
}

function mentionPattern(endpoint: EndpointTarget): RegExp {
  const { host, port, database, engine, kind, name } = endpoint;
  const isLocal = host === 'localhost' || host.startsWith('127.') || host === '::1';
  return new RegExp(
    [
      String.raw`:${port}\b|\bport[=: ]+${port}\b|, ${port}\)`,
      ...(isLocal ? [] : [`(?<![\\w.-])${escapePattern(host)}(?![\\w-])`]),
      ...(database === undefined ? [] : [`"${escapePattern(database)}"`]),
      ...(kind === 'endpoint' && name.length > 3 && !name.includes(':')
        ? [String.raw`\b${escapePattern(name)}\b`]
        : []),
      ...(kind === 'database' ? [String.raw`\bdatabase\b|\bdb\b`] : []),
      ...(kind === 'cache' ? [String.raw`\bcache\b`] : []),
      ENGINE_WORDS[engine],
    ].join('|'),
    'i',
  );
}

const ENGINE_WORDS: Readonly<Record<EndpointTarget['engine'], string>> = {
  postgres: String.raw`\b(?:postgres|psycopg|asyncpg|libpq|pg_hba|password authentication)|\bpg\b|SASL`,
  mysql: String.raw`mysql|\bmariadb|\bER_[A-Z]|Access denied for user`,
  sqlite: 'sqlite|database (?:table |schema )?is locked|database disk image|database file|readonly database',
  mongodb: String.raw`\bmongo`,
  redis: String.raw`\bredis|\bWRONGPASS|\bNOAUTH`,
  amqp: String.raw`\bamqp|\brabbit`,
  http: '(?!)',
  tcp: '(?!)',
};

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
