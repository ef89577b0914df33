import { realpath } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openMemory } from '../../composeMemory.ts';
import { TektraError } from '../../protocol/errors.ts';
import type { Suppression } from '../../protocol/suppression.ts';
import { environment } from '../../runtime/environment.ts';
import { stateHome } from '../../runtime/stateHome.ts';
import { chooseFinding } from './chooseFinding.ts';
import { localTime } from './localTime.ts';
import { type TerminalStyle, terminalStyle } from './terminalStyle.ts';

const HELP = `usage: tektra suppress FINDING --reason TEXT [--days N | --until DATE] [--dir DIR] [--json]
       tektra suppress --list
       tektra suppress --remove ID

Does not tell of one finding of the last diagnosis any more. It is told again when its time is up or when it changes: another
port or another missing variable is another finding, another process id or line is not. FINDING is its id (f1) or its cause.

  --reason TEXT  why; shown wherever suppressed findings are listed
  --days N       for N days; without this and --until: until the finding changes
  --until DATE   until this day begins (2026-12-24), or this moment (2026-12-24T18:00)
  --list         list what is suppressed in this folder
  --remove ID    tell of it again
  --dir DIR      the folder that was diagnosed (default: this one)
  --json         print one JSON document

Suppressions are kept in your own state folder; no file of a workspace can suppress anything. Exit code: 0, 2 could not run.
`;

const DAY_MS = 24 * 60 * 60_000;
const MAX_DAYS = 3_650;

/** `tektra suppress`. @returns 0 */
export async function runSuppress(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    allowNegative: true,
    options: {
      reason: { type: 'string' },
      days: { type: 'string' },
      until: { type: 'string' },
      list: { type: 'boolean', default: false },
      remove: { type: 'string' },
      dir: { type: 'string', default: '.' },
      json: { type: 'boolean', default: false },
      color: { type: 'boolean', default: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const style = terminalStyle({ color: values.color, stream: process.stdout, environment });
  const print = (json: unknown, text: string): void => {
    process.stdout.write(values.json ? `${JSON.stringify(json, null, 2)}\n` : text);
  };
  const workspace = await realpath(values.dir).catch(() => values.dir);
  const memory = await openMemory(stateHome(environment), (error) => {
    throw error;
  });
  const { suppressions } = memory;
  const cancel = new AbortController();
  const onSignal = (): void => cancel.abort(new TektraError('request.cancelled', 'Nothing was suppressed.'));
  process.once('SIGINT', onSignal);
  try {
    if (values.list) {
      const all = suppressions.list(workspace);
      print(
        all,
        all.length > 0 ? all.map((each) => formatSuppression(each, style)).join('') : 'Nothing is suppressed.\n',
      );
      return 0;
    }
    if (values.remove !== undefined) {
      const removed = suppressions.remove(workspace, values.remove);
      print(removed, `${style.green('✔')} Told again: ${removed.summary}\n`);
      return 0;
    }
    const until = untilOf(values);
    if (values.reason === undefined)
      throw new TektraError('request.invalid', 'A suppression needs a reason.', { action: 'Give it with --reason.' });
    const finding = await chooseFinding(positionals, workspace, cancel.signal);
    const made = suppressions.create(workspace, finding, { reason: values.reason, until });
    print(
      made,
      `${style.green('✔')} Suppressed ${endText(made)}: ${made.summary}\n${style.dim(`tektra suppress --remove ${made.id} tells of it again`)}\n`,
    );
    return 0;
  } finally {
    process.off('SIGINT', onSignal);
    memory.close();
  }
}

/** @throws TektraError request.invalid */
function untilOf({ days, until }: { days?: string; until?: string }): Date | undefined {
  if (days !== undefined && until !== undefined)
    throw new TektraError('request.invalid', 'Give --days or --until, not both.');
  if (days !== undefined) {
    const number = Number(days);
    if (!Number.isFinite(number) || number <= 0 || number > MAX_DAYS)
      throw new TektraError('request.invalid', `--days takes a number up to ${MAX_DAYS}, not "${days}".`);
    return new Date(Date.now() + number * DAY_MS);
  }
  if (until === undefined) return undefined;
  // A day alone would be read as one that begins in Greenwich.
  const moment = new Date(/^\d{4}-\d{2}-\d{2}$/.test(until) ? `${until}T00:00` : until);
  if (Number.isNaN(moment.getTime()))
    throw new TektraError('request.invalid', `--until takes a date like 2026-12-24, not "${until}".`);
  return moment;
}

function formatSuppression(suppression: Suppression, style: TerminalStyle): string {
  const { id, cause, target, summary, reason, since } = suppression;
  return `${id}  ${summary} ${style.dim(`(${cause} of ${target})`)}\n${' '.repeat(id.length)}  ${style.dim(`${reason}; since ${localTime(since)}, ${endText(suppression)}`)}\n`;
}

function endText({ until }: Suppression): string {
  return until === undefined ? 'until it changes' : `until ${localTime(until)}`;
}
