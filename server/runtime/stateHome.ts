import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { type StatePaths, statePaths } from '../protocol/statePaths.ts';

/** The state folder of this user: TEKTRA_HOME, else ~/.tektra. */
export function stateHome(environment: Readonly<Record<string, string | undefined>>): StatePaths {
  const home =
    environment.TEKTRA_HOME === undefined || environment.TEKTRA_HOME === ''
      ? path.join(homedir(), '.tektra')
      : path.resolve(environment.TEKTRA_HOME);
  return statePaths(home, tmpdir(), process.platform, path.join);
}
