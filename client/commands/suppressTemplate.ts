import * as vscode from 'vscode';
import { TektraError } from '../../server/protocol/errors.ts';
import { suppressLogFinding } from '../../server/protocol/logs.ts';
import type { Backend } from '../backend/backend.ts';
import { askTerm } from '../editor/askTerm.ts';
import type { DocumentLogs } from '../editor/logs/documentLogs.ts';
import type { LogLines } from '../editor/logs/logLines.ts';

/**
 * Suppresses the findings about the kind of record of a line, with a reason and until a day that the user names.
 * @throws TektraError request.invalid: there is no finding about it; storage.unavailable
 */
export async function suppressTemplate(
  parts: { lines: LogLines; documents: DocumentLogs; backend: Pick<Backend, 'request'> },
  args: readonly unknown[],
): Promise<void> {
  const chosen = await parts.lines.chosen(args);
  const { template } = await parts.lines.known(chosen);
  const outline = await parts.documents.outlineOf(chosen.document);
  const findings = (outline?.findings ?? []).filter((finding) => finding.template?.id === `t${template.id}`);
  if (findings.length === 0)
    throw new TektraError('request.invalid', 'There is no finding about records like this one.', {
      action: 'Findings stand at the top of the log and in the log view.',
    });
  const answer = await askTerm({ title: 'Suppress findings like this', subject: template.text });
  if (!answer) return;
  for (const { fingerprint, reason: summary } of findings)
    await parts.backend.request(suppressLogFinding, { fingerprint, summary, ...answer });
  vscode.window.setStatusBarMessage(`Tektra: suppressed "${template.text}"`, 5_000);
}
