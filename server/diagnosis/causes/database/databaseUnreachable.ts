import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { Listener } from '../../../systems/network/network.ts';
import type { ProcessFacts } from '../../../systems/process/processes.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { addressOf, dependentsOf, endpointEvidence, mentionEvidence, probeEvidence } from '../../endpointText.ts';
import { type EndpointProbe, endpointProbes } from '../../observers/endpointProbes.ts';
import { listeners, processList } from '../../observers/machine.ts';
import type { WorkspaceLog } from '../../observers/serviceLogs.ts';
import { serviceLogs } from '../../observers/serviceLogs.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';

const SERVER_PROCESS: Readonly<Record<string, RegExp>> = {
  postgres: /^(?:postgres|postmaster)$/,
  mysql: /^(?:mysqld|mariadbd)$/,
  mongodb: /^mongod$/,
};

export const databaseUnreachable = defineCause({
  id: 'database.unreachable',
  category: 'database',
  summary: 'The database does not accept connections at the address that the service uses',
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
    'container.unhealthy',
    'container.exited',
    'container.restarting',
  ],
  judge: ({ probes, states, logs, sockets, processes }) =>
    probes
      .filter(({ endpoint }) => endpoint.kind === 'database')
      .flatMap((probe) => judgeProbe(probe, states, logs.others, sockets, processes)),
});

function judgeProbe(
  probe: EndpointProbe,
  states: readonly ServiceState[],
  logs: readonly WorkspaceLog[],
  sockets: readonly Listener[],
  processes: readonly ProcessFacts[],
): Judgement[] {
  const { endpoint, connection, postgres } = probe;
  const address = addressOf(endpoint);
  const users = dependentsOf(endpoint, states);
  // The name is the business of dns.failed.
  if (connection === undefined) return [];
  const evidence = [endpointEvidence(probe), probeEvidence(probe)];
  const reached =
    connection.kind === 'accepted' &&
    (postgres === undefined || !['refused', 'timedOut', 'unreachable', 'notPostgres'].includes(postgres.kind));
  if (reached)
    return [
      refuted({
        target: endpoint.name,
        because: `${address} accepted a connection in ${Math.round(connection.durationMs)} ms`,
        evidence,
      }),
    ];

  const failing = users.some((state) => state.running || state.errors.length > 0 || state.everStarted);
  const elsewhere = serversElsewhere(probe, sockets, processes);
  const how =
    postgres?.kind === 'notPostgres'
      ? `${address} is not a PostgreSQL server`
      : connection.kind === 'refused'
        ? `refuses connections at ${address}: nothing listens there`
        : connection.kind === 'timedOut' || connection.kind === 'accepted'
          ? `does not answer at ${address}`
          : `cannot be reached at ${address}: ${connection.because}`;
  return [
    proved({
      target: endpoint.name,
      summary: `${endpoint.engine === 'postgres' ? 'PostgreSQL' : endpoint.name} ${how.startsWith(address) ? `is expected at ${address}, but ${how}` : how}${users.length > 0 ? `, and ${users.map((state) => state.service.name).join(', ')} needs it` : ''}`,
      confidence: failing ? 'proved' : 'likely',
      evidence: [...evidence, ...mentionEvidence(endpoint, states), ...lastWords(endpoint.engine, logs), ...elsewhere],
      fixes: startFix(probe),
    }),
  ];
}

/** A server of this kind that listens on another port: the address is wrong rather than the server down. */
function serversElsewhere(
  { endpoint }: EndpointProbe,
  sockets: readonly Listener[],
  processes: readonly ProcessFacts[],
): Evidence[] {
  const pattern = SERVER_PROCESS[endpoint.engine];
  if (!pattern) return [];
  return sockets
    .filter(
      (socket) =>
        socket.port !== endpoint.port &&
        pattern.test(processes.find((candidate) => candidate.pid === socket.pid)?.name ?? ''),
    )
    .slice(0, 2)
    .map((socket) => ({
      kind: 'listener' as const,
      source: socket.source,
      text: `a ${endpoint.engine} server listens on port ${socket.port} instead (pid ${socket.pid})`,
    }));
}

/** What the server's own log says last, when it lies in the workspace. */
function lastWords(engine: string, logs: readonly WorkspaceLog[]): Evidence[] {
  return logs
    .filter((log) => log.kind === engine)
    .flatMap((log) => {
      const last = log.records.findLast((record) =>
        /shut ?down|FATAL|PANIC|terminat|stopp|not start|could not/i.test(record.message),
      );
      return last && log.records.indexOf(last) >= log.records.length - 6
        ? [
            {
              kind: 'log' as const,
              source: `${log.file}:${last.line}`,
              text: last.message,
              ...(last.time ? { time: last.time.toISOString() } : {}),
            },
          ]
        : [];
    })
    .slice(0, 2);
}

function startFix({ endpoint }: EndpointProbe): Fix[] {
  if (endpoint.compose)
    return [
      {
        title: `Start ${endpoint.compose.name} with compose`,
        risk: 'execute',
        changes: [{ kind: 'command', argv: ['docker', 'compose', 'up', '-d', endpoint.compose.name] }],
        undo: true,
        verify: `${addressOf(endpoint)} accepts a connection.`,
      },
    ];
  if (endpoint.engine === 'postgres' && /^(?:localhost|127\.|::1)/.test(endpoint.host))
    return [
      {
        title: 'Start the PostgreSQL service of this machine',
        risk: 'execute',
        changes: [{ kind: 'command', argv: ['systemctl', 'start', 'postgresql'] }],
        undo: true,
        verify: `${addressOf(endpoint)} accepts a connection.`,
      },
    ];
  return [];
}
