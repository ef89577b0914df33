import { TektraError } from '../../server/protocol/errors.ts';
import type { LogLines } from '../editor/logs/logLines.ts';
import { quoted } from '../editor/logs/quoted.ts';
import type { ShowLog } from '../editor/logs/showLog.ts';

/** Shows what the component of a line wrote. @throws TektraError request.invalid: the line names none */
export async function listComponent(lines: LogLines, show: ShowLog, args: readonly unknown[]): Promise<void> {
  const chosen = await lines.chosen(args);
  const { component } = await lines.known(chosen);
  if (component === undefined)
    throw new TektraError('request.invalid', `Line ${chosen.line} names no component.`, {
      action: 'Show all records like it instead.',
    });
  await show({
    sources: [chosen.source],
    documents: chosen.documents,
    query: `component:${quoted(component)}`,
    line: chosen.line,
  });
}
