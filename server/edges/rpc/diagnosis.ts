import type { Connection } from 'vscode-languageserver';
import type { DiagnosisRun } from '../../diagnosis/diagnosis.ts';
import {
  type DiagnosisProgress,
  type DiagnosisReport,
  diagnosisProgress,
  getDiagnosis,
  runDiagnosis,
  skipDiagnosis,
} from '../../protocol/diagnosis.ts';
import { handleRequest } from './handleRequest.ts';
import { realFolder } from './realFolder.ts';
import type { RpcServices, RpcSession } from './rpcSession.ts';

/** `tektra/diagnosis/*`. @param announce tells the other windows of the same folder */
export function registerDiagnosis(
  connection: Connection,
  services: RpcServices,
  session: RpcSession,
  guard: () => void,
  announce: (report: DiagnosisReport) => void,
): void {
  const context = { guard, closed: session.closed.signal, logger: services.logger };
  /** By their progress tokens, which are this window's own: no window can skip in the run of another. */
  const runs = new Map<string | number, DiagnosisRun>();
  handleRequest(connection, runDiagnosis, context, async ({ progressToken, ...request }, signal) => {
    session.workspaces.add(await realFolder(request.workspace));
    const { timeoutSeconds, extraLogs } = session.settings.diagnosis;
    const watched =
      progressToken === undefined
        ? {}
        : {
            onProgress: (progress: DiagnosisProgress) =>
              session.tell(() => connection.sendProgress(diagnosisProgress, progressToken, progress)),
            onStart: (run: DiagnosisRun) => void runs.set(progressToken, run),
          };
    const report = await services.diagnosis
      .run(
        { timeoutMs: timeoutSeconds * 1000, ...request, logs: [...extraLogs, ...(request.logs ?? [])] },
        { signal, ...watched },
      )
      .finally(() => progressToken !== undefined && runs.delete(progressToken));
    session.workspaces.add(report.workspace);
    announce(report);
    return report;
  });
  handleRequest(connection, skipDiagnosis, context, async ({ progressToken, check }) => ({
    skipped: runs.get(progressToken)?.skip(check) ?? false,
  }));
  handleRequest(connection, getDiagnosis, context, async ({ workspace }) => {
    const folder = await realFolder(workspace);
    session.workspaces.add(folder);
    return services.diagnosis.last(folder) ?? null;
  });
}
