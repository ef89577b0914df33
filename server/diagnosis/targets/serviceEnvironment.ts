import path from 'node:path';
import type { ComposeService } from '../../systems/compose/compose.ts';
import type { Dotenv } from '../../systems/files/dotenv.ts';
import { readCommand } from './commandLine.ts';
import type { Variable } from './target.ts';

export interface EnvFile extends Dotenv {
  /** As written, without line ends; for the exact text of an edit. */
  lines: readonly string[];
}

/** Env files of a workspace, by their path relative to it. */
export type EnvFiles = ReadonlyMap<string, EnvFile>;

/** Names that frameworks load, weakest first. Samples are documentation: no one loads them. */
const LOADED = ['.env', '.env.development', '.env.dev', '.env.local', '.env.development.local'];
const ENV_FILE = /(?:^|\/)(?:\.env(?:\.[\w-]+)*|[\w-]+\.env)$/;
const SAMPLE = /\.?(?:sample|example|template|dist|defaults?)(?:\.|$)/i;

export function isEnvFile(file: string): boolean {
  return ENV_FILE.test(file);
}

/** A sample names the variables that the developer is meant to set. */
export function isEnvSample(file: string): boolean {
  return isEnvFile(file) && SAMPLE.test(path.posix.basename(file).replace(/^\.env/, ''));
}

/**
 * The variables of a service as it would be started: shell prefix over the env files its command names, else the
 * ones that frameworks load in its folder and in the workspace's root; a compose service gets what compose gives it.
 */
export function serviceEnvironment(
  service: {
    folder: string;
    command: { text: string; at: Variable['at'] } | undefined;
    compose: ComposeService | undefined;
  },
  envFiles: EnvFiles,
): { environment: Variable[]; envFiles: string[] } {
  const command = service.command ? readCommand(service.command.text) : undefined;
  const named = (command?.envFiles ?? []).map((file) => path.posix.normalize(path.posix.join(service.folder, file)));
  const folders = service.folder === '' ? [''] : ['', service.folder];
  const usual = folders.flatMap((folder) => LOADED.map((name) => path.posix.join(folder, name)));
  const composeFiles = service.compose?.envFiles.map((file) => file.path) ?? [];
  const files = [...new Set([...(named.length > 0 ? named : usual), ...composeFiles])];
  const variables = new Map<string, Variable>();
  const used: string[] = [];
  for (const file of files) {
    const dotenv = envFiles.get(file);
    if (!dotenv) continue;
    used.push(file);
    for (const entry of dotenv.entries)
      variables.set(entry.name, { name: entry.name, value: entry.value, at: { file, line: entry.line } });
  }
  for (const { name, value, at } of service.compose?.environment ?? [])
    if (value !== undefined) variables.set(name, { name, value, at });
  for (const { name, value } of command?.assignments ?? [])
    if (service.command) variables.set(name, { name, value, at: service.command.at });
  return { environment: [...variables.values()], envFiles: used };
}
