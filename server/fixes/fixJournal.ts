import type { AppliedFix } from '../protocol/fix.ts';

/** How one change is taken back; written before the change is made. */
export type Reversal =
  | {
      kind: 'file';
      /** Relative to the workspace. */
      file: string;
      /** The bytes before, base64; undefined when there was no file. */
      before: string | undefined;
      /** SHA-256 of the bytes that the change wrote: only those are taken back. */
      wrote: string;
      /** Folders that were made for it, outermost first, relative to the workspace. */
      folders: string[];
    }
  | { kind: 'command'; argv: string[]; cwd: string | undefined }
  | { kind: 'container'; action: 'start' | 'stop'; container: string }
  | { kind: 'sql'; target: string; statement: string; database: string | undefined }
  /** Nothing takes it back. */
  | { kind: 'none' };

export interface JournalEntry {
  fix: AppliedFix;
  /** In the order of the changes. */
  reversals: Reversal[];
}

/** Where applied fixes outlive the process. Its entries hold former bytes of the user's files: private to the user. */
export interface FixJournal {
  save(entry: JournalEntry): Promise<void>;
  get(id: string): Promise<JournalEntry | undefined>;
  /** Newest first. */
  list(workspace: string): Promise<JournalEntry[]>;
}
