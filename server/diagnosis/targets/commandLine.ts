/** What a command line tells without being run. Nothing here starts a process. */
export interface CommandFacts {
  /** The last command of a chain (`build && serve`), without wrappers. */
  argv: string[];
  /** `NAME=value` ahead of the command. */
  assignments: { name: string; value: string }[];
  /** `--env-file=X`, `dotenv -e X`. */
  envFiles: string[];
  /** How its process can be recognised: the script, the module, the application, else the program. */
  entry: string | undefined;
  /** The port that a flag sets. */
  port: number | undefined;
  /** The script file it runs, when it names one. */
  scriptFile: string | undefined;
}

const WRAPPERS = new Set([
  'npx',
  'cross-env',
  'env',
  'exec',
  'nohup',
  'dotenv',
  'dotenvx',
  'poetry',
  'uv',
  'pipenv',
  'bundle',
  'pnpm',
  'yarn',
  'time',
  'sudo',
  'nice',
  'tini',
  'dumb-init',
  'setsid',
  'watchexec',
]);
const WRAPPER_VERBS = new Set(['run', 'exec', 'dlx', '--']);
const INTERPRETERS = /^(?:node|nodemon|tsx|ts-node|bun|deno|python(?:\d(?:\.\d+)?)?|ruby|perl|php|java|bash|sh)$/;
const SCRIPT = /\.(?:[cm]?[jt]sx?|py|rb|php|pl|jar|sh)$/;
/** Interpreter options whose value is the next word. */
const OPTIONS_WITH_VALUE = new Set([
  '-r',
  '--require',
  '--import',
  '--loader',
  '--env-file',
  '-e',
  '--exec',
  '--watch',
  '-w',
  '--ext',
  '-W',
  '-X',
  '-cp',
  '-classpath',
  '--inspect-port',
  '-c',
]);

/** Splits a command into words as a POSIX shell would, without expanding anything. */
export function splitWords(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']+|"(?:[^"\\]|\\.)*"|'[^']*')+/g)].map(([word]) =>
    word.replace(
      /"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
      (_, double?: string, single?: string) => double?.replace(/\\(.)/g, '$1') ?? single ?? '',
    ),
  );
}

/** @param variables values for `$NAME` in flags such as `--port $PORT` */
export function readCommand(text: string, variables: ReadonlyMap<string, string> = new Map()): CommandFacts {
  const segments = text.split(/&&|\|\||;/);
  const words = splitWords(segments.at(-1) ?? '').map((word) => expand(word, variables));
  const assignments: CommandFacts['assignments'] = [];
  const envFiles: string[] = [];
  let index = 0;
  for (; index < words.length; index++) {
    const word = words[index] as string;
    const assignment = /^([A-Za-z_]\w*)=(.*)$/s.exec(word);
    if (assignment?.[1]) assignments.push({ name: assignment[1], value: assignment[2] ?? '' });
    else if (word === '-e' && index > 0) envFiles.push(words[++index] ?? '');
    else if (
      !(
        WRAPPERS.has(word) ||
        (index > 0 && WRAPPER_VERBS.has(word)) ||
        (index > 0 && word.startsWith('-') && WRAPPERS.has(words[index - 1] ?? ''))
      )
    )
      break;
  }
  const argv = words.slice(index);
  for (const [at, word] of argv.entries()) {
    const file =
      /^--env-file(?:-if-exists)?=(.+)$/.exec(word)?.[1] ?? (word === '--env-file' ? argv[at + 1] : undefined);
    if (file) envFiles.push(file);
  }
  const scriptFile = scriptOf(argv);
  return { argv, assignments, envFiles, entry: entryOf(argv, scriptFile), port: portOf(argv), scriptFile };
}

function expand(word: string, variables: ReadonlyMap<string, string>): string {
  return word.replace(
    /\$(?:\{([A-Za-z_]\w*)(?::?-([^}]*))?\}|([A-Za-z_]\w*))/g,
    (whole, braced?: string, fallback?: string, plain?: string) =>
      variables.get(braced ?? plain ?? '') ?? fallback ?? whole,
  );
}

function program(argv: readonly string[]): string {
  return (argv[0] ?? '').split('/').at(-1) ?? '';
}

function scriptOf(argv: readonly string[]): string | undefined {
  if (!INTERPRETERS.test(program(argv))) return SCRIPT.test(argv[0] ?? '') ? argv[0] : undefined;
  for (let index = 1; index < argv.length; index++) {
    const word = argv[index] as string;
    if (word === '-m' || word === '-c') return undefined;
    if (word === '-jar') return argv[index + 1];
    if (OPTIONS_WITH_VALUE.has(word)) index++;
    else if (!word.startsWith('-')) return word === 'watch' || word === 'run' ? argv[index + 1] : word;
  }
  return undefined;
}

function entryOf(argv: readonly string[], scriptFile: string | undefined): string | undefined {
  if (scriptFile) return scriptFile.replace(/^\.\//, '');
  const module = argv.indexOf('-m');
  if (module > 0) return argv[module + 1];
  const application = argv.slice(1).find((word) => /^[\w.]+:[\w.]+(?:\(.*\))?$/.test(word) && !/^\d|:\d+$/.test(word));
  return application ?? (argv.length > 0 ? program(argv) : undefined);
}

function portOf(argv: readonly string[]): number | undefined {
  for (const [index, word] of argv.entries()) {
    const inline = /^(?:--(?:port|http-port|server\.port|listen|bind|addr|address|http)|-p|-b|-l)=?(.*)$/.exec(word);
    if (!inline) continue;
    const value = inline[1] !== '' ? inline[1] : argv[index + 1];
    const port = /(?:^|:)(\d{2,5})$/.exec(value ?? '')?.[1];
    if (port) return Number(port);
  }
  const server = /^(?:runserver|http\.server)$/;
  const after = argv.findIndex((word) => server.test(word));
  const port = after >= 0 ? /(?:^|:)(\d{2,5})$/.exec(argv[after + 1] ?? '')?.[1] : undefined;
  return port === undefined ? undefined : Number(port);
}
