import type { Connection } from 'vscode-languageserver';
import { TektraError } from '../../protocol/errors.ts';
import { createSuppression, listSuppressions, removeSuppression } from '../../protocol/suppression.ts';
import { handleRequest } from './handleRequest.ts';
import { realFolder } from './realFolder.ts';
import type { RpcServices, RpcSession } from './rpcSession.ts';

/** `tektra/suppression/*`. The next diagnosis follows what is changed here. */
export function registerSuppression(
  connection: Connection,
  services: RpcServices,
  session: RpcSession,
  guard: () => void,
): void {
  const { diagnosis, suppressions } = services;
  const context = { guard, closed: session.closed.signal, logger: services.logger };
  handleRequest(connection, createSuppression, context, async ({ workspace, fingerprint, reason, until }) => {
    const folder = await realFolder(workspace);
    const finding = diagnosis.last(folder)?.findings.find((candidate) => candidate.fingerprint === fingerprint);
    if (!finding)
      throw new TektraError('finding.unknown', 'The last diagnosis of this folder has no such finding.', {
        action: 'Diagnose again.',
      });
    return suppressions.create(folder, finding, { reason, until: until === undefined ? undefined : new Date(until) });
  });
  handleRequest(connection, removeSuppression, context, async ({ workspace, id }) =>
    suppressions.remove(await realFolder(workspace), id),
  );
  handleRequest(connection, listSuppressions, context, async ({ workspace }) =>
    suppressions.list(await realFolder(workspace)),
  );
}
