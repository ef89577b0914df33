import { rmSync } from 'node:fs';
import { openDatabase } from './openDatabase.ts';

/** Held as long as its holder lives: the kernel drops it with the process, however that dies. */
export interface LeaderLock {
  release(): void;
}

/**
 * Takes the lock that makes this process the user's one backend, through the file lock of an SQLite database: the only
 * OS lock that is at hand on every platform without another native module.
 * @returns undefined when another process holds it
 */
export async function takeLeaderLock(file: string): Promise<LeaderLock | undefined> {
  const database = await openDatabase(file, { busyTimeoutMs: 0 });
  try {
    database.pragma('journal_mode = MEMORY');
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const code = (error as { code?: string }).code;
    if (code?.startsWith('SQLITE_BUSY')) return undefined;
    // Something else wrote into the file. Nothing in it is worth keeping, and no lock is held through it.
    if (code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT') {
      rmSync(file);
      return takeLeaderLock(file);
    }
    throw error;
  }
  return { release: () => database.close() };
}
