import type { Fix } from '../../protocol/diagnosis.ts';
import type { PathState } from '../../systems/files/files.ts';
import type { Listener } from '../../systems/network/network.ts';
import { type Judgement, proved, refuted, unknown } from '../cause.ts';
import { logEvidence, variableEvidence } from '../evidence.ts';
import type { Denial } from '../observers/denials.ts';
import { modeText, stateText } from '../sqlite/sqliteText.ts';
import type { EnvFiles } from '../targets/serviceEnvironment.ts';
import { sourceText, type Variable } from '../targets/target.ts';

type Of<K extends Denial['kind']> = Extract<Denial, { kind: K }>;
const RULE = '/proc/sys/net/ipv4/ip_unprivileged_port_start';

export function judgePort(
  { state, entry, port, firstFree }: Of<'port'>,
  { files, sockets, times }: { files: EnvFiles; sockets: readonly Listener[]; times: ReadonlyMap<string, Date> },
): Judgement {
  const { service } = state;
  const target = service.name;
  const log = logEvidence(entry);
  if (firstFree === undefined)
    return unknown({
      target,
      because: `which ports need special rights is not told here (${RULE})`,
      next: `cat ${RULE}`,
    });
  const rule = { kind: 'host' as const, source: RULE, text: `${firstFree}: ports below it are root's` };
  if (port === undefined ? firstFree === 0 : port >= firstFree)
    return refuted({
      target,
      because: `every user may listen on ${port === undefined ? 'any port' : `port ${port}`} here`,
      evidence: [rule, log],
    });
  const declared = service.ports.find((each) => each.port === port);
  // Given another port after the complaint: that one decides.
  const isMoved =
    !declared && service.ports.some(({ at }) => (times.get(at.file)?.getTime() ?? 0) > entry.log.modifiedAt.getTime());
  if (isMoved) {
    const ports = service.ports.map((each) => each.port).join(', ');
    return refuted({ target, because: `${target} was given port ${ports} after that error`, evidence: [rule, log] });
  }
  const variable = service.environment.find(({ name }) => name === declared?.variable);
  return proved({
    target,
    // Which port it wants may show nowhere: the kernel refuses no other ones so.
    summary: `${target} may not listen on ${port === undefined ? 'its port' : `port ${port}`}: ports below ${firstFree} are for root alone`,
    evidence: [
      rule,
      log,
      ...(variable
        ? [variableEvidence(variable)]
        : declared
          ? [{ kind: 'config' as const, source: sourceText(declared.at), text: `${target} listens on ${port}` }]
          : []),
    ],
    advice: {
      sure: 'The kernel gives ports below this number only to programs with special rights, and the service was refused one.',
      first: `Let it listen on a port from ${firstFree} on, behind a proxy if ${port ?? 'the low one'} must be seen outside; or give the program cap_net_bind_service.`,
      verify: 'The service listens on its port.',
    },
    fixes:
      variable && port !== undefined ? movePort(target, port, Math.max(firstFree, 1024), variable, files, sockets) : [],
  });
}

/** 80 → 8080, 443 → 8443, others by 8000 more; the next that is free. */
function movePort(
  service: string,
  port: number,
  lowest: number,
  variable: Variable,
  files: EnvFiles,
  sockets: readonly Listener[],
): Fix[] {
  const { file, line } = variable.at;
  const before = files.get(file)?.lines[line - 1];
  if (before === undefined || !before.includes(String(port))) return [];
  let free = Math.max(lowest, port === 80 ? 8080 : 8000 + port);
  while (sockets.some((socket) => socket.port === free)) free++;
  return [
    {
      title: `Let ${service} listen on ${free}`,
      risk: 'write',
      changes: [{ kind: 'edit', file, line, before, after: before.replace(String(port), String(free)) }],
      undo: true,
      verify: `Start ${service}; it listens on ${free}.`,
    },
  ];
}

export function judgeSocket({ state, entry, path, socket }: Of<'socket'>): Judgement[] {
  const target = state.service.name;
  const log = logEvidence(entry);
  const uid = state.processes[0]?.uid;
  const source = { kind: 'filesystem' as const, source: path, text: stateText(socket) };
  // That it is not there at all is another trouble.
  if (!('mode' in socket)) return [];
  if (mayUseSocket(socket, uid))
    return [
      refuted({
        target,
        because: `${uid === undefined ? 'everybody' : `uid ${uid}`} may use ${path} (${stateText(socket)})`,
        evidence: [source, log],
      }),
    ];
  return [
    proved({
      target,
      confidence: uid === undefined ? 'likely' : 'proved',
      summary: `${target} may not use the container engine's socket ${path}: its mode ${modeText(socket.mode)} lets in uid ${socket.uid} and group ${socket.gid}${uid === undefined ? '' : `, and ${target} runs as uid ${uid}`}`,
      evidence: [source, log],
      advice: {
        sure: "The kernel refused the socket to the service, and the socket's mode and owner say whom it lets in.",
        first: `Add the service's user to the group ${socket.gid} and start the service in a new session (that group is as mighty as root), or give the service an engine of its own, without root.`,
        verify: 'The same user can run docker version, and the service reaches the engine.',
      },
    }),
  ];
}

/** A group of the service is not known: its members are told by the kernel's answer alone. */
export function mayUseSocket(socket: Extract<PathState, { mode: number }>, uid: number | undefined): boolean {
  const { mode, uid: owner } = socket;
  return uid === 0 || (mode & 0o6) === 0o6 || (uid === owner && (mode & 0o600) === 0o600);
}
