import { type LogProgram, openProgram } from './openProgram.ts';
import type { OpenedSource } from './plainLog.ts';
import type { ReadingOptions } from './spoolSet.ts';
import { unreadable } from './unreadable.ts';

/** What `--timestamps` puts ahead of each line of a container; the program's own complaints have none. */
const STAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+(?:Z|[+-]\d{2}:\d{2}) /;
const STAMP_BYTES = 40;

export function hasStamp(line: Uint8Array): boolean {
  return STAMP.test(Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, STAMP_BYTES)).toString('latin1'));
}

/**
 * What a container printed, with the engine's times; standard error is a log of its own.
 * @throws TektraError log.unreadable
 */
export async function openContainer(source: { name: string }, options: ReadingOptions): Promise<OpenedSource> {
  const { name } = source;
  if (name.startsWith('-')) throw unreadable(name, 'that is no name of a container', 'Give its name or its id.');
  const program = (engine: string): LogProgram => ({
    name,
    argv: [engine, 'logs', '--timestamps', ...(options.follow ? ['--follow'] : []), name],
    routes: (logs) => ({
      stdout: () => ({ spool: logs(name), from: 0 }),
      stderr: (line) => (hasStamp(line) ? { spool: logs(`${name} (stderr)`), from: 0 } : undefined),
    }),
    nextStep: (complaint) => {
      if (/no such container|no container with name/i.test(complaint))
        return `See ${engine} ps --all for what there is.`;
      if (/permission denied/i.test(complaint))
        return 'Join the group docker, or run as a user who may use the engine.';
      if (/cannot connect|is the docker daemon running/i.test(complaint)) return 'Start the container engine.';
      if (/logging driver|log driver/i.test(complaint)) return 'Use the logging driver json-file, local or journald.';
      return `Run ${engine} logs ${name} in a terminal to see what it lacks.`;
    },
  });
  return openProgram(
    [program('docker'), program('podman')],
    { name, because: 'neither docker nor podman is installed', action: 'Install one, or open the log as a file.' },
    options,
  );
}
