import { describe, expect, it } from 'vitest';
import { type BackendExit, crashCause, crashCauseOf } from '../../client/backend/crashCause.ts';
import { EXIT_CODES } from '../../server/protocol/exitCodes.ts';

const exit = (exitCode: number | null, signal: NodeJS.Signals | null, errorOutput = ''): BackendExit => ({
  exitCode,
  signal,
  errorOutput,
});
const notStarted = (startError: string): BackendExit => ({ ...exit(null, null), startError });

const V8_OUT_OF_MEMORY = `
<--- Last few GCs --->
[4242:0x5]     1200 ms: Mark-Compact 23.9 (40.1) -> 23.9 (40.1) MB

FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----
 1: 0xb8 node::OOMErrorHandler`;

const TYPE_ERROR = `file:///x/main.mjs:3
throw new TypeError('x is not a function');
      ^

TypeError: x is not a function
    at file:///x/main.mjs:3:7

Node.js v24.21.0`;

describe('the cause of a crash', () => {
  it.each<[string, BackendExit]>([
    ['out-of-memory', exit(null, 'SIGABRT', V8_OUT_OF_MEMORY)],
    ['out-of-memory', exit(134, null, V8_OUT_OF_MEMORY)],
    ['out-of-memory', exit(1, null, "terminate called after throwing an instance of 'std::bad_alloc'")],
    ['out-of-memory', notStarted('spawn ENOMEM')],
    ['native-crash', exit(null, 'SIGABRT', 'node: ../x.cc:12: Assertion `x` failed.')],
    ['native-crash', exit(null, 'SIGSEGV')],
    ['native-crash', exit(139, null)],
    ['native-crash', exit(0xc0000005, null)],
    ['cpu-unsupported', exit(null, 'SIGILL')],
    ['cpu-unsupported', exit(132, null)],
    ['cpu-unsupported', exit(0xc000001d, null)],
    ['killed', exit(null, 'SIGKILL')],
    ['killed', exit(137, null)],
    ['native-module', exit(EXIT_CODES.nativeModule, null, 'tektra: better-sqlite3 does not load: x')],
    ['native-module', exit(1, null, 'Error: /x/better_sqlite3.node: invalid ELF header\n code: ERR_DLOPEN_FAILED')],
    ['native-module', exit(1, null, "libc.so.6: version `GLIBC_2.38' not found")],
    ['node-unsupported', exit(EXIT_CODES.nodeUnsupported, null, 'tektra: Node.js 20.1.0 is too old')],
    ['state-folder', exit(EXIT_CODES.stateFolder, null, "tektra: Error: EACCES: permission denied, mkdir '/x'")],
    ['state-folder', exit(1, null, 'SqliteError: SQLITE_READONLY: attempt to write')],
    ['state-folder', notStarted("EACCES: permission denied, mkdir '/x/run'")],
    ['state-folder', notStarted('connect EACCES /x/run/backend.sock')],
    ['disk-full', exit(EXIT_CODES.stateFolder, null, 'tektra: Error: ENOSPC: no space left on device, write')],
    ['disk-full', exit(EXIT_CODES.stateFolder, null, 'SqliteError: SQLITE_FULL')],
    ['disk-full', notStarted("ENOSPC: no space left on device, open '/x/run/backend.stderr'")],
    ['port-busy', exit(1, null, 'Error: listen EADDRINUSE: address already in use 127.0.0.1:8000')],
    ['socket', exit(EXIT_CODES.socket, null, 'tektra: the socket cannot be opened')],
    ['installation', exit(1, null, "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/x/runBackend.mjs'")],
    ['not-started', notStarted('spawn /no/node ENOENT')],
    ['not-started', notStarted('spawn /no/node EACCES')],
    ['ended', exit(0, null)],
    ['ended', exit(null, 'SIGTERM')],
    ['internal', exit(EXIT_CODES.internal, null, TYPE_ERROR)],
    ['internal', exit(1, null, TYPE_ERROR)],
    ['internal', exit(99, null)],
  ])('is %s', (id, ended) => expect(crashCause(ended).id).toBe(id));

  it('does not take a word on standard error for the cause when the exit says it', () => {
    expect(crashCause(exit(null, 'SIGKILL', 'warning: ENOSPC: watchers')).id).toBe('killed');
    expect(crashCause(exit(EXIT_CODES.nodeUnsupported, null, 'Cannot find module x')).id).toBe('node-unsupported');
  });

  it('quotes the line that names an error of its own', () => {
    expect(crashCause(exit(1, null, TYPE_ERROR)).message).toBe(
      "Tektra's backend ended because of an error of its own: TypeError: x is not a function.",
    );
    expect(crashCause(exit(70, null, 'tektra: Error: no luck.\n    at main (x.mjs:1:1)\n')).message).toMatch(
      /of its own: Error: no luck\.$/,
    );
    expect(crashCause(exit(1, null)).message).toBe("Tektra's backend ended because of an error of its own.");
  });

  it('keeps a long quotation short', () => {
    expect(crashCause(exit(1, null, `Error: ${'x'.repeat(5_000)}`)).message.length).toBeLessThan(300);
  });

  it('ends each message and each next step as a sentence', () => {
    for (const id of ['out-of-memory', 'killed', 'unresponsive', 'socket', 'not-started', 'connection-lost'] as const) {
      const { message, action } = crashCauseOf(id);
      expect(message).toMatch(/^[A-Z].*[a-z]\.$/);
      expect(action).toMatch(/^[A-Z].*\.$/);
    }
  });
});
