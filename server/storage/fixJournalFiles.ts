import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { FixJournal, JournalEntry } from '../fixes/fixJournal.ts';
import { AppliedFix } from '../protocol/fix.ts';

/** Applied fixes that are kept for each workspace; with an older one goes what takes it back. */
const KEPT_PER_WORKSPACE = 50;
const ID = /^[\da-f]{16}$/;

const Reversal = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    file: z.string(),
    before: z.string().optional(),
    wrote: z.string(),
    folders: z.array(z.string()),
  }),
  z.object({ kind: z.literal('command'), argv: z.array(z.string()), cwd: z.string().optional() }),
  z.object({ kind: z.literal('container'), action: z.enum(['start', 'stop']), container: z.string() }),
  z.object({
    kind: z.literal('sql'),
    target: z.string(),
    statement: z.string(),
    database: z.string().optional(),
  }),
  z.object({ kind: z.literal('none') }),
]);
const Entry = z.object({ fix: AppliedFix, reversals: z.array(Reversal) });

/**
 * One file for each applied fix, so that the backend and a terminal need no common writer. The former bytes of the
 * user's files are in them: the folder is 0700 and the files are 0600.
 */
export function createFixJournal(folder: string): FixJournal {
  const read = async (file: string): Promise<JournalEntry | undefined> => {
    const text = await readFile(path.join(folder, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return undefined;
    const entry = Entry.safeParse(parseJson(text));
    // A file of another version, or a damaged one, takes nothing back; it is left for a person.
    return entry.success ? (entry.data as JournalEntry) : undefined;
  };
  const all = async (): Promise<JournalEntry[]> => {
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const entries = await Promise.all(names.filter((name) => name.endsWith('.json')).map(read));
    return entries.filter((entry) => entry !== undefined).sort((a, b) => (a.fix.appliedAt < b.fix.appliedAt ? 1 : -1));
  };

  return {
    async save(entry) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = path.join(folder, `${entry.fix.id}.json`);
      const temporary = `${file}.${randomBytes(4).toString('hex')}`;
      const handle = await open(temporary, 'wx', 0o600);
      try {
        await handle.writeFile(JSON.stringify(entry));
        // The change itself follows: its way back must not be lost to a power failure.
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, file);
      const own = (await all()).filter(({ fix }) => fix.workspace === entry.fix.workspace);
      for (const old of own.slice(KEPT_PER_WORKSPACE))
        await rm(path.join(folder, `${old.fix.id}.json`), { force: true });
    },
    get: async (id) => (ID.test(id) ? read(`${id}.json`) : undefined),
    list: async (workspace) => (await all()).filter(({ fix }) => fix.workspace === workspace),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
