import type { AppliedFix, FixPlan, FixProgress, FixRequest, RunFixRequest } from '../protocol/fix.ts';

/** The change door: makes the declared changes of findings, and nothing else. The one entry to this noun for every edge. */
export interface Fixes {
  /**
   * Judges the cause again and makes one of its fixes ready against the system as it is now. Changes nothing.
   * @throws TektraError finding.unknown, fix.unknown, fix.stale, request.invalid, request.cancelled, workspace.unreadable
   */
  get(request: FixRequest, signal: AbortSignal): Promise<FixPlan>;
  /**
   * Makes the changes of a plan that a person approved one by one, and judges the cause again. When it is still there,
   * when a change fails, or when the signal aborts, what was changed is taken back.
   * @throws TektraError fix.stale, fix.refused, request.cancelled
   */
  run(
    request: RunFixRequest,
    options: { signal: AbortSignal; onProgress?: (progress: FixProgress) => void },
  ): Promise<AppliedFix>;
  /**
   * Takes an applied fix back: files byte for byte, commands and statements by their declared inverse.
   * @throws TektraError fix.unknown, fix.stale when a file was changed since
   */
  undo(workspace: string, id: string, signal: AbortSignal): Promise<AppliedFix>;
  /** The fixes that were applied in a folder, newest first. */
  list(workspace: string): Promise<AppliedFix[]>;
}
