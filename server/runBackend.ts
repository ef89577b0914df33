import { mkdirSync } from 'node:fs';
import { startBackend } from './compose.ts';
import { DEFAULT_HTTP_PORT } from './edges/http/createHttpServer.ts';
import { TektraError } from './protocol/errors.ts';
import { EXIT_CODES } from './protocol/exitCodes.ts';
import { Lifetime } from './recovery/lifetime.ts';
import { environment } from './runtime/environment.ts';
import { createLogger } from './runtime/logger.ts';
import { stateHome } from './runtime/stateHome.ts';
import { NativeModuleBroken } from './storage/openDatabase.ts';

/** Without a client the process goes after this; a window that starts it connects within a second. */
const START_GRACE_MS = 15_000;
const LINGER_MS = 60_000;

/** The backend as the editor starts it: it lives as long as its clients need it. */
export async function runBackend(starter: { onStarterGone(listener: () => void): void }): Promise<void> {
  const paths = stateHome(environment);
  try {
    mkdirSync(paths.home, { recursive: true, mode: 0o700 });
    const logger = createLogger(paths.log, environment.TEKTRA_LOG ?? 'info');
    // One window's broken call must not take the others' backend along.
    process.on('unhandledRejection', (error) =>
      logger.error({ err: error }, 'a promise was rejected and nobody listened'),
    );
    let stop = (reason: string): void => {
      logger.info({ reason }, 'the backend was not needed');
      process.exit(EXIT_CODES.ok);
    };
    const lifetime = new Lifetime({
      startGraceMs: START_GRACE_MS,
      lingerMs: wholeNumber(environment.TEKTRA_LINGER_MS) ?? LINGER_MS,
      onEnd: (reason) => stop(reason),
    });
    starter.onStarterGone(() => lifetime.starterGone());
    const backend = await startBackend({
      paths,
      environment,
      logger,
      presence: lifetime,
      http: { host: '127.0.0.1', port: wholeNumber(environment.TEKTRA_PORT) ?? DEFAULT_HTTP_PORT, strict: false },
    });
    if (!backend) {
      process.stderr.write('tektra: another backend of this user already runs.\n');
      process.exit(EXIT_CODES.alreadyRunning);
    }
    stop = (reason) => {
      logger.info({ reason }, 'the backend stops');
      lifetime.dispose();
      void backend.close().finally(() => process.exit(EXIT_CODES.ok));
      // A door that will not close must not keep an orphan alive.
      setTimeout(() => process.exit(EXIT_CODES.ok), 1_000).unref();
    };
    process.once('SIGTERM', () => stop('SIGTERM'));
    process.once('SIGINT', () => stop('SIGINT'));
    process.stdout.write('ready\n');
  } catch (error) {
    process.stderr.write(`tektra: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(exitCodeOf(error));
  }
}

/** What is not a number is as if it were not set. */
function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof NativeModuleBroken) return EXIT_CODES.nativeModule;
  if (error instanceof TektraError && error.code === 'backend.unavailable') return EXIT_CODES.socket;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (
    [
      'EACCES',
      'EPERM',
      'EROFS',
      'ENOSPC',
      'EDQUOT',
      'ENOTDIR',
      'SQLITE_FULL',
      'SQLITE_READONLY',
      'SQLITE_CANTOPEN',
      'SQLITE_IOERR',
    ].some((known) => code.startsWith(known))
  )
    return EXIT_CODES.stateFolder;
  return EXIT_CODES.internal;
}
