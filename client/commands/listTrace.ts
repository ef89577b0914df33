import { TektraError } from '../../server/protocol/errors.ts';
import type { LogLines } from '../editor/logs/logLines.ts';
import { quoted } from '../editor/logs/quoted.ts';
import type { ShowLog } from '../editor/logs/showLog.ts';

/** Shows the records with the trace id of a line, in order. @throws TektraError request.invalid: the line carries none */
export async function listTrace(lines: LogLines, show: ShowLog, args: readonly unknown[]): Promise<void> {
  const chosen = await lines.chosen(args);
  const { traceId } = await lines.known(chosen);
  if (traceId === undefined)
    throw new TektraError('request.invalid', `Line ${chosen.line} carries no trace or request id.`, {
      action: 'Show the surrounding 30 seconds instead.',
    });
  await show({
    sources: [chosen.source],
    documents: chosen.documents,
    query: `trace:${quoted(traceId)}`,
    line: chosen.line,
  });
}
