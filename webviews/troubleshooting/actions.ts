/** What the user can do on the page; each ends as one request to the client. */
export interface Actions {
  diagnose(): void;
  stop(): void;
  select(workspace: string): void;
  openEvidence(source: string): void;
  previewFix(finding: string, fix: number): void;
  restartBackend(): void;
  openLog(): void;
  openTrust(): void;
  openFolder(): void;
  /** Whether a collapsible section is open, and what happens when the user changes that. */
  isOpen(section: string): boolean;
  setOpen(section: string, open: boolean): void;
}
