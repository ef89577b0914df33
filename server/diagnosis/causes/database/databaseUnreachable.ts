import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { Listener } from '../../../systems/network/network.ts';
import type { ProcessFacts } from '../../../systems/process/processes.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import {
  activityOf,
  addressOf,
  dependentsOf,
  endpointEvidence,
  mentionEvidence,
  needClause,
  probeEvidence,
} from '../../endpointText.ts';
import { clip } from '../../evidence.ts';
import { type EndpointProbe, endpointProbes } from '../../observers/endpointProbes.ts';
import { listeners, processList } from '../../observers/machine.ts';
import { serviceLogs, type WorkspaceLog } from '../../observers/serviceLogs.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import type { Engine } from '../../targets/target.ts';

const SERVER_PROCESS: Partial<Record<Engine, RegExp>> = {
  postgres: /^(?:postgres|postmaster)\b/,
  mysql: /^(?:mysqld|mariadbd)\b/,
  mongodb: /^mongod\b/,
};
const SERVER_NAMES: Partial<Record<Engine, string>> = { postgres: 'PostgreSQL', mysql: 'MySQL', mongodb: 'MongoDB' };
/** Closing words stand among the last lines of a server's log; further up they belong to an earlier life. */
const LAST_RECORDS = 6;

export const databaseUnreachable = defineCause({
  id: 'database.unreachable',
  category: 'database',
  summary: 'The database does not accept connections at the address that the service uses',
  advice: {
    sure: 'A connection to the very address that the service uses was tried now and failed.',
    first: 'Start the database, or correct the address.',
    verify: "The address accepts a connection, and the service's errors stop.",
  },
  needs: {
    probes: endpointProbes,
    states: serviceStates,
    logs: serviceLogs,
    sockets: listeners,
    processes: processList,
  },
  explains: [
    'service.down',
    'process.crash-loop',
    'network.refused',
    'network.timeout',
    'upstream.slow',
    'proxy.timeout',
    'container.unhealthy',
    'container.exited',
    'container.restarting',
  ],
  judge: ({ probes, states, logs, sockets, processes }) =>
    probes
      // A name without an address is the business of dns.failed.
      .filter(({ endpoint, connection }) => endpoint.kind === 'database' && connection !== undefined)
      .map((probe) => judgeProbe(probe, states, logs.others, serversElsewhere(probe, sockets, processes))),
});

interface ServerElsewhere {
  port: number;
  pid: number | undefined;
  source: string;
}

function judgeProbe(
  probe: EndpointProbe,
  states: readonly ServiceState[],
  logs: readonly WorkspaceLog[],
  elsewhere: readonly ServerElsewhere[],
): Judgement {
  const { endpoint, connection } = probe;
  const target = endpoint.name;
  const address = addressOf(endpoint);
  const evidence = [endpointEvidence(probe), probeEvidence(probe)];
  const answer = probe.postgres ?? probe.mysql;
  if (answer?.kind === 'starting')
    return refuted({
      target,
      because: `${address} is a ${SERVER_NAMES[endpoint.engine]} server that answers: ${answer.because}`,
      evidence,
    });
  if (connection?.kind === 'accepted' && answers(probe))
    return refuted({
      target,
      because: `${address} accepted a connection in ${Math.round(connection.durationMs)} ms`,
      evidence,
    });
  const users = dependentsOf(endpoint, states);
  const activity = activityOf(users);
  const what = describe(probe, elsewhere);
  if (activity === 'atRest')
    return unknown({ target, because: `${what}, but nothing that needs it was started`, next: `start the database` });
  return proved({
    target,
    summary: `${what}${needClause(users)}`,
    confidence: activity === 'atWork' ? 'proved' : 'likely',
    evidence: [
      ...evidence,
      ...mentionEvidence(endpoint, states),
      ...lastWords(endpoint.engine, logs),
      ...elsewhere.map(({ port, pid, source }) => ({
        kind: 'listener' as const,
        source,
        text: `a ${SERVER_NAMES[endpoint.engine]} server${pid === undefined ? '' : ` (pid ${pid})`} listens on port ${port}`,
      })),
    ],
    fixes: elsewhere.length > 0 ? [] : startFix(probe),
  });
}

function answers({ postgres, mysql }: EndpointProbe): boolean {
  const answer = postgres ?? mysql;
  return (
    answer === undefined || !['refused', 'timedOut', 'unreachable', 'notPostgres', 'notMysql'].includes(answer.kind)
  );
}

function describe(
  { endpoint, connection, postgres, mysql }: EndpointProbe,
  elsewhere: readonly ServerElsewhere[],
): string {
  const address = addressOf(endpoint);
  const server = SERVER_NAMES[endpoint.engine] ?? 'The database';
  const answer = postgres ?? mysql;
  if (answer?.kind === 'notPostgres' || answer?.kind === 'notMysql')
    return `${server} is expected at ${address}, but another program answers there`;
  if (answer?.kind === 'unreachable') return `${server} is not behind ${address}: ${answer.because}`;
  if (connection?.kind === 'refused') {
    const instead =
      elsewhere.length > 0 ? `; the server listens on ${elsewhere.map(({ port }) => port).join(', ')}` : '';
    return `${server} refuses connections at ${address}: nothing listens there${instead}`;
  }
  if (connection?.kind === 'unreachable') return `${server} cannot be reached at ${address}: ${connection.because}`;
  return `${server} does not answer at ${address}`;
}

/** Servers of this kind on other ports of this machine: then the address is wrong rather than the server down. */
function serversElsewhere(
  { endpoint, connection }: EndpointProbe,
  sockets: readonly Listener[],
  processes: readonly ProcessFacts[],
): ServerElsewhere[] {
  const pattern = SERVER_PROCESS[endpoint.engine];
  const isHere = connection !== undefined && /^(?:127\.|::1$|::ffff:127\.)/.test(connection.address);
  if (!pattern || !isHere) return [];
  const names = new Map(processes.map(({ pid, name }) => [pid, name]));
  const found = sockets.filter(
    ({ port, pid }) => port !== endpoint.port && pid !== undefined && pattern.test(names.get(pid) ?? ''),
  );
  return [...new Map(found.map(({ port, pid, source }) => [port, { port, pid, source }])).values()].slice(0, 2);
}

/** What the server's own log says last, when it lies in the workspace. */
function lastWords(engine: Engine, logs: readonly WorkspaceLog[]): Evidence[] {
  return logs
    .filter((log) => log.kind === engine)
    .flatMap((log): Evidence[] => {
      const last = log.records
        .slice(-LAST_RECORDS)
        .findLast((record) => /shut ?down|FATAL|PANIC|terminat|stopp|not start|could not/i.test(record.message));
      if (!last) return [];
      const source = log.numbered ? `${log.file}:${last.line}` : log.file;
      const time = last.time === undefined ? {} : { time: last.time.toISOString() };
      return [{ kind: 'log', source, text: clip(last.message), ...time }];
    })
    .slice(0, 2);
}

function startFix({ endpoint }: EndpointProbe): Fix[] {
  const verify = `${addressOf(endpoint)} accepts a connection.`;
  if (endpoint.compose)
    return [
      {
        title: `Start ${endpoint.compose.name} with compose`,
        risk: 'execute',
        changes: [{ kind: 'command', argv: ['docker', 'compose', 'up', '-d', endpoint.compose.name] }],
        undo: true,
        verify,
      },
    ];
  // On another port than the packaged one it is a server that somebody started by hand.
  if (endpoint.engine === 'postgres' && endpoint.port === 5432 && /^(?:localhost|127\.|::1)/.test(endpoint.host))
    return [
      {
        title: 'Start the PostgreSQL service of this machine',
        risk: 'admin',
        changes: [{ kind: 'command', argv: ['systemctl', 'start', 'postgresql'] }],
        undo: true,
        verify,
      },
    ];
  return [];
}
