import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PathState } from '../../systems/files/files.ts';
import type { Filesystem } from '../../systems/host/host.ts';
import type { ProcessFacts } from '../../systems/process/processes.ts';
import type { LockHolder, SqliteAnswer } from '../../systems/sqlite/sqlite.ts';
import { type Complaint, complaintOf } from '../endpointComplaint.ts';
import { defineObserver, type Observation } from '../observer.ts';
import type { EndpointTarget } from '../targets/target.ts';
import { processList } from './machine.ts';
import { serviceStates } from './serviceStates.ts';
import { endpoints } from './targets.ts';

/** What a service's log says of its database file, by kind of trouble. */
export type SqliteTrouble = 'corrupt' | 'locked' | 'readOnly' | 'cannotOpen';

const SAYS: Readonly<Record<SqliteTrouble, RegExp>> = {
  corrupt: /SQLITE_CORRUPT|SQLITE_NOTADB|database disk image is malformed|file is (?:encrypted or is )?not a database/i,
  locked: /SQLITE_BUSY|SQLITE_LOCKED|database (?:table |schema )?is locked/i,
  readOnly: /SQLITE_READONLY|attempt to write a readonly database/i,
  cannotOpen: /SQLITE_CANTOPEN|unable to open (?:the )?database file|cannot open database because/i,
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
  filesystem: Filesystem | undefined;
  /** Who held a lock of it at both of two looks; undefined where nobody looked or the platform does not tell. */
  holders: (LockHolder & { process: ProcessFacts | undefined })[] | undefined;
}

/** A writer of good manners has gone on by the second look. */
const SECOND_LOOK_MS = 350;

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

async function look(endpoint: EndpointTarget, { systems, workspace, signal, use }: Observation): Promise<SqliteFile> {
  const states = await use(serviceStates);
  const place = path.resolve(workspace, endpoint.database ?? '');
  const complaints: SqliteFile['complaints'] = {};
  for (const [trouble, pattern] of Object.entries(SAYS) as [SqliteTrouble, RegExp][]) {
    const complaint = complaintOf(endpoint, states, pattern);
    if (complaint) complaints[trouble] = complaint;
  }
  const isTroubled = Object.keys(complaints).length > 0;
  const [answer, file, folder, filesystem, holders] = await Promise.all([
    systems.sqlite.inspect(place, { check: complaints.corrupt !== undefined, signal }),
    systems.files.state(place),
    systems.files.state(path.dirname(place)),
    isTroubled ? systems.host.filesystemOf(place, signal).catch(() => undefined) : undefined,
    complaints.locked ? lastingHolders(place, { systems, signal, use }) : undefined,
  ]);
  return { endpoint, path: place, answer, complaints, file, folder, filesystem, holders };
}

async function lastingHolders(
  place: string,
  { systems, signal, use }: Pick<Observation, 'systems' | 'signal' | 'use'>,
): Promise<SqliteFile['holders']> {
  const first = await systems.sqlite.lockHolders(place, signal);
  if (!first || first.length === 0) return first?.map((holder) => ({ ...holder, process: undefined }));
  await sleep(SECOND_LOOK_MS, undefined, { signal });
  const [second, processes] = await Promise.all([
    systems.sqlite.lockHolders(place, signal),
    use(processList).catch((): ProcessFacts[] => []),
  ]);
  return second
    ?.filter(({ pid, mode }) => first.some((earlier) => earlier.pid === pid && earlier.mode === mode))
    .map((holder) => ({ ...holder, process: processes.find(({ pid }) => pid === holder.pid) }));
}
