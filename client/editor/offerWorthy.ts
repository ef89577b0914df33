/** Programs that answer with their exit code, look at things, or are stopped as a matter of course: their failure is no trouble. */
const ANSWERS =
  /^(?:\[|\[\[|test|true|false|exit|return|cd|ls|cat|less|more|head|tail|grep|egrep|rg|ag|find|fd|which|type|command|diff|cmp|git|gh|hg|svn|man|history|echo|printf|jq|sed|awk|cut|sort|wc|vi|vim|nvim|nano|emacs|code|ssh|scp|rsync|sudo|su|kill|pkill|killall|pgrep|ps|top|htop|watch|sleep|clear|rm|mv|cp|mkdir|rmdir|touch|chmod|chown|ln|stat|file|tree|pwd|export|source|\.|alias|tektra|eslint|prettier|biome|tsc|ruff|flake8|mypy|black|pylint|rubocop|shellcheck|brew|apt|apt-get|dnf|yum)$/;
/** Of these only what starts something. */
const SUBCOMMANDS: Readonly<Record<string, RegExp>> = {
  npm: /^(?:start|run|run-script|exec)$/,
  pnpm: /^(?:start|run|dev|exec|serve)$/,
  yarn: /^(?:start|run|dev|serve)$/,
  bun: /^(?:run|start|dev)$/,
  docker: /^(?:compose|run|start)$/,
  podman: /^(?:compose|run|start)$/,
  kubectl: /^(?:apply|rollout|run)$/,
  go: /^run$/,
  cargo: /^run$/,
  dotnet: /^(?:run|watch)$/,
  systemctl: /^(?:start|restart)$/,
  service: /^\S+$/,
};
/** Scripts whose failure is their result: tests, lint, builds, formatting. */
const REPORTS =
  /\b(?:test|tests|spec|lint|format|fmt|typecheck|type-check|check|coverage|e2e|vitest|jest|pytest|mocha)\b/i;
const WRAPPERS = new Set([
  'npx',
  'pnpx',
  'bunx',
  'env',
  'time',
  'nohup',
  'exec',
  'uv',
  'poetry',
  'pipenv',
  'bundle',
  'dotenv',
]);

/** 128 + SIGINT, SIGTERM, SIGHUP, SIGPIPE: somebody ended it; Windows' Ctrl-C. */
const ENDED_BY_USER: ReadonlySet<number> = new Set([129, 130, 141, 143, 3221225786, -1073741510]);

/** Whether a program ended with trouble of its own. */
export function hasFailed(exitCode: number | undefined): exitCode is number {
  return exitCode !== undefined && exitCode !== 0 && !ENDED_BY_USER.has(exitCode);
}

/** Whether a command of a terminal that failed is one that starts something that one would want diagnosed. */
export function isOfferWorthy(commandLine: string): boolean {
  const last = commandLine.split(/&&|\|\||;|\|/).at(-1) ?? '';
  const words = last
    .trim()
    .split(/\s+/)
    .filter((word) => !/^\w+=/.test(word));
  while (words[0] !== undefined && WRAPPERS.has(words[0])) {
    words.shift();
    if (words[0] === 'run' || words[0] === 'exec') words.shift();
  }
  const program = words[0]?.replace(/^.*[/\\]/, '');
  // The terminal of a task shows "* Executing task: …" as its command; the task itself speaks for it.
  if (program === undefined || !/^[\w.~"']/.test(program) || ANSWERS.test(program)) return false;
  if (REPORTS.test(words.join(' '))) return false;
  const wanted = Object.hasOwn(SUBCOMMANDS, program) ? SUBCOMMANDS[program] : undefined;
  return wanted === undefined || wanted.test(words[1] ?? '');
}
