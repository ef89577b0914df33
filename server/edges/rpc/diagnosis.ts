import type { Connection } from 'vscode-languageserver';
import { type DiagnosisReport, diagnosisProgress, getDiagnosis, runDiagnosis } from '../../protocol/diagnosis.ts';
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
  handleRequest(connection, runDiagnosis, context, async ({ progressToken, ...request }, signal) => {
    session.workspaces.add(await realFolder(request.workspace));
    const { timeoutSeconds, extraLogs } = session.settings.diagnosis;
    const report = await services.diagnosis.run(
      { timeoutMs: timeoutSeconds * 1000, ...request, logs: [...extraLogs, ...(request.logs ?? [])] },
      {
        signal,
        ...(progressToken === undefined
          ? {}
          : {
              onProgress: (progress) =>
                session.tell(() => connection.sendProgress(diagnosisProgress, progressToken, progress)),
            }),
      },
    );
    session.workspaces.add(report.workspace);
    announce(report);
    return report;
  });
  handleRequest(connection, getDiagnosis, context, async ({ workspace }) => {
    const folder = await realFolder(workspace);
    session.workspaces.add(folder);
    return services.diagnosis.last(folder) ?? null;
  });
}
