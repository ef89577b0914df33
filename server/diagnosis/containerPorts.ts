import type { Evidence, Fix } from '../protocol/diagnosis.ts';
import type { Listener } from '../systems/network/network.ts';
import type { ProcessFacts } from '../systems/process/processes.ts';
import { type Judgement, proved, refuted } from './cause.ts';
import { containerEvidence, isUp } from './containerText.ts';
import { holderEvidence } from './evidence.ts';
import type { WorkspaceContainers } from './observers/containers.ts';
import type { ContainerTarget } from './observers/containerTargets.ts';
import { sourceText } from './targets/target.ts';

/** What the engine says when it cannot publish a port: its own table, or the kernel's. */
const NOT_PUBLISHED = /port is already allocated|address already in use|ports are not available/i;
const PORT = /:(\d{2,5})(?: failed)?: (?:port|bind|listen|address)|(?:for|tcp4?|tcp6) [^\s]{0,60}:(\d{2,5})\b/i;

/** A container that the engine could not start because its host port was taken. */
export function judgePublishedPort(
  { name, compose, container }: ContainerTarget,
  sockets: readonly Listener[],
  processes: readonly ProcessFacts[],
  engine: WorkspaceContainers,
): Judgement[] {
  if (isUp(container) || !NOT_PUBLISHED.test(container.error)) return [];
  const said = PORT.exec(container.error);
  const port = Number(said?.[1] ?? said?.[2] ?? container.ports[0]?.host);
  if (!(port > 0)) return [];
  const declared = compose.ports.find(({ published }) => published === port);
  const config: Evidence[] = declared
    ? [{ kind: 'config', source: sourceText(declared.at), text: `${compose.name} publishes port ${port}` }]
    : [];
  const other = [...engine.list, ...engine.others].find(
    (candidate) =>
      candidate.id !== container.id &&
      ('running' in candidate ? candidate.running : isUp(candidate)) &&
      candidate.ports.some(({ host }) => host === port),
  );
  const socket = sockets.find((candidate) => candidate.port === port);
  const start: Fix['changes'] = [{ kind: 'container', action: 'start', container: container.name }];
  const verify = `${container.name} is up and publishes port ${port}.`;
  if (other) {
    const origin = other.compose ? ` of the project ${other.compose.project}` : '';
    return [
      proved({
        target: name,
        summary: `Port ${port} is published by the container ${other.name}${origin}, so the container of ${name} cannot be started`,
        evidence: [
          { kind: 'container', source: `docker ps`, text: `${other.name} (${other.image}) publishes ${port}` },
          containerEvidence(container),
          ...config,
        ],
        fixes: [
          {
            title: `Stop ${other.name} and start ${container.name}`,
            risk: 'execute',
            changes: [{ kind: 'container', action: 'stop', container: other.name }, ...start],
            undo: true,
            verify,
          },
        ],
      }),
    ];
  }
  if (!socket)
    return [
      refuted({
        target: name,
        because: `port ${port} was taken when the engine tried to start ${container.name}; nothing listens on it now`,
        evidence: [containerEvidence(container), ...config],
      }),
    ];
  const process = processes.find(({ pid }) => pid === socket.pid);
  const who = process ? `${process.name} (pid ${process.pid})` : 'a process of another user';
  const holder = { port: { port, at: compose.at, variable: undefined }, listener: socket, process };
  return [
    proved({
      target: name,
      summary: `Port ${port} is held by ${who}, so the container of ${name} cannot be started`,
      evidence: [holderEvidence(holder), containerEvidence(container), ...config],
      fixes: process
        ? [
            {
              title: `Stop ${process.name} (pid ${process.pid}) and start ${container.name}`,
              risk: 'execute',
              changes: [{ kind: 'command', argv: ['kill', '-TERM', String(process.pid)] }, ...start],
              undo: false,
              verify,
            },
          ]
        : [],
    }),
  ];
}
