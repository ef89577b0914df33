import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../../../server/logs/formats/detectFormat.ts';
import { formatOf } from '../../../../server/logs/formats/formatOf.ts';
import { createHead, resetHead } from '../../../../server/logs/formats/logFormat.ts';
import { readLog } from '../../../support/readLog.ts';

function recordsOf(lines: readonly string[]) {
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
  return readLog(formatOf(detectFormat(bytes)), bytes);
}

/** What runtimes print when a program dies, as they print it; each is one record between two plain lines. */
const CRASHES: Record<string, readonly string[]> = {
  jvm: [
    'Exception in thread "main" java.lang.IllegalStateException: bad',
    '\tat A.main(A.java:3)',
    'Caused by: java.io.IOException: disk',
    '\tat A.open(A.java:9)',
    '\t... 1 more',
  ],
  python: [
    'Traceback (most recent call last):',
    '  File "x.py", line 3, in <module>',
    '    int("x")',
    '    ^^^^^^^^',
    'ValueError: invalid literal',
    '',
    'During handling of the above exception, another exception occurred:',
    '',
    'Traceback (most recent call last):',
    '  File "x.py", line 5, in <module>',
    '    raise KeyboardInterrupt',
    'KeyboardInterrupt',
  ],
  node: [
    '/app/server.js:12',
    "throw new Error('x')",
    '^',
    '',
    'Error: x',
    '    at Object.<anonymous> (/app/server.js:12:7)',
    '    at node:internal/main/run_main_module:28:49 {',
    "  code: 'E_BAD'",
    '}',
    '',
    'Node.js v20.20.2',
  ],
  nodeInternal: [
    'node:internal/modules/cjs/loader:1078',
    '  throw err;',
    '  ^',
    '',
    "Error: Cannot find module './x'",
    'Require stack:',
    '- /app/server.js',
    '    at Module._load (node:internal/modules/cjs/loader:1000:27) {',
    "  code: 'MODULE_NOT_FOUND'",
    '}',
  ],
  go: [
    'panic: runtime error: index out of range [5] with length 3',
    '',
    'goroutine 1 [running]:',
    'main.main()',
    '\t/app/main.go:5 +0x1d',
    'net/http.(*conn).serve(0xc0000b2000, {0x7a, 0xc0})',
    '\t/usr/lib/go/src/net/http/server.go:1995 +0x612',
    'created by net/http.(*Server).Serve',
    '\t/usr/lib/go/src/net/http/server.go:3089 +0x5ed',
    'exit status 2',
  ],
  dotnet: [
    'Unhandled exception. System.InvalidOperationException: bad',
    ' ---> System.Exception: inner',
    '   at Program.Inner() in /src/Program.cs:line 3',
    '   --- End of inner exception stack trace ---',
    '   at Program.Main() in /src/Program.cs:line 9',
  ],
  ruby: ["x.rb:3:in `open': no such file (Errno::ENOENT)", "\tfrom x.rb:3:in `load'", "\tfrom x.rb:9:in `<main>'"],
  rust: [
    "thread 'main' panicked at src/main.rs:2:5:",
    'index out of bounds',
    'stack backtrace:',
    '   0: rust_begin_unwind',
    '             at /rustc/library/std/src/panicking.rs:645:5',
    'note: run with `RUST_BACKTRACE=1` environment variable',
  ],
};

describe('what continues a record', () => {
  it.each(Object.entries(CRASHES))('a crash of %s, in a log without heads', (_, crash) => {
    const records = recordsOf(['starting', 'ready', ...crash, 'stopped', 'bye']);
    expect(records.map(({ line, lines }) => [line, lines])).toEqual([
      [1, 1],
      [2, 1],
      [3, crash.length],
      [3 + crash.length, 1],
      [4 + crash.length, 1],
    ]);
  });

  it.each(Object.entries(CRASHES))('a trace of %s, below a line of a logger', (_, crash) => {
    const head = (second: number): string => `2026-11-24 22:33:2${second},123 - app - ERROR - `;
    const records = recordsOf([`${head(0)}one`, `${head(1)}failed:`, ...crash.slice(1), `${head(2)}three`]);
    expect(records.map(({ line }) => line)).toEqual([1, 2, 2 + crash.length]);
  });

  it('is not a panic: a logger did not write it', () => {
    const head = (second: number): string => `2026-11-24 22:33:2${second},123 - app - INFO - `;
    const records = recordsOf([`${head(0)}one`, `${head(1)}two`, ...(CRASHES.go ?? []), `${head(2)}three`]);
    expect(records).toMatchObject([{ line: 1 }, { line: 2 }, { line: 3, level: 'fatal', lines: 10 }, { line: 13 }]);
  });

  it('levels of crashes without a level are told', () => {
    for (const [name, level] of [
      ['jvm', 'error'],
      ['python', 'error'],
      ['go', 'fatal'],
      ['rust', 'fatal'],
      ['node', 'error'],
      ['dotnet', 'fatal'],
    ] as const)
      expect(recordsOf(['ready', ...(CRASHES[name] ?? [])])[1]?.level, name).toBe(level);
  });
});

describe('a format', () => {
  const folder = path.resolve('test/fixtures/logs/text');

  it.each(readdirSync(folder).filter((file) => file.endsWith('.log')))(
    'reads %s in any order and in any pieces',
    (file) => {
      const bytes = new Uint8Array(readFileSync(path.join(folder, file)));
      const plan = detectFormat(bytes);
      const format = formatOf(plan);
      const lines: { start: number; end: number }[] = [];
      for (let start = 0; start < bytes.length; ) {
        const end = bytes.indexOf(10, start);
        lines.push({ start, end });
        start = end + 1;
      }
      const head = createHead();
      const read = (source: Uint8Array, offset: number, line: { start: number; end: number }): unknown => {
        resetHead(head, line.start - offset, line.end - offset);
        const begins = format.parse(source, line.start - offset, line.end - offset, head);
        const place = (at: number): number => at + offset;
        return {
          begins,
          ...head,
          messageStart: place(head.messageStart),
          messageEnd: place(head.messageEnd),
          componentStart: place(head.componentStart),
          componentEnd: place(head.componentEnd),
          traceStart: place(head.traceStart),
          traceEnd: place(head.traceEnd),
        };
      };
      const forward = lines.map((line) => read(bytes, 0, line));
      const backward = lines.map((_, at) => read(bytes, 0, lines[lines.length - 1 - at] as never)).reverse();
      expect(backward).toEqual(forward);
      // Each line in a buffer of its own that holds no more than the line before it.
      const apart = lines.map((line, at) => {
        const from = at === 0 ? 0 : (lines[at - 1]?.start ?? 0);
        return read(bytes.slice(from, line.end), from, line);
      });
      expect(apart).toEqual(forward);
    },
  );
});
