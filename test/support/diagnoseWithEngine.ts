import { createSystems } from '../../server/composeSystems.ts';
import { createDiagnosis } from '../../server/diagnosis/createDiagnosis.ts';
import type { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createDocker } from '../../server/systems/docker/docker.ts';
import { noteIncident } from './noteIncident.ts';

/** A whole diagnosis of a machine whose container engine listens at another socket. */
export async function diagnoseWithEngine(workspace: string, socket: string): Promise<DiagnosisReport> {
  const systems = { ...createSystems(), docker: createDocker({ DOCKER_HOST: `unix://${socket}` }) };
  const report = await createDiagnosis({ systems, environment: {}, clock: systemClock }).run(
    { workspace },
    { signal: new AbortController().signal },
  );
  noteIncident(report);
  return report;
}
