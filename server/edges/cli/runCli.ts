import { TektraError } from '../../protocol/errors.ts';

/** Exit codes of `CONTRACT.md`. */
export const EXIT_COULD_NOT_RUN = 2;

type Verb = (argv: string[]) => Promise<number>;

/** Loaded on use: a short command must not pay for the others' modules. */
const VERBS: Readonly<Record<string, { summary: string; load: () => Promise<Verb> }>> = {
  diagnose: {
    summary: 'find what is broken in a folder, and why',
    load: async () => (await import('./diagnose.ts')).runDiagnose,
  },
  fix: {
    summary: 'show, apply, verify or take back a fix of the last diagnosis',
    load: async () => (await import('./fix.ts')).runFix,
  },
  logs: {
    summary: 'read, filter and mine logs of any format and size',
    load: async () => (await import('./logs.ts')).runLogs,
  },
  suppress: {
    summary: 'do not tell of a finding, with a reason, until it changes or for some days',
    load: async () => (await import('./suppress.ts')).runSuppress,
  },
  history: {
    summary: 'list the past diagnoses of a folder',
    load: async () => (await import('./history.ts')).runHistory,
  },
  doctor: {
    summary: 'check Tektra itself and what it needs',
    load: async () => (await import('./doctor.ts')).runDoctor,
  },
  serve: {
    summary: 'run the backend with its HTTP API in the foreground',
    load: async () => (await import('./serve.ts')).runServe,
  },
};

/** @returns the exit code; every error has been written to standard error */
export async function runCli(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(usage());
    return name === undefined ? EXIT_COULD_NOT_RUN : 0;
  }
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${TEKTRA_VERSION}\n`);
    return 0;
  }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (!verb) {
    process.stderr.write(`tektra: there is no command "${name}".\n\n${usage()}`);
    return EXIT_COULD_NOT_RUN;
  }
  try {
    return await (await verb.load())(rest);
  } catch (error) {
    return report(name, error);
  }
}

function report(verb: string, error: unknown): number {
  if (error instanceof TektraError) {
    process.stderr.write(`tektra ${verb}: ${error.message}\n${error.action === undefined ? '' : `${error.action}\n`}`);
  } else if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
    process.stderr.write(`tektra ${verb}: ${error.message}\nSee tektra ${verb} --help.\n`);
  } else {
    process.stderr.write(
      `tektra ${verb}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  }
  return EXIT_COULD_NOT_RUN;
}

function usage(): string {
  const width = Math.max(...Object.keys(VERBS).map((name) => name.length));
  const lines = Object.entries(VERBS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `usage: tektra COMMAND [OPTIONS]\n\n${lines.join('\n')}\n\ntektra COMMAND --help says more. tektra --version prints the version.\n`;
}
