import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { Listener } from '../../../systems/network/network.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { containerEvidence } from '../../containerText.ts';
import { clip, codeEvidence, failingCode, logEvidence } from '../../evidence.ts';
import { type HealthAnswer, healthAnswers } from '../../observers/healthAnswers.ts';
import { listeners } from '../../observers/machine.ts';
import { type ProxyState, proxyFronts } from '../../observers/proxyStates.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { sourceFacts } from '../../observers/workspaceFiles.ts';
import type { SourceFacts } from '../../source/sourceFacts.ts';
import { sourceText } from '../../targets/target.ts';

/** A log that ended longer ago, while others of the workspace run, tells of a service that was put away. */
const RECENT_MS = 12 * 3_600_000;
/** With nothing else running, only a log that ended just now tells of a service that one misses: Ctrl-C leaves no word either. */
const JUST_NOW_MS = 15 * 60_000;
/** A job that says that its work is done ended by itself; a server says so of every request. */
const FINISHED =
  /\b(?:done|finished|completed?|success(?:ful(?:ly)?)?|processed|imported|exported|sent|exiting|nothing to do)\b/i;

export const serviceDown = defineCause({
  id: 'service.down',
  category: 'startup',
  summary: 'The service is meant to run and does not, or it runs and says itself that it cannot serve',
  advice: {
    sure: 'No process of the service is there, or its own health route says that it cannot serve.',
    first: 'Read the findings above this one: they say why. With none, start it by hand and read its first error.',
    verify: 'Its process runs, listens on its port, and its log shows normal work.',
  },
  needs: { states: serviceStates, sockets: listeners, source: sourceFacts, health: healthAnswers, fronts: proxyFronts },
  explains: ['network.refused', 'proxy.upstream-down'],
  judge: ({ states, sockets, source, health, fronts }) =>
    states.flatMap((state) =>
      state.running
        ? judgeRunning(
            state,
            health.filter((answer) => answer.service === state.service.name),
          )
        : judgeAbsent(state, states, sockets, source, missedBy(state, states, fronts)),
    ),
});

/** Who runs, needs the service and complains now. */
function missedBy(
  { service }: ServiceState,
  states: readonly ServiceState[],
  fronts: readonly ProxyState[],
): { name: string; entry: LogEntry | undefined }[] {
  const needs = ({ dependsOn }: { dependsOn: readonly { target: string }[] }): boolean =>
    dependsOn.some(({ target }) => target === service.name);
  return [
    ...states
      .filter((other) => other.running && other.errors.length > 0 && needs(other.service))
      .map((other) => ({ name: other.service.name, entry: other.errors.at(-1) })),
    ...fronts
      .filter((front) => front.running && needs(front.target))
      .flatMap(({ target, upstreams, errors }) => {
        const probes = upstreams.filter(
          ({ at, port }) =>
            service.ports.some((declared) => declared.port === port) ||
            target.dependsOn.some((edge) => edge.target === service.name && edge.source === sourceText(at)),
        );
        const entry = errors.findLast(
          ({ recent, recovered, kind, upstream }) =>
            recent &&
            !recovered &&
            kind === 'refused' &&
            probes.some(
              ({ host, port, connection }) =>
                connection !== undefined &&
                connection.kind !== 'accepted' &&
                (upstream === host || upstream?.endsWith(`:${port}`)),
            ),
        );
        return entry ? [{ name: target.name, entry }] : [];
      }),
  ];
}

function judgeRunning(
  { service, listeners: own, processes: [process], container }: ServiceState,
  health: readonly HealthAnswer[],
): Judgement[] {
  const running: Evidence =
    process === undefined && container
      ? containerEvidence(container)
      : { kind: 'process', source: `/proc/${process?.pid}`, text: clip(process?.argv.join(' ') ?? '') };
  const failing = health.find(({ answer }) => answer.kind === 'answered' && answer.status >= 500);
  if (failing?.answer.kind === 'answered') {
    const { url, route, answer } = failing;
    return [
      proved({
        target: service.name,
        summary: `${service.name} runs, but its own health route ${route.path} answers ${answer.status}`,
        evidence: [
          { kind: 'probe', source: url, text: clip(`${answer.status} ${answer.body}`) },
          codeEvidence(route),
          running,
        ],
      }),
    ];
  }
  const well = health.find(({ answer }) => answer.kind === 'answered' && answer.status < 400);
  const at = own[0];
  const who = process ? `${process.name} (pid ${process.pid})` : `its container ${container?.name}`;
  const because = `${who} runs${at ? ` and listens on ${at.port}` : ''}`;
  return [
    refuted({
      target: service.name,
      because:
        well?.answer.kind === 'answered' ? `${because}; ${well.route.path} answers ${well.answer.status}` : because,
      evidence: [running],
    }),
  ];
}

function judgeAbsent(
  state: ServiceState,
  states: readonly ServiceState[],
  sockets: readonly Listener[],
  source: SourceFacts,
  needing: readonly { name: string; entry: LogEntry | undefined }[],
): Judgement[] {
  const { service } = state;
  // Inside a container its process cannot be told from here; the engine's own view comes with its observers.
  if (service.compose && !state.everStarted) return [];
  // The engine knows more of its end: container.exited and its kin judge that.
  if (state.container) return [];
  if (state.holders.some(({ process }) => process !== undefined && /^(?:docker-proxy|rootlessport)/.test(process.name)))
    return [];

  const evidence: Evidence[] = [
    { kind: 'process', source: 'running processes', text: `no process runs ${service.command?.text ?? service.name}` },
  ];
  for (const { port, at } of service.ports)
    if (!sockets.some((socket) => socket.port === port))
      evidence.push({ kind: 'listener', source: sourceText(at), text: `nothing listens on ${port}` });
  const lastError = state.crashes.at(-1) ?? state.errors.at(-1);
  if (lastError || needing.length > 0) {
    const code = lastError ? failingCode(lastError, source) : undefined;
    const why = lastError
      ? `; its last words: ${clip(lastError.record.message, 140)}`
      : `, and ${needing.map(({ name }) => name).join(', ')} needs it`;
    return [
      proved({
        target: service.name,
        summary: `${service.name} does not run${why}`,
        evidence: [
          ...(lastError ? [logEvidence(lastError)] : []),
          ...(code ? [codeEvidence(code)] : []),
          ...needing.flatMap(({ entry }) => (entry ? [logEvidence(entry)] : [])),
          ...evidence,
        ],
      }),
    ];
  }
  if (!state.everStarted)
    return [
      unknown({
        target: service.name,
        because: 'it does not run, and nothing shows that it was started',
        next: `start ${service.name}, then diagnose again`,
      }),
    ];

  const newest = [...state.logs].sort((a, b) => b.log.modifiedAt.getTime() - a.log.modifiedAt.getTime())[0];
  const last = newest?.log.records.at(-1);
  if (!newest || !last || newest.state.stoppedOrderly) return [];
  const time = newest.state.lastTime ?? newest.log.modifiedAt;
  if (service.ports.length === 0 && FINISHED.test(last.message)) return [];
  const limit = states.some((other) => other.running) ? RECENT_MS : JUST_NOW_MS;
  if (Date.now() - time.getTime() > limit)
    return [
      unknown({
        target: service.name,
        because: `it does not run; its log ends on ${time.toISOString()} with no error`,
        next: `start ${service.name}, then diagnose again`,
      }),
    ];
  return [
    proved({
      target: service.name,
      confidence: 'likely',
      summary: `${service.name} does not run any more: its log ends with no error and no shutdown`,
      evidence: [logEvidence({ log: newest.log, record: last }), ...evidence],
    }),
  ];
}
