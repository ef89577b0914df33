import type { DiagnosisReport, Finding } from '../protocol/diagnosis.ts';
import type { Suppression } from '../protocol/suppression.ts';

/** What the user does not want to be told of. Kept in the user's own state: nothing in a workspace can suppress a finding. */
export interface Suppressions {
  /** Holds the suppressed findings of a report back. Never throws: without its store nothing is suppressed. */
  apply(report: DiagnosisReport): DiagnosisReport;
  /**
   * Suppresses a finding from now on; an earlier suppression of the same one is replaced.
   * @param until undefined: until the finding changes
   * @throws TektraError request.invalid, storage.unavailable
   */
  create(workspace: string, finding: Finding, terms: { reason: string; until: Date | undefined }): Suppression;
  /** Tells of it again. @throws TektraError suppression.unknown, storage.unavailable */
  remove(workspace: string, id: string): Suppression;
  /** Those in force now, newest first. @throws TektraError storage.unavailable */
  list(workspace: string): Suppression[];
}

/** Where suppressions outlive the process. @throws what its database throws */
export interface SuppressionStore {
  /** Newest first. */
  list(workspace: string): Suppression[];
  /** Takes the place of what the same workspace and fingerprint had. */
  save(suppression: Suppression): void;
  remove(id: string): void;
}
