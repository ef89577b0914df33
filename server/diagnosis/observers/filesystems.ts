import path from 'node:path';
import type { Filesystem } from '../../systems/host/host.ts';
import { defineObserver } from '../observer.ts';
import { type ServiceState, serviceStates } from './serviceStates.ts';
import { services } from './targets.ts';

/** A filesystem that services of the workspace use, with the paths that led to it. */
export interface UsedFilesystem {
  filesystem: Filesystem;
  /** Absolute paths on it that the workspace, a variable or an error names. */
  paths: string[];
}

const NO_SPACE_PATH: readonly RegExp[] = [
  /(?:ENOSPC|EDQUOT)[^\n]*'([^']+)'/,
  /\[Errno (?:28|122)\][^\n]*['"]([^'"]+)['"]/,
  /\b(?:write|open|mkdir|create) ([^\s:]+): no space left on device/i,
];

export const NO_SPACE =
  /ENOSPC|no space left on device|\[Errno 28\]|disk (?:is )?full|Disk quota exceeded|could not (?:write|extend)[^\n]*No space/i;
/** The kernel says ENOSPC also when its table of file watchers is full; the disk has nothing to do with it. */
export const WATCHERS = /file watchers|inotify|max_user_watches/i;

/** The workspace's own filesystem, mounts below it, the temporary folder, and those that variables and errors point at. */
export const usedFilesystems = defineObserver<UsedFilesystem[]>({
  id: 'host.filesystems',
  label: 'disks',
  timeoutMs: 3_000,
  observe: async ({ systems, workspace, environment, signal, use }) => {
    const [list, states, mounts] = await Promise.all([
      use(services),
      use(serviceStates).catch((): ServiceState[] => []),
      systems.host.mountsBelow(workspace, signal),
    ]);
    const fromVariables = list.flatMap((service) =>
      service.environment
        .filter(
          ({ name, value }) =>
            /(?:DIR|PATH|FOLDER|ROOT|HOME|STORAGE|UPLOADS?|VOLUME|FILE|TMP|TEMP|CACHE|SPOOL|DATA)$/.test(name) &&
            /^[./~\w-]*\/?[\w./-]+$/.test(value) &&
            !value.includes('://'),
        )
        .map(({ value }) => path.resolve(workspace, service.folder, value)),
    );
    const fromErrors = states.flatMap((state) =>
      state.errors.flatMap(({ record }) =>
        NO_SPACE_PATH.flatMap((pattern) => pattern.exec(record.text)?.[1] ?? []).map((written) =>
          path.resolve(workspace, state.service.folder, written),
        ),
      ),
    );
    const temporary = environment.TMPDIR ?? '/tmp';
    const paths = [...new Set([workspace, ...mounts, ...fromVariables, ...fromErrors, temporary])].slice(0, 40);
    const byMount = new Map<string, UsedFilesystem>();
    await Promise.all(
      paths.map(async (place) => {
        const filesystem = await systems.host.filesystemOf(place, signal).catch(() => undefined);
        if (!filesystem) return;
        const known = byMount.get(filesystem.mountPoint);
        if (known) known.paths.push(place);
        else byMount.set(filesystem.mountPoint, { filesystem, paths: [place] });
      }),
    );
    return [...byMount.values()].sort((a, b) => (a.filesystem.mountPoint < b.filesystem.mountPoint ? -1 : 1));
  },
});
