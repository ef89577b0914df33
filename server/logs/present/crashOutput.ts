/**
 * Crash output: what a runtime, a shell or a package manager prints when a process dies. It has no timestamp and no
 * level, so it would otherwise be taken for the continuation of the harmless record before it.
 * Shapes: Node, Deno and Bun uncaught exceptions · Python tracebacks · Go and Rust panics · JVM · Ruby · .NET · PHP · shells · npm.
 */
const BEGINNINGS: readonly RegExp[] = [
  /^Traceback \(most recent call last\):/,
  /^node:internal\/\S+:\d+$/,
  /^node:\w+:\d+$/,
  /^(?:file:\/\/)?\/?(?:[A-Za-z]:)?[\w./@ -]+\.(?:js|mjs|cjs|ts|mts|cts|jsx|tsx):\d+$/,
  /^(?:Uncaught\s+)?(?:[A-Z]\w*)?(?:Error|Exception)(?:\s\[\w+\])?: /,
  /^Error \[[A-Z_]+\]: /,
  /^(?:Uncaught|Unhandled)\b/,
  /^\[UnhandledPromiseRejection/,
  /^panic: /,
  /^fatal error: /i,
  /^thread '[^']*' (?:\(\d+\) )?panicked at/,
  /^Exception in thread /,
  /^Caused by: /,
  /^Unhandled exception\. /,
  /^PHP (?:Fatal|Parse) error: /,
  /^[\w./-]+\.rb:\d+:in /,
  /^[\w.]+(?:Error|Exception|NotFound|Missing|Exit)\b(?:: .*)?$/,
  /^(?:\/bin\/)?(?:ba|da|z)?sh: (?:\d+: |line \d+: )?.+: (?:not found|command not found|Permission denied|No such file or directory|cannot open)/,
  /^(?:\.\/|\/)?[\w./-]+: line \d+: .+/,
  /^(?:env|exec|nohup|setsid|timeout): .+: (?:No such file or directory|Permission denied)/,
  /^(?:\/[\w./-]+\/)?(?:python[\d.]*|node|ruby|perl|java|php|deno|bun): (?:can't open file|cannot open|No module named|cannot find|error)/i,
  /^Error: (?:Could not find or load main class|Unable to access jarfile)/,
  /^error\[E\d+\]: /,
  /^go: (?:go\.mod requires|cannot|errors) /,
  /^nginx: \[emerg\] /,
  // Perl's die and its missing modules
  /^.+ at \S+\.(?:pl|pm|t|cgi|psgi) line \d+\.?$/,
  /^Can't locate \S+ in @INC/,
  // What shells say of a line of a script: bash `./run.sh: line 3: …`, dash `./run.sh: 3: …`
  /^(?:[\w./-]*\/)?(?:[\w.-]+\.(?:ba)?sh|\.env[\w.-]*): \d+: .+/,
  /^(?:\.{0,2}\/)?(?:[\w.-]+\/)+[\w.-]+: \d+: .+/,
  /^Segmentation fault|^Killed$|^Aborted\b|^Bus error|^Illegal instruction/,
];

/** npm's, yarn's and pnpm's own lines around a script: its banner and its complaint that the script failed. */
const NPM_NOISE =
  /^npm (?:ERR!|error|verb|notice|warn)|^(?:error|info) (?:Command failed|Visit )|^ ?ELIFECYCLE|^\s*ERR_PNPM|^> \S+|^\$ \S+|^yarn run v\d|^make(?:\[\d+\])?: \*\*\*/;
/** Lines that a runtime prints last. */
const ENDINGS = /^(?:Node\.js v\d|Bun v\d|exit status \d)/;
/** Unindented lines inside a block: Python's chaining, the JVM's causes, Go's frames, Rust's notes. */
const INSIDE =
  /^(?:[}\])]|Node\.js v\d|Bun v\d|exit status \d|note: |stack backtrace:|goroutine \d+ \[|created by |Caused by: |During handling of the above|The above exception was|BEGIN failed|Compilation failed|\[signal |Require stack:|- \/|requireStack: )/;
const GO_FRAME = /^[\w./*()-]+\([^)]*\)$/;
const FRAME = /^\s+at |^\s+File "|^\tfrom |^\s+from /;
/** How far a message of several lines reaches before its frames. */
const MAX_MESSAGE_LINES = 14;

const PYTHON_PLACE = /^ {2}File ".*", line \d+$/;
const PYTHON_SYNTAX = /^(?:SyntaxError|IndentationError|TabError)\b/;
/** The code and its mark stand between the place and the error. */
const PYTHON_SYNTAX_LINES = 4;

/** Python's error about the syntax of the program itself: a place, code, a mark, and no traceback ahead of it. */
export function beginsPythonSyntaxError(
  line: string,
  followingLines: () => readonly string[],
  open: readonly string[],
): boolean {
  if (!PYTHON_PLACE.test(line)) return false;
  const following = followingLines();
  const end = following.slice(0, PYTHON_SYNTAX_LINES).findIndex((next) => !/^\s/.test(next));
  if (end < 0 || !PYTHON_SYNTAX.test(following[end] as string)) return false;
  // Inside a traceback it is its last frame: a module of the program.
  const traceback = open.findLastIndex((previous) => previous.startsWith('Traceback (most recent call last)'));
  return traceback < 0 || open.slice(traceback + 1).some((previous) => /^[A-Za-z_]/.test(previous));
}

/** Whether a line without a header begins a block of crash output. */
export function beginsCrash(line: string): boolean {
  return BEGINNINGS.some((pattern) => pattern.test(line));
}

export function isPackageManagerNoise(line: string): boolean {
  return NPM_NOISE.test(line);
}

/**
 * Whether an unindented `line` still belongs to the crash whose lines so far are `block`. Programs without a logger go on
 * in plain lines, which are not part of it.
 * @param following the lines after it, up to the next one with a header
 */
export function continuesCrash(line: string, block: readonly string[], following: readonly string[]): boolean {
  if (INSIDE.test(line) || (FRAME.test(following[0] ?? '') && !beginsCrash(line))) return true;
  if (block.some((previous) => ENDINGS.test(previous))) return false;
  const first = block[0] ?? '';
  const last = block.at(-1) ?? '';
  if (PYTHON_PLACE.test(first))
    return PYTHON_SYNTAX.test(line) && !block.some((previous) => PYTHON_SYNTAX.test(previous));
  if (first.startsWith('Traceback (most recent call last)')) {
    if (line.startsWith('Traceback (most recent call last)'))
      return block.slice(-3).some((previous) => /^(?:During handling|The above exception)/.test(previous));
    const ended = block.slice(1).some((previous) => /^[A-Za-z_]/.test(previous));
    return !ended || /^(?:During handling|The above exception)/.test(last) || goesOn(line, last, following);
  }
  if (/panicked at/.test(first)) return block.length === 1 || goesOn(line, last, following);
  if (/^(?:panic|fatal error): /.test(first)) return GO_FRAME.test(line) || /^\[/.test(line);
  // `/app/server.js:12`, the code and a caret come ahead of the exception itself.
  if (/:\d+$/.test(first) && !block.some((previous) => EXCEPTION.test(previous) || FRAME.test(previous))) return true;
  if (block.some((previous) => FRAME.test(previous))) return false;
  if (isPackageManagerNoise(line)) return false;
  const frames = following.findIndex((next) => FRAME.test(next));
  const other = following.findIndex((next) => beginsCrash(next) || next === '');
  if (frames >= 0 && frames < MAX_MESSAGE_LINES && (other < 0 || frames < other)) return true;
  return goesOn(line, last, following);
}

/** A message of several lines: a heading with a colon and its items, or a field and its indented explanation. */
function goesOn(line: string, last: string, following: readonly string[]): boolean {
  return (
    /[:[{(]\s*$/.test(last) || /^[-*•] /.test(line) || (/^[\w.]+$/.test(line) && /^\s+\S/.test(following[0] ?? ''))
  );
}

const EXCEPTION =
  /^(?:Uncaught\s+|Unhandled exception\. )?(?:[\w.$]*(?:Error|Exception|Exit|Interrupt|NotFound|Missing|Warning|Fault|Failure)\b(?:\s\[\w+\])?(?::|$)|\[?\w*Error\b.*:|panic: |PHP (?:Fatal|Parse) error)/;

/** Index of the line that says what went wrong: the exception's own line, the last one of a Python traceback, else the first. */
export function headlineIndex(block: readonly string[]): number {
  const traceback = block.findLastIndex((line) => line.startsWith('Traceback (most recent call last)'));
  if (traceback >= 0) {
    const said = block.findIndex((line, index) => index > traceback && /^[A-Za-z_][\w.]*(?::|$)/.test(line));
    if (said >= 0) return said;
  }
  const exception = block.findIndex((line) => EXCEPTION.test(line));
  if (exception >= 0) return exception;
  const begin = block.findIndex((line) => beginsCrash(line) && !/:\d+$/.test(line));
  return Math.max(begin, 0);
}
