import type { Connection } from 'vscode-languageserver';
import { getLogLine, getLogOutline } from '../../protocol/logDocument.ts';
import {
  closeLog,
  compareLogs,
  completeLogQuery,
  exportLog,
  findLogPosition,
  getLog,
  getLogHistogram,
  getLogRecord,
  groupLog,
  listLogFindings,
  listLogRows,
  listLogTemplates,
  logChanged,
  logQueryProgress,
  openLog,
  queryLog,
  suppressLogFinding,
  unsuppressLogFinding,
} from '../../protocol/logs.ts';
import { handleRequest } from './handleRequest.ts';
import type { RpcServices, RpcSession } from './rpcSession.ts';

/** `tektra/logs/*`. What a window opened is closed with it. */
export function registerLogs(
  connection: Connection,
  services: RpcServices,
  session: RpcSession,
  guard: () => void,
): void {
  const context = { guard, closed: session.closed.signal, logger: services.logger };
  const { logs } = services;
  const opened = new Set<string>();
  const subscription = logs.onChange((summary) => {
    if (opened.has(summary.log)) session.tell(() => connection.sendNotification(logChanged.method, summary));
  });
  session.closed.signal.addEventListener(
    'abort',
    () => {
      subscription.dispose();
      for (const log of opened) void logs.close({ log });
    },
    { once: true },
  );
  handleRequest(connection, openLog, context, async (params, signal) => {
    const summary = await logs.open({ ...params, formats: session.settings.logs.formats }, { signal });
    // The window may have gone while its log was opened.
    if (session.closed.signal.aborted) void logs.close({ log: summary.log });
    else opened.add(summary.log);
    return summary;
  });
  handleRequest(connection, closeLog, context, async ({ log }) => {
    opened.delete(log);
    return logs.close({ log });
  });
  handleRequest(connection, queryLog, context, ({ progressToken, ...params }, signal) =>
    logs.query(params, {
      signal,
      ...(progressToken === undefined
        ? {}
        : {
            onProgress: (view) => session.tell(() => connection.sendProgress(logQueryProgress, progressToken, view)),
          }),
    }),
  );
  handleRequest(connection, getLog, context, (params) => logs.get(params));
  handleRequest(connection, listLogRows, context, (params) => logs.rows(params));
  handleRequest(connection, findLogPosition, context, (params) => logs.position(params));
  handleRequest(connection, completeLogQuery, context, (params) => logs.complete(params));
  handleRequest(connection, getLogRecord, context, (params) => logs.record(params));
  handleRequest(connection, getLogHistogram, context, (params, signal) => logs.histogram(params, { signal }));
  handleRequest(connection, listLogTemplates, context, (params, signal) => logs.templates(params, { signal }));
  handleRequest(connection, listLogFindings, context, (params, signal) => logs.findings(params, { signal }));
  handleRequest(connection, getLogOutline, context, (params, signal) => logs.outline(params, { signal }));
  handleRequest(connection, getLogLine, context, (params) => logs.line(params));
  handleRequest(connection, groupLog, context, (params, signal) => logs.group(params, { signal }));
  handleRequest(connection, compareLogs, context, (params, signal) => logs.compare(params, { signal }));
  handleRequest(connection, exportLog, context, (params, signal) => logs.export(params, { signal }));
  handleRequest(connection, suppressLogFinding, context, async (params) => logs.suppress(params));
  handleRequest(connection, unsuppressLogFinding, context, async (params) => logs.unsuppress(params));
}
