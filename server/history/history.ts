import type { DiagnosisReport } from '../protocol/diagnosis.ts';
import type { AppliedFix } from '../protocol/fix.ts';
import type { HistoryEntry } from '../protocol/history.ts';

/** What earlier diagnoses of a folder said. The one entry to this noun for every edge. */
export interface History {
  /**
   * Keeps a run, and tells of each of its findings when it was seen before. Never throws: without its store nothing was.
   * @param whole it looked at everything: only such a run is kept, and only such a run ends what it does not find
   */
  remember(report: DiagnosisReport, whole: boolean): Promise<DiagnosisReport>;
  /** The last report of a folder, if there is one that can be read. Never throws. */
  last(workspace: string): DiagnosisReport | undefined;
  /** Newest first. @throws TektraError storage.unavailable */
  list(workspace: string): HistoryEntry[];
  /** @throws TektraError history.unknown, storage.unavailable */
  get(workspace: string, id: number): DiagnosisReport;
}

/** One time at which a cause was found on a target, from the first run that found it to the first that did not. */
export interface Occurrence {
  id: number;
  cause: string;
  target: string;
  firstAt: string;
  lastAt: string;
  /** Undefined while it lasts. */
  endedAt: string | undefined;
}

/** Where the past outlives the process. @throws what its database throws */
export interface HistoryStore {
  /** What happens in `work` happens at once, or not at all; no other process writes meanwhile. */
  transact(work: () => void): void;
  /** Adds a run; one that says the same as the folder's newest entry joins that. */
  add(report: DiagnosisReport, signature: string): void;
  last(workspace: string): DiagnosisReport | undefined;
  list(workspace: string): HistoryEntry[];
  get(workspace: string, id: number): DiagnosisReport | undefined;
  /** Oldest first. */
  occurrences(workspace: string): Occurrence[];
  begin(workspace: string, occurrence: Pick<Occurrence, 'cause' | 'target' | 'firstAt'>): void;
  continue(id: number, lastAt: string): void;
  end(id: number, endedAt: string): void;
}

/** The fixes that were applied in a folder, newest first. */
export type ListFixes = (workspace: string) => Promise<readonly AppliedFix[]>;
