import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessFacts } from '../../systems/process/processes.ts';
import type { LockHolder } from '../../systems/sqlite/sqlite.ts';
import type { Observation } from '../observer.ts';
import { processList } from './machine.ts';
import { serviceStates } from './serviceStates.ts';

export type LastingHolder = LockHolder & {
  process: ProcessFacts | undefined;
  /** The service of the workspace that it is. */
  service: string | undefined;
};

export interface LastingLocks {
  /** Who held a lock in the same way at every look. */
  holders: LastingHolder[];
  looks: number;
  /** Neither the file nor its log was written to between the first look and the last. */
  isQuiet: boolean;
}

/** A writer of good manners is seen without its lock at one of them. */
const PAUSES_MS = [70, 110, 170];

/** Looks several times at who holds a lock of an SQLite file; undefined where the platform does not tell. */
export async function lookAtLocks(file: string, run: Observation): Promise<LastingLocks | undefined> {
  const { systems, signal, use } = run;
  const before = await markOf(file, run);
  const looks = [await systems.sqlite.lockHolders(file, signal)];
  for (const pause of PAUSES_MS) {
    // Nobody is left that could be a lasting one.
    if (!looks.at(-1)?.length) break;
    await sleep(pause, undefined, { signal });
    looks.push(await systems.sqlite.lockHolders(file, signal));
  }
  const [first] = looks;
  if (first === undefined) return undefined;
  const lasting = first.filter((holder) => looks.every((look) => look?.some((other) => isSame(holder, other))));
  const isQuiet = (await markOf(file, run)) === before;
  if (lasting.length === 0) return { holders: [], looks: looks.length, isQuiet };
  const [processes, states] = await Promise.all([
    use(processList).catch((): ProcessFacts[] => []),
    use(serviceStates).catch(() => []),
  ]);
  return {
    holders: lasting.map((holder) => ({
      ...holder,
      process: processes.find(({ pid }) => pid === holder.pid),
      service: states.find((state) => state.processes.some(({ pid }) => pid === holder.pid))?.service.name,
    })),
    looks: looks.length,
    isQuiet,
  };
}

function isSame(a: LockHolder, b: LockHolder): boolean {
  return a.pid === b.pid && a.mode === b.mode;
}

async function markOf(file: string, { systems }: Observation): Promise<string> {
  const states = await Promise.all([file, `${file}-wal`].map((each) => systems.files.state(each)));
  return states.map((state) => ('mode' in state ? `${state.size} ${state.modifiedAt.getTime()}` : '')).join(' ');
}
