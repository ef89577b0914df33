import path from 'node:path';
import type { ContainerFacts } from '../../../systems/docker/docker.ts';
import type { PathState } from '../../../systems/files/files.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { containerEvidence } from '../../containerText.ts';
import { logEvidence } from '../../evidence.ts';
import { defineObserver, type Observation } from '../../observer.ts';
import { type ContainerTarget, containerTargets } from '../../observers/containerTargets.ts';
import type { LogEntry } from '../../observers/serviceStates.ts';
import { sourceText } from '../../targets/target.ts';

interface Denied {
  target: ContainerTarget;
  entry: LogEntry;
  mount: ContainerTarget['container']['mounts'][number];
  source: PathState;
  /** Whom the container runs as; undefined when only its image knows and does not tell. */
  user: { uid: number; gid: number | undefined } | undefined;
}

const DENIED = /EACCES|EPERM|EROFS|[Pp]ermission denied|[Rr]ead-only file system|Operation not permitted/;
const DATA_DIRECTORY = /\/[\w./-]{2,200}/g;

/** Mounts that a container's complaint is about, with what the host knows of their source. */
const deniedMounts = defineObserver<Denied[]>({
  id: 'volume-permission.mounts',
  label: 'mounts that containers may not use',
  timeoutMs: 17_000,
  observe: async (run) => {
    const { systems, use } = run;
    const targets = await use(containerTargets);
    const found = targets.flatMap((target) => {
      const entry = entriesOf(target).findLast(({ record }) => DENIED.test(record.text));
      if (!entry) return [];
      const paths = entry.record.text.match(DATA_DIRECTORY) ?? [];
      const mount = target.container.mounts.find(({ destination }) =>
        paths.some((place) => place === destination || place.startsWith(`${destination}/`)),
      );
      return mount ? [{ target, entry, mount }] : [];
    });
    return Promise.all(
      found.map(async (denied) => ({
        ...denied,
        source: await systems.files.state(denied.mount.hostPath),
        user: await userOf(denied.target.container, run),
      })),
    );
  },
});

const USERS_MS = 1_500;

/** Numbers as they are; a name means what the container's own /etc/passwd says. */
async function userOf({ id, user }: ContainerFacts, { systems, signal }: Observation): Promise<Denied['user']> {
  const [name = '', group] = user.split(':');
  const gid = group !== undefined && /^\d+$/.test(group) ? Number(group) : undefined;
  if (/^\d+$/.test(name)) return { uid: Number(name), gid };
  // An image that names nobody starts as root, and often goes on as somebody else.
  if (name === '' || name === 'root') return undefined;
  const answer = await systems.docker.users(id, { timeoutMs: USERS_MS, signal });
  const found = answer.kind === 'ready' ? answer.value.get(name) : undefined;
  return found && { uid: found.uid, gid: gid ?? found.gid };
}

export const volumePermission = defineCause({
  id: 'volume.permission',
  category: 'startup',
  summary: 'The user inside the container may not use what is mounted into it',
  advice: {
    sure: 'The container’s own error names a path on the mount, and the owner and mode of its source forbid that to its user.',
    first: 'Give the source to the user that the container runs as, or run the container as the owner.',
    verify: 'The container starts and writes there.',
  },
  needs: { denied: deniedMounts },
  explains: [
    'container.exited',
    'container.restarting',
    'container.unhealthy',
    'service.down',
    'process.crash-loop',
    'file.permission',
    'database.unreachable',
    'network.refused',
  ],
  judge: ({ denied }) => denied.map(judgeMount),
});

function judgeMount({ target, entry, mount, source, user }: Denied): Judgement {
  const { name, container, compose } = target;
  const declared = compose.mounts.find(({ target: place }) => place === mount.destination);
  const evidence = [
    logEvidence(entry),
    {
      kind: 'container' as const,
      source: `docker inspect ${container.name}`,
      text: `${mount.kind} ${mount.source} → ${mount.destination}${mount.writable ? '' : ' (read-only)'}, user ${container.user || 'of the image'}`,
    },
    ...(declared
      ? [
          {
            kind: 'config' as const,
            source: sourceText(declared.at),
            text: `mounted at ${mount.destination}${declared.readOnly ? ', read-only' : ''}`,
          },
        ]
      : []),
    containerEvidence(container),
  ];
  if (!mount.writable)
    return proved({
      target: name,
      summary: `${name} writes below ${mount.destination}, which is mounted read-only into its container`,
      evidence,
    });
  const seen = 'mode' in source ? source : undefined;
  const state = seen && `owner ${seen.uid}:${seen.gid}, mode ${(seen.mode & 0o7777).toString(8).padStart(4, '0')}`;
  const place = { kind: 'filesystem' as const, source: mount.hostPath, text: state ?? '' };
  if (!seen || !state)
    return unknown({
      target: name,
      because: `${name} is denied ${mount.destination}, and the owner of the ${mount.kind} ${mount.source} cannot be seen from here`,
      next: `docker exec ${container.name} ls -ldn ${mount.destination}`,
    });
  if (user === undefined)
    return (seen.mode & 0o002) === 0
      ? proved({
          target: name,
          summary: `${name} is denied ${mount.destination}: what is mounted there has ${state}, and the image goes on as another user than root`,
          confidence: 'likely',
          evidence: [place, ...evidence],
        })
      : unknown({
          target: name,
          because: `${name} is denied ${mount.destination} although everybody may write there (${state}), and the user that its image runs as is not known`,
          next: `docker exec ${container.name} id`,
        });
  const { uid, gid } = user;
  const shift = seen.uid === uid ? 6 : seen.gid === gid ? 3 : 0;
  if (uid === 0 || ((seen.mode >> shift) & 0o3) === 0o3)
    return refuted({
      target: name,
      because: `uid ${uid} may write to ${mount.source}: ${state}`,
      evidence: [place, ...evidence],
    });
  const owner = `${uid}:${gid ?? uid}`;
  return proved({
    target: name,
    summary: `${name} runs as uid ${uid} and may not write to the ${mount.kind} ${path.basename(mount.source)}, mounted at ${mount.destination}: ${state}`,
    evidence: [place, ...evidence],
    fixes: [
      {
        title: `Give ${path.basename(mount.source)} to ${owner}`,
        risk: 'admin',
        changes: [
          {
            kind: 'command',
            argv: ['chown', owner, mount.hostPath],
            undo: ['chown', `${seen.uid}:${seen.gid}`, mount.hostPath],
          },
        ],
        undo: true,
        verify: `Start ${container.name}: it writes below ${mount.destination}.`,
      },
    ],
  });
}

function entriesOf({ state, logs }: ContainerTarget): LogEntry[] {
  if (state) return [...state.errors, ...state.warnings, ...state.crashes];
  // Databases and caches: their own words, as far as they end their log.
  return logs.flatMap((log) => log.records.slice(-6).map((record) => ({ log, record })));
}
