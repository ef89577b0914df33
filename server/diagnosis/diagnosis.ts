import type { DiagnosisProgress, DiagnosisReport, DiagnosisRequest } from '../protocol/diagnosis.ts';

/** A run that goes on. */
export interface DiagnosisRun {
  /** Gives up one check; causes that need it become unknown. @returns false when it does not run, or cannot be skipped */
  skip(check: string): boolean;
}

export interface RunOptions {
  signal: AbortSignal;
  onProgress?: (progress: DiagnosisProgress) => void;
  /** Told once, when the run can be influenced. */
  onStart?: (run: DiagnosisRun) => void;
}

/** Diagnoses folders; the one entry to this noun for every edge. */
export interface Diagnosis {
  /**
   * Finds what is broken in a folder and why. Reads only: nothing in the folder is executed or changed.
   * @throws TektraError workspace.unreadable, target.unknown, request.cancelled
   */
  run(request: DiagnosisRequest, options: RunOptions): Promise<DiagnosisReport>;
  /** The last report of a folder, if there is one. */
  last(workspace: string): DiagnosisReport | undefined;
}
