import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { type StatePaths, statePaths } from '../../server/protocol/statePaths.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of the extension host: the one place of the client that reads it. Everything else is given what it needs. */
export const environment: Environment = process.env;

/**
 * Where the backend keeps its state. The backend reckons the same from its own environment.
 * @param home the state folder; default TEKTRA_HOME, else ~/.tektra
 */
export function findStatePaths(home: string | undefined, from: Environment): StatePaths {
  const given = home ?? from.TEKTRA_HOME;
  const folder = given === undefined || given === '' ? path.join(homedir(), '.tektra') : path.resolve(given);
  return statePaths(folder, tmpdir(), process.platform, path.join);
}

/**
 * The environment for the backend: the editor's, with the state folder and Electron told to be Node.
 * NODE_OPTIONS is left out: what a user's shell preloads into their own programs has no business in the backend.
 */
export function backendEnvironment(from: Environment, home: string): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _left, ...kept } = from;
  return { ...kept, ELECTRON_RUN_AS_NODE: '1', TEKTRA_HOME: home };
}
