import type * as vscode from 'vscode';
import type { LogSource } from '../../../server/protocol/logs.ts';

/** What the log view is opened with. */
export interface LogRequest {
  /** Read as one log, merged by time. */
  sources: LogSource[];
  /** The documents of those sources that are no local files, by their names. */
  documents?: ReadonlyMap<string, vscode.Uri>;
  /** What its filter holds; left out: what it held before, or nothing. */
  query?: string;
  /** The record of this line of the first source is selected and its details are shown. 1-based. */
  line?: number;
  /** Only this time is shown, ms since the epoch. */
  range?: { from: number; to: number };
}

/** Opens the log view, or brings the one of these sources to the front. */
export type ShowLog = (request: LogRequest) => Promise<void>;
