import type { LogLines } from '../editor/logs/logLines.ts';
import type { ShowLog } from '../editor/logs/showLog.ts';

/** Explains a line of a log: shows its record with all that is known of it, in the log view. */
export async function openLine(lines: LogLines, show: ShowLog, args: readonly unknown[]): Promise<void> {
  const { source, documents, line } = await lines.chosen(args);
  await show({ sources: [source], documents, query: '', line });
}
