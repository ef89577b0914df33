import { createSystems } from './composeSystems.ts';
import { createFixes } from './fixes/createFixes.ts';
import type { Fixes } from './fixes/fixes.ts';
import { systemClock } from './runtime/clock.ts';
import { createFixJournal } from './storage/fixJournalFiles.ts';
import { createPostgresStatements } from './systems/postgres/runStatement.ts';

/** The change door, for the backend and for `tektra fix`, which works without it. */
export function composeFixes(
  journalFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
  systems = createSystems(),
): Fixes {
  return createFixes({
    systems,
    statements: createPostgresStatements(),
    environment,
    clock: systemClock,
    journal: createFixJournal(journalFolder),
  });
}
