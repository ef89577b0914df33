import path from 'node:path';
import type { PathState } from '../../systems/files/files.ts';
import type { Filesystem } from '../../systems/host/host.ts';
import type { SqliteAnswer } from '../../systems/sqlite/sqlite.ts';
import { type Complaint, complaintOf } from '../endpointComplaint.ts';
import { defineObserver, type Observation } from '../observer.ts';
import type { EndpointTarget } from '../targets/target.ts';
import { type LastingLocks, lookAtLocks } from './lastingLocks.ts';
import { serviceStates } from './serviceStates.ts';
import { endpoints } from './targets.ts';
import { listing } from './workspaceFiles.ts';

/** What a service's log says of its database file, by kind of trouble. */
export type SqliteTrouble = 'corrupt' | 'locked' | 'readOnly' | 'cannotOpen' | 'noTable';

const SAYS: Readonly<Record<SqliteTrouble, RegExp>> = {
  corrupt: /SQLITE_CORRUPT|SQLITE_NOTADB|database disk image is malformed|file is (?:encrypted or is )?not a database/i,
  locked: /SQLITE_BUSY|SQLITE_LOCKED|database (?:table |schema )?is locked/i,
  readOnly: /SQLITE_READONLY|attempt to write a readonly database/i,
  // better-sqlite3 looks after the folder itself.
  cannotOpen:
    /SQLITE_CANTOPEN|unable to open (?:the )?database file|cannot open database because|Unable to open the database/i,
  noTable: /no such table: \S/i,
};

/** One SQLite file that services of the workspace use. */
export interface SqliteFile {
  endpoint: EndpointTarget;
  /** Absolute. */
  path: string;
  answer: SqliteAnswer;
  complaints: Partial<Record<SqliteTrouble, Complaint>>;
  file: PathState;
  folder: PathState;
  /** Folders on the way to it that do not exist, outermost first, relative to the workspace; none outside of it. */
  missingFolders: string[];
  /** Other files of the workspace with the same name, where this one is missing or empty. */
  namesakes: string[];
  filesystem: Filesystem | undefined;
  /** Undefined where nobody complains of a lock, or the platform does not tell. */
  locks: LastingLocks | undefined;
}

/** Every SQLite file that the workspace names: its header; and what errors call for, its integrity, its locks and its modes. */
export const sqliteFiles = defineObserver<SqliteFile[]>({
  id: 'endpoints.sqlite-files',
  label: 'SQLite databases',
  timeoutMs: 17_000,
  observe: async (run) => {
    const list = (await run.use(endpoints)).filter(({ engine }) => engine === 'sqlite');
    return list.length === 0 ? [] : Promise.all(list.map((endpoint) => look(endpoint, run)));
  },
});

async function look(endpoint: EndpointTarget, run: Observation): Promise<SqliteFile> {
  const { systems, workspace, signal, use } = run;
  const states = await use(serviceStates);
  const place = path.resolve(workspace, endpoint.database ?? '');
  const complaints: SqliteFile['complaints'] = {};
  for (const [trouble, pattern] of Object.entries(SAYS) as [SqliteTrouble, RegExp][]) {
    const complaint = complaintOf(endpoint, states, pattern);
    if (complaint) complaints[trouble] = complaint;
  }
  const isTroubled = Object.keys(complaints).length > 0;
  const [answer, file, folder, filesystem, locks] = await Promise.all([
    systems.sqlite.inspect(place, { check: complaints.corrupt !== undefined, signal }),
    systems.files.state(place),
    systems.files.state(path.dirname(place)),
    isTroubled ? systems.host.filesystemOf(place, signal).catch(() => undefined) : undefined,
    complaints.locked ? lookAtLocks(place, run) : undefined,
  ]);
  const isGone = isTroubled && (answer.kind === 'absent' || answer.kind === 'empty');
  return {
    endpoint,
    path: place,
    answer,
    complaints,
    file,
    folder,
    missingFolders: isGone && folder.kind === 'absent' ? await missingOnTheWay(place, run) : [],
    namesakes: isGone ? await namesakesOf(place, run) : [],
    filesystem,
    locks,
  };
}

async function missingOnTheWay(place: string, { systems, workspace }: Observation): Promise<string[]> {
  const parts = path.relative(workspace, path.dirname(place)).split(path.sep);
  if (parts[0] === '..' || path.isAbsolute(parts[0] ?? '')) return [];
  const ways = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const states = await Promise.all(ways.map((way) => systems.files.state(path.join(workspace, way))));
  return ways.filter((_, index) => states[index]?.kind === 'absent');
}

async function namesakesOf(place: string, { systems, workspace, use }: Observation): Promise<string[]> {
  const { files } = await use(listing);
  const same = files.filter(
    (file) => path.posix.basename(file) === path.basename(place) && path.join(workspace, file) !== place,
  );
  const states = await Promise.all(same.slice(0, 4).map((file) => systems.files.state(path.join(workspace, file))));
  return same.filter((_, index) => {
    const state = states[index];
    return state?.kind === 'file' && state.size > 0;
  });
}
