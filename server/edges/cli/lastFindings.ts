import { composeLastReports } from '../../composeLastReports.ts';
import { createSystems } from '../../composeSystems.ts';
import { createDiagnosis } from '../../diagnosis/createDiagnosis.ts';
import type { Finding } from '../../protocol/diagnosis.ts';
import { systemClock } from '../../runtime/clock.ts';
import { environment } from '../../runtime/environment.ts';

/** The findings of the last diagnosis of a folder in a terminal; of a new one when there was none. */
export async function lastFindings(workspace: string, signal: AbortSignal): Promise<Finding[]> {
  const reports = composeLastReports(environment);
  const last = await reports.get(workspace);
  if (last) return last.findings;
  const diagnosis = createDiagnosis({ systems: createSystems(), environment, clock: systemClock });
  const report = await diagnosis.run({ workspace }, { signal });
  await reports.save(report);
  return report.findings;
}
