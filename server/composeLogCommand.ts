import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { composeLogParts } from './composeLogParts.ts';
import { logFolder } from './composeLogs.ts';
import { createLogCommand, type LogCommand, type LogQuestion } from './logs/engine/logCommand.ts';
import { OpenedLog } from './logs/engine/openedLog.ts';
import { createLogSuppressions, type LogSuppressions } from './logs/logSuppressions.ts';
import { systemClock } from './runtime/clock.ts';
import { environment } from './runtime/environment.ts';
import { stateHome } from './runtime/stateHome.ts';
import { createLogSuppressionRepository } from './storage/logSuppressionRepository.ts';
import { openSharedStateDatabase } from './storage/stateDatabase.ts';

export type { LogCommand } from './logs/engine/logCommand.ts';

/** Opens logs on this thread for a command of a terminal, and waits until they are read. @throws TektraError; the signal's reason */
export async function openLogCommand(
  question: LogQuestion,
  {
    signal,
    onProgress,
    warn,
  }: {
    signal: AbortSignal;
    onProgress(progress: { indexedBytes: number; totalBytes: number; records: number }): void;
    warn(text: string): void;
  },
): Promise<LogCommand & { close(): Promise<void> }> {
  const { pool, ...parts } = composeLogParts(temporaryFolder());
  const log = await OpenedLog.open(
    'terminal',
    question.sources,
    { ...parts, ...(pool ? { pool } : {}) },
    {
      follow: question.follow,
      signal,
    },
  );
  const stop = log.onChange(() => {
    const { sources, records } = log.index;
    const sum = (key: 'indexedBytes' | 'totalBytes'): number =>
      sources.reduce((total, source) => total + source[key], 0);
    onProgress({ indexedBytes: sum('indexedBytes'), totalBytes: sum('totalBytes'), records });
  });
  const close = async (): Promise<void> => {
    stop();
    log.dispose();
    await pool?.dispose();
  };
  try {
    await log.caughtUp(signal);
    for (const { source, line, text } of log.index.notices)
      warn(`${log.index.sources[source]?.name ?? ''}${line === undefined ? '' : `:${line}`}: ${text}`);
    return { ...createLogCommand(log, question, () => suppressions(warn), signal), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Of the state folder; elsewhere when that cannot be written to. */
function temporaryFolder(): string {
  try {
    return logFolder(stateHome(environment));
  } catch {
    return tmpdir(); // Reading a log must not fail for want of a state folder.
  }
}

/** Findings are told all when what the user suppressed cannot be read: that is said. */
async function suppressions(warn: (text: string) => void): Promise<{ of: LogSuppressions | undefined; close(): void }> {
  const paths = stateHome(environment);
  const onFailure = (error: unknown): void =>
    warn(`nothing is suppressed: ${error instanceof Error ? error.message : String(error)}`);
  try {
    await mkdir(paths.home, { recursive: true, mode: 0o700 });
    const database = await openSharedStateDatabase(paths.database);
    const store = createLogSuppressionRepository(database);
    return {
      of: createLogSuppressions({ store, clock: systemClock, onFailure }),
      close: () => void database.close(),
    };
  } catch (error) {
    onFailure(error);
    return { of: undefined, close: () => undefined };
  }
}
