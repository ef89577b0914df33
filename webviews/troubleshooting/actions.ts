import type { Category } from '../../server/protocol/diagnosis.ts';

/** What the user can do on the page; each ends as one request to the client. */
export interface Actions {
  diagnose(): void;
  stop(): void;
  /** Gives up one check of the run that goes on. */
  skip(check: string): void;
  openGuide(): void;
  closeGuide(): void;
  /** Diagnoses what is written in the guide, and the category that was chosen there. */
  startGuide(category?: Category): void;
  /** What stands in the guide's field, and what happens when the user writes there. */
  draft(): string;
  setDraft(text: string): void;
  /** A run takes so long that its checks are worth a look: shown for less they would only flicker. */
  isLong(): boolean;
  select(workspace: string): void;
  openEvidence(source: string): void;
  previewFix(finding: string, fix: number): void;
  /** What is shown is the past: nothing can be done about it. */
  readOnly: boolean;
  /** A fix goes on; another cannot begin. */
  busy: boolean;
  applyFix(finding: string, fix: number, keep: boolean): void;
  continueFix(): void;
  stopFix(): void;
  closeFix(): void;
  takeBackFix(id: string): void;
  openFixOutput(id: string): void;
  /** Shows one report of the past; without an id the present again. */
  openPast(id: number | undefined): void;
  suppress(finding: string): void;
  restore(suppression: string): void;
  restartBackend(): void;
  openLog(): void;
  openTrust(): void;
  openFolder(): void;
  /** Whether a collapsible section is open, and what happens when the user changes that. */
  isOpen(section: string): boolean;
  setOpen(section: string, open: boolean): void;
}
