import { realpath } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openMemory } from '../../composeMemory.ts';
import { TektraError } from '../../protocol/errors.ts';
import type { HistoryEntry } from '../../protocol/history.ts';
import { environment } from '../../runtime/environment.ts';
import { stateHome } from '../../runtime/stateHome.ts';
import { formatReport } from './formatReport.ts';
import { localTime } from './localTime.ts';
import { type TerminalStyle, terminalStyle } from './terminalStyle.ts';

const HELP = `usage: tektra history [DIR] [--report ID] [--json] [--no-color]

Lists the past diagnoses of the folder DIR (default: this one), newest first: those of terminals and of editors. Runs in a row
that said the same are one entry.

  --report ID  print the report of one entry, as it was
  --json       print one JSON document

Exit code: 0, 2 could not run.
`;

/** `tektra history`. @returns 0 */
export async function runHistory(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    allowNegative: true,
    options: {
      report: { type: 'string' },
      json: { type: 'boolean', default: false },
      color: { type: 'boolean', default: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (positionals.length > 1) throw new TektraError('request.invalid', 'One folder at a time.');
  const workspace = await realFolder(positionals[0] ?? '.');
  const style = terminalStyle({ color: values.color, stream: process.stdout, environment });
  const memory = await openMemory(stateHome(environment), (error) => {
    throw error;
  });
  try {
    if (values.report !== undefined) {
      const id = Number(values.report);
      if (!Number.isInteger(id))
        throw new TektraError('request.invalid', `--report takes the number of an entry, not "${values.report}".`);
      const report = memory.history.get(workspace, id);
      process.stdout.write(
        values.json
          ? `${JSON.stringify(report, null, 2)}\n`
          : `${style.dim(`As of ${localTime(report.startedAt)}:`)}\n${formatReport(report, style)}`,
      );
      return 0;
    }
    const entries = memory.history.list(workspace);
    process.stdout.write(values.json ? `${JSON.stringify(entries, null, 2)}\n` : formatHistory(entries, style));
    return 0;
  } finally {
    memory.close();
  }
}

async function realFolder(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (error) {
    throw new TektraError('workspace.unreadable', `There is no folder ${folder}.`, { cause: error });
  }
}

function formatHistory(entries: readonly HistoryEntry[], style: TerminalStyle): string {
  if (entries.length === 0) return 'This folder was not diagnosed yet.\n';
  const width = Math.max(...entries.map(({ id }) => String(id).length));
  const marks = { pass: style.green('✔'), warn: style.yellow('▲'), fail: style.red('✘') } as const;
  return entries
    .map((entry) => {
      const runs =
        entry.runs === 1 ? `${entry.durationMs} ms` : `${entry.runs} runs since ${localTime(entry.startedAt)}`;
      const held = entry.suppressed === 0 ? '' : `, ${entry.suppressed} suppressed`;
      const said = entry.root ? `${entry.root.summary} ${style.dim(`(${entry.root.cause})`)}` : 'healthy';
      const number = style.dim(String(entry.id).padStart(width));
      return `${number}  ${localTime(entry.lastAt)}  ${marks[entry.status]} ${said} ${style.dim(`${runs}${held}`)}\n`;
    })
    .join('');
}
