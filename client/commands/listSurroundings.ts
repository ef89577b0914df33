import { TektraError } from '../../server/protocol/errors.ts';
import type { LogLines } from '../editor/logs/logLines.ts';
import type { ShowLog } from '../editor/logs/showLog.ts';

/** Half of the time that is shown around a line. Milliseconds. */
const AROUND_MS = 15_000;

/** Shows the 30 seconds around a line. @throws TektraError request.invalid: the line has no time */
export async function listSurroundings(lines: LogLines, show: ShowLog, args: readonly unknown[]): Promise<void> {
  const chosen = await lines.chosen(args);
  const { time } = await lines.known(chosen);
  if (time === undefined)
    throw new TektraError('request.invalid', `Line ${chosen.line} has no time.`, {
      action: 'Open the log view at this line instead: what stands around it is shown there.',
    });
  const range = { from: time - AROUND_MS, to: time + AROUND_MS };
  await show({ sources: [chosen.source], documents: chosen.documents, query: '', line: chosen.line, range });
}
