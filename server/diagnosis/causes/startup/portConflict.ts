import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { Listener } from '../../../systems/network/network.ts';
import type { ProcessFacts } from '../../../systems/process/processes.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { judgePublishedPort } from '../../containerPorts.ts';
import { holderEvidence, logEvidence, variableEvidence } from '../../evidence.ts';
import { containers } from '../../observers/containers.ts';
import { containerTargets } from '../../observers/containerTargets.ts';
import { envFileTimes } from '../../observers/envFileTimes.ts';
import { listeners, processList } from '../../observers/machine.ts';
import { proxyFronts } from '../../observers/proxyStates.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { envFiles } from '../../observers/workspaceFiles.ts';
import { judgeProxyPort } from '../../proxyPort.ts';
import type { EnvFiles } from '../../targets/serviceEnvironment.ts';
import { sourceText } from '../../targets/target.ts';

const IN_USE =
  /EADDRINUSE|address already in use|Address in use|port (?:\d+ )?(?:is|was) already (?:in use|allocated)|Port \d+ is in use|Connection in use|AddrInUse|WinError 10048|Only one usage of each socket address/i;
const PORT_IN_MESSAGE: readonly RegExp[] = [
  /EADDRINUSE[^\n]*?:(\d{2,5})\b/,
  /\bport[:=]? ?['"]?(\d{2,5})\b/i,
  /\('[^']*', (\d{2,5})\)/,
  /(?:\d+\.\d+\.\d+\.\d+|\[::\d?\]|localhost|listen tcp [^\s:]*):(\d{2,5})\b/,
  /[\s:](\d{4,5})\b(?=[^\n]*in use)/,
];

export const portConflict = defineCause({
  id: 'port.conflict',
  category: 'startup',
  summary: 'Another process already listens on the port that the service needs',
  advice: {
    sure: "Another process holds the port now, and the service's own log says that it could not have it.",
    first: 'Look at who holds the port: stop it if it should not be there, else give the service another port.',
    verify: 'The service listens on its port, and its log shows no further complaint.',
  },
  needs: {
    states: serviceStates,
    sockets: listeners,
    processes: processList,
    envFiles,
    times: envFileTimes,
    engine: containers,
    inContainers: containerTargets,
    fronts: proxyFronts,
  },
  explains: [
    'service.down',
    'process.crash-loop',
    'network.refused',
    'container.exited',
    'container.restarting',
    // The name of a database leads to whoever holds its port: another server, with other users.
    'database.unreachable',
    'database.auth-failed',
    'database.missing',
    'cache.unreachable',
    'cache.auth-failed',
  ],
  judge: ({ states, sockets, processes, envFiles: files, times, engine, inContainers, fronts }) => {
    const published = inContainers.flatMap((target) => judgePublishedPort(target, sockets, processes, engine));
    const judged = new Set(published.map(({ target }) => target));
    return [
      ...published,
      ...fronts.flatMap((front) => judgeProxyPort(front, sockets, processes)),
      ...states
        .filter(({ service }) => !judged.has(service.name))
        .flatMap((state) => judgeService(state, sockets, processes, files, times)),
    ];
  },
});

function judgeService(
  state: ServiceState,
  sockets: readonly Listener[],
  processes: readonly ProcessFacts[],
  files: EnvFiles,
  times: ReadonlyMap<string, Date>,
): Judgement[] {
  const { service } = state;
  const complaint = state.errors.findLast(({ record }) => IN_USE.test(record.text));
  const complained = complaint ? portOf(complaint) : undefined;
  // Given another port after the complaint: that one decides.
  const moved =
    complaint !== undefined &&
    service.ports.length > 0 &&
    service.ports.every(
      ({ port, at }) =>
        port !== complained && (times.get(at.file)?.getTime() ?? 0) > complaint.log.modifiedAt.getTime(),
    );
  const fromLog = moved ? undefined : complained;
  const ports = fromLog === undefined ? service.ports.map(({ port }) => port) : [fromLog];
  // A service that runs and listens has its port; an old complaint in its log is over.
  if (state.running && (!complaint || state.listeners.some((listener) => ports.includes(listener.port)))) {
    const listens = complaint && state.listeners.find((listener) => ports.includes(listener.port));
    const secondStart = complaint !== undefined && listens !== undefined && endsWith(state, complaint);
    if (!listens || !secondStart) return [];
  }

  const judgements: Judgement[] = [];
  for (const port of ports) {
    const onPort = sockets.filter((socket) => socket.port === port);
    const listener = onPort.find(({ pid }) => !state.processes.some((candidate) => candidate.pid === pid)) ?? onPort[0];
    if (!listener) continue;
    const process = processes.find((candidate) => candidate.pid === listener.pid);
    if (isStandIn(process, state)) continue;
    // Its own words decide. Without a complaint the holder is a suspicion before the first start, and none after one.
    if (!complaint && state.everStarted) {
      judgements.push(
        unknown({
          target: service.name,
          because: `port ${port} is held by ${process?.name ?? 'another process'}, but the log of ${service.name} does not complain of it`,
          next: `start ${service.name} once its own error is repaired`,
        }),
      );
      continue;
    }
    const own = state.processes.some((candidate) => candidate.pid === listener.pid);
    const declared = service.ports.find((candidate) => candidate.port === port);
    const holder = {
      port: declared ?? { port, at: service.command?.at ?? { file: '', line: 1 }, variable: undefined },
      listener,
      process,
    };
    const variable = service.environment.find((candidate) => candidate.name === declared?.variable);
    const evidence: Evidence[] = [holderEvidence(holder)];
    if (complaint) evidence.push(logEvidence(complaint));
    if (variable) evidence.push(variableEvidence(variable));
    else if (declared)
      evidence.push({ kind: 'config', source: sourceText(declared.at), text: `${service.name} listens on ${port}` });
    const who = process
      ? `${process.name} (pid ${process.pid})`
      : listener.pid === undefined
        ? 'a process of another user'
        : `pid ${listener.pid}`;
    judgements.push(
      proved({
        target: service.name,
        summary: own
          ? `Port ${port} is held by ${who}, an earlier start of ${service.name} itself, so a second one cannot bind it`
          : `Port ${port} is held by ${who}, so ${service.name} cannot bind it`,
        confidence: complaint ? 'proved' : 'likely',
        evidence,
        fixes: [...moveFix(service.name, port, variable, sockets, files), ...stopFix(process, port)],
      }),
    );
  }
  if (judgements.length === 0 && !state.running && ports.length > 0) {
    judgements.push(
      refuted({
        target: service.name,
        because: `nothing else listens on ${ports.join(', ')}`,
        evidence: [
          {
            kind: 'listener',
            source: sockets[0]?.source ?? 'listening sockets',
            text: `no listener on ${ports.join(', ')}`,
          },
        ],
      }),
    );
  }
  return judgements;
}

function portOf({ record }: LogEntry): number | undefined {
  const line = record.text.split('\n').find((candidate) => IN_USE.test(candidate)) ?? record.message;
  for (const text of [line, record.text]) {
    for (const pattern of PORT_IN_MESSAGE) {
      const port = Number(pattern.exec(text)?.[1]);
      if (port > 0 && port <= 65_535) return port;
    }
  }
  return undefined;
}

function endsWith(state: ServiceState, entry: LogEntry): boolean {
  return state.logs.some(({ log }) => log === entry.log && log.records.at(-1) === entry.record);
}

/** The port of a compose service is published by the engine's own proxy: that is the service itself. */
function isStandIn(process: ProcessFacts | undefined, state: ServiceState): boolean {
  return (
    state.service.compose !== undefined &&
    process !== undefined &&
    /^(?:docker-proxy|rootlessport|conmon|slirp4netns|pasta)/.test(process.name)
  );
}

function moveFix(
  service: string,
  port: number,
  variable: { name: string; at: { file: string; line: number } } | undefined,
  sockets: readonly Listener[],
  files: EnvFiles,
): Fix[] {
  const before = variable ? files.get(variable.at.file)?.lines[variable.at.line - 1] : undefined;
  if (!variable || before === undefined) return [];
  let free = port + 1;
  while (sockets.some((socket) => socket.port === free)) free++;
  return [
    {
      title: `Let ${service} listen on ${free}`,
      risk: 'write',
      changes: [
        {
          kind: 'edit',
          file: variable.at.file,
          line: variable.at.line,
          before,
          after: before.replace(String(port), String(free)),
        },
      ],
      undo: true,
      verify: `Start ${service}; it listens on ${free}, and its log shows no EADDRINUSE.`,
    },
  ];
}

function stopFix(process: ProcessFacts | undefined, port: number): Fix[] {
  if (!process) return [];
  return [
    {
      title: `Stop ${process.name} (pid ${process.pid})`,
      risk: 'execute',
      changes: [{ kind: 'command', argv: ['kill', '-TERM', String(process.pid)] }],
      undo: false,
      verify: `Nothing listens on ${port} any more.`,
    },
  ];
}
