import { runCommand } from '../../runtime/runCommand.ts';

export type RuntimeName = 'node' | 'python' | 'java' | 'go' | 'ruby' | 'rust' | 'npm';

export type RuntimeVersion =
  /** `version` without letters: `20.20.2`. */
  | { kind: 'installed'; version: string; command: string }
  | { kind: 'notInstalled' | 'timedOut' | 'unreadable'; because: string };

/** Which version of a language's runtime the PATH leads to. Only programs of the PATH are asked, never one of the workspace. */
export interface Runtimes {
  version(name: RuntimeName, options: { timeoutMs: number; signal: AbortSignal }): Promise<RuntimeVersion>;
}

const COMMANDS: Readonly<Record<RuntimeName, readonly [string, ...string[]]>> = {
  node: ['node', '--version'],
  npm: ['npm', '--version'],
  python: ['python3', '--version'],
  java: ['java', '-version'],
  go: ['go', 'version'],
  ruby: ['ruby', '--version'],
  rust: ['rustc', '--version'],
};

export function createRuntimes(): Runtimes {
  return {
    async version(name, options) {
      const argv = COMMANDS[name];
      // In the root folder: version managers and toolchains read files of the folder that they run in, and may download.
      const outcome = await runCommand(argv, { ...options, cwd: '/' });
      const command = argv.join(' ');
      if (outcome.kind === 'notInstalled') return { kind: 'notInstalled', because: `${argv[0]} is not on the PATH` };
      if (outcome.kind === 'timedOut') return { kind: 'timedOut', because: `${command} did not end` };
      const version = readVersion(`${outcome.stdout}\n${outcome.stderr}`);
      return version === undefined
        ? { kind: 'unreadable', because: `${command} names no version` }
        : { kind: 'installed', version, command };
    },
  };
}

/** The version in what a runtime prints: `v20.20.2`, `Python 3.11.7`, `openjdk version "17.0.15" 2025-04-15`, `go version go1.22.4 linux/amd64`. */
export function readVersion(text: string): string | undefined {
  const version = /(?:^|[\s"v]|go)(\d{1,4}\.\d{1,6}(?:\.\d{1,6})?)(?=[\s"_+-]|[a-z]|$)/m.exec(
    text.slice(0, 2_000),
  )?.[1];
  // Java up to 8 called itself 1.8.
  return version?.startsWith('1.') && /java|jdk/i.test(text) ? version.slice(2) : version;
}
