import type { WorkspaceDiagnosis } from '../editor/workspaceDiagnosis.ts';

/** Cancels every diagnosis that goes on in this window. */
export function stopDiagnosis(diagnosis: WorkspaceDiagnosis): void {
  diagnosis.stop();
}
