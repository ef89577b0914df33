import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startBackend } from '../../compose.ts';
import { TektraError } from '../../protocol/errors.ts';
import { LockFile } from '../../protocol/handshake.ts';
import { environment } from '../../runtime/environment.ts';
import { createLogger } from '../../runtime/logger.ts';
import { stateHome } from '../../runtime/stateHome.ts';
import { DEFAULT_HTTP_PORT } from '../http/createHttpServer.ts';

const HELP = `usage: tektra serve [--host H] [--port P]

Runs the backend with its HTTP API in the foreground, until Ctrl-C. Editor windows use it as long as it runs.

  --host H   address to listen on (default 127.0.0.1: this machine only)
  --port P   port (default ${DEFAULT_HTTP_PORT}, or the next free one; a port that is named is taken exactly)
`;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);

/** `tektra serve`: the same process as the editor's backend, in the foreground. @returns 0 after a signal, 2 when it cannot run */
export async function runServe(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const port = values.port === undefined ? DEFAULT_HTTP_PORT : Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new TektraError('request.invalid', `--port takes a number up to 65535, not "${values.port}".`);
  if (!LOOPBACK.has(values.host))
    process.stderr.write(
      `tektra serve: warning: ${values.host} can be reached from other machines, and this version serves health to anyone who asks.\n`,
    );

  const paths = stateHome(environment);
  const backend = await startBackend({
    paths,
    environment,
    logger: createLogger(undefined, environment.TEKTRA_LOG ?? 'warn'),
    presence: { join: () => () => undefined },
    http: { host: values.host, port, strict: values.port !== undefined },
  });
  if (!backend) {
    const lock = LockFile.safeParse(JSON.parse(await readFile(paths.lockFile, 'utf8').catch(() => '{}'))).data;
    throw new TektraError(
      'backend.unavailable',
      `A backend of this user already runs${lock ? ` (pid ${lock.pid}${lock.httpPort === undefined ? '' : `, http://${lock.httpHost ?? '127.0.0.1'}:${lock.httpPort}/health`})` : ''}.`,
      { action: 'Use that one, or close the editor windows that hold it.' },
    );
  }
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    process.once('SIGHUP', () => resolve());
  });
  try {
    const http = await backend.http;
    if (http) {
      if (http.port !== http.wantedPort)
        process.stderr.write(`tektra serve: port ${http.wantedPort} is taken; using ${http.port}.\n`);
      process.stdout.write(
        `Tektra ${TEKTRA_VERSION} serves http://${http.host.includes(':') ? `[${http.host}]` : http.host}:${http.port}/health (pid ${process.pid}). Ctrl-C stops it.\n`,
      );
    }
    await stopped;
    return 0;
  } finally {
    await backend.close();
  }
}
