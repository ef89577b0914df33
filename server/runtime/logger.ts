import { renameSync, statSync } from 'node:fs';
import { destination, type Logger as PinoLogger, pino } from 'pino';

export type Logger = PinoLogger;

/** Past this size a log is set aside as `.1`, over the one that was set aside before. */
const MAX_LOG_BYTES = 5 << 20;
const ROTATION_CHECK_MS = 60_000;

/**
 * Logs to a file, synchronously and without worker threads: a crash must not lose the lines before it.
 * @param file absolute path; undefined logs to standard error
 */
export function createLogger(file: string | undefined, level: string): Logger {
  if (file !== undefined) rotate(file);
  const stream = destination({ dest: file ?? 2, sync: true, mkdir: false, mode: 0o600 });
  if (file !== undefined) setInterval(() => rotate(file) && stream.reopen(), ROTATION_CHECK_MS).unref();
  return pino(
    {
      level: pino.levels.values[level] === undefined ? 'info' : level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    stream,
  );
}

/** @returns whether the file was set aside */
function rotate(file: string): boolean {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= MAX_LOG_BYTES) return false;
  renameSync(file, `${file}.1`);
  return true;
}
