import type { LogLines } from '../editor/logs/logLines.ts';
import type { ShowLog } from '../editor/logs/showLog.ts';

/** Shows all records of the kind of a line. */
export async function listTemplate(lines: LogLines, show: ShowLog, args: readonly unknown[]): Promise<void> {
  const chosen = await lines.chosen(args);
  const { template } = await lines.known(chosen);
  await show({
    sources: [chosen.source],
    documents: chosen.documents,
    query: `template:t${template.id}`,
    line: chosen.line,
  });
}
