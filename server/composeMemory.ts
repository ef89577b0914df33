import { mkdir } from 'node:fs/promises';
import { createHistory } from './history/createHistory.ts';
import type { History } from './history/history.ts';
import type { StatePaths } from './protocol/statePaths.ts';
import { storageUnavailable } from './protocol/storageUnavailable.ts';
import { systemClock } from './runtime/clock.ts';
import { createFixJournal } from './storage/fixJournalFiles.ts';
import { createHistoryRepository } from './storage/historyRepository.ts';
import type { Database } from './storage/openDatabase.ts';
import { openSharedStateDatabase } from './storage/stateDatabase.ts';
import { createSuppressionRepository } from './storage/suppressionRepository.ts';
import { createSuppressions } from './suppression/createSuppressions.ts';
import type { Suppressions } from './suppression/suppressions.ts';

/** What Tektra remembers between diagnoses. */
export interface Memory {
  history: History;
  suppressions: Suppressions;
}

/** The memory over an open state database. @param onFailure told when the database does not answer while a report is made */
export function composeMemory(paths: StatePaths, database: Database, onFailure: (error: unknown) => void): Memory {
  const journal = createFixJournal(paths.fixes);
  return {
    history: createHistory({
      store: createHistoryRepository(database),
      fixes: async (workspace) => (await journal.list(workspace)).map(({ fix }) => fix),
      onFailure,
    }),
    suppressions: createSuppressions({ store: createSuppressionRepository(database), clock: systemClock, onFailure }),
  };
}

/** The same for a command of a terminal, beside the backend that may run. @throws TektraError storage.unavailable */
export async function openMemory(
  paths: StatePaths,
  onFailure: (error: unknown) => void,
): Promise<Memory & { close(): void }> {
  try {
    await mkdir(paths.home, { recursive: true, mode: 0o700 });
    const database = await openSharedStateDatabase(paths.database);
    return { ...composeMemory(paths, database, onFailure), close: () => void database.close() };
  } catch (error) {
    throw storageUnavailable(`Tektra's database ${paths.database} cannot be used`, error);
  }
}
