import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createLogs } from './logs/createLogs.ts';
import { startThreadedEngine } from './logs/engine/threadedEngine.ts';
import { createLogSuppressions } from './logs/logSuppressions.ts';
import type { Logs } from './logs/logs.ts';
import { sweepSpools } from './logs/reading/spool.ts';
import type { StatePaths } from './protocol/statePaths.ts';
import { systemClock } from './runtime/clock.ts';
import { moduleUrl } from './runtime/moduleUrl.ts';
import { createLogSuppressionRepository } from './storage/logSuppressionRepository.ts';
import type { Database } from './storage/openDatabase.ts';

/** @param onFailure told of what goes wrong while nobody waits for an answer */
export function composeLogs(paths: StatePaths, database: Database, onFailure: (error: unknown) => void): Logs {
  const temporaryFolder = logFolder(paths);
  // What a backend left that was killed; where it can be unlinked while open there is nothing.
  sweepSpools(temporaryFolder);
  return createLogs({
    start: ({ onChange, onDeath }) =>
      startThreadedEngine({
        entry: moduleUrl('logEngine', './logEngine.ts', import.meta.url),
        data: { temporaryFolder },
        onChange,
        onDeath: (error) => {
          onFailure(error);
          onDeath(error);
        },
      }),
    suppressions: createLogSuppressions({
      store: createLogSuppressionRepository(database),
      clock: systemClock,
      onFailure,
    }),
  });
}

/** Where logs are unpacked and their indexes spill; made when it is not there. */
export function logFolder(paths: StatePaths): string {
  const folder = path.join(paths.home, 'logs');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
