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
  /^(?:python[\d.]*|node|ruby|perl|java|php|deno|bun): (?:can't open file|cannot open|No module named|cannot find|error)/i,
  /^Error: (?:Could not find or load main class|Unable to access jarfile)/,
  /^(?:error|fatal|critical)(?:\[\w+\])?: /i,
  /^nginx: \[emerg\] /,
  /^Segmentation fault|^Killed$|^Aborted\b|^Bus error|^Illegal instruction/,
];

const NPM_NOISE = /^npm (?:ERR!|error)|^(?:error|info) Command failed|^ ?ELIFECYCLE|^\s*ERR_PNPM/;
/** Lines that a runtime prints last; the next crash line after one begins another block. */
const ENDINGS = /^(?:Node\.js v\d|exit status \d|goroutine \d+ \[.*\]:$)/;
const CHAINED = /^(?:During handling of the above exception|The above exception was the direct cause)/;

/** Whether a line without a header begins a block of crash output. */
export function beginsCrash(line: string): boolean {
  return BEGINNINGS.some((pattern) => pattern.test(line));
}

export function isPackageManagerNoise(line: string): boolean {
  return NPM_NOISE.test(line);
}

/** Whether `line` starts a second crash while `block` (the lines so far) is already one. */
export function beginsNextCrash(line: string, block: readonly string[]): boolean {
  if (/^Traceback \(most recent call last\):/.test(line))
    return !block.slice(-3).some((previous) => CHAINED.test(previous));
  const ended = block.some((previous) => ENDINGS.test(previous) && !previous.startsWith('goroutine'));
  return ended && beginsCrash(line);
}

const EXCEPTION =
  /^(?:Uncaught\s+|Unhandled exception\. )?(?:[\w.$]*(?:Error|Exception|Exit|Interrupt|NotFound|Missing|Warning|Fault|Failure)\b(?:\s\[\w+\])?(?::|$)|\[?\w*Error\b.*:|panic: |PHP (?:Fatal|Parse) error)/;

/** Index of the line that says what went wrong: the exception's own line, the last one of a Python traceback, else the first. */
export function headlineIndex(block: readonly string[]): number {
  if (block.some((line) => line.startsWith('Traceback (most recent call last)'))) {
    const last = block.findLastIndex(
      (line) => /^[A-Za-z_][\w.]*(?::|$)/.test(line) && !/^Traceback|^During|^The above/.test(line),
    );
    if (last >= 0) return last;
  }
  const exception = block.findIndex((line) => EXCEPTION.test(line));
  if (exception >= 0) return exception;
  const begin = block.findIndex((line) => beginsCrash(line) && !/:\d+$/.test(line));
  return Math.max(begin, 0);
}
