import { realpath } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { composeFixes } from '../../composeFixes.ts';
import { TektraError } from '../../protocol/errors.ts';
import type { AppliedFix, FixPlan } from '../../protocol/fix.ts';
import { environment } from '../../runtime/environment.ts';
import { stateHome } from '../../runtime/stateHome.ts';
import { askInputs, askYes } from './askPerson.ts';
import { chooseFinding } from './chooseFinding.ts';
import { formatChange } from './formatChange.ts';
import { type TerminalStyle, terminalStyle } from './terminalStyle.ts';

const HELP = `usage: tektra fix FINDING [--fix N] [--dry-run] [--yes] [--keep] [--input NAME=VALUE]… [--dir DIR] [--json]
       tektra fix --undo [ID]
       tektra fix --list

Shows one fix of the last diagnosis, asks before each change, applies it, and judges the cause again. When the cause is
still there, the changes are taken back. FINDING is a finding's id (f1) or its cause (port.conflict).

  --fix N             which of its fixes, from 1 (default 1)
  --dry-run           only show what would be changed
  --yes               agree to every change that is shown
  --keep              leave the changes in place although the cause is still there
  --input NAME=VALUE  answer what the fix asks; may be given several times
  --undo              take back the last fix of this folder, or the one with this ID
  --list              list the fixes that were applied in this folder
  --dir DIR           the folder that was diagnosed (default: this one)
  --json              print the outcome as one JSON document

Exit code: 0 verified, 1 applied but the cause is still there, 2 could not run, 3 refused.
`;

const EXIT_STILL_THERE = 1;
const EXIT_COULD_NOT_RUN = 2;
const EXIT_REFUSED = 3;

/** `tektra fix`. @returns 0 verified, 1 the cause is still there, 2 could not run, 3 refused */
export async function runFix(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    allowNegative: true,
    options: {
      fix: { type: 'string', default: '1' },
      'dry-run': { type: 'boolean', default: false },
      yes: { type: 'boolean', short: 'y', default: false },
      keep: { type: 'boolean', default: false },
      input: { type: 'string', multiple: true, default: [] },
      undo: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
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
  const paths = stateHome(environment);
  const style = terminalStyle({ color: values.color, stream: process.stdout, environment });
  const fixes = composeFixes(paths.fixes, environment);
  const workspace = await realpath(values.dir).catch(() => values.dir);
  const cancel = new AbortController();
  const onSignal = (): void => cancel.abort(new TektraError('request.cancelled', 'The fix was cancelled.'));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const { signal } = cancel;
  const print = (json: unknown, text: string): void => {
    process.stdout.write(values.json ? `${JSON.stringify(json, null, 2)}\n` : text);
  };
  try {
    if (values.list) {
      const applied = await fixes.list(workspace);
      const lines = applied.map((fix) => `${fix.id}  ${fix.appliedAt}  ${outcomeWord(fix)}  ${fix.title}\n`);
      print(applied, lines.length > 0 ? lines.join('') : 'No fix was applied in this folder.\n');
      return 0;
    }
    if (values.undo) {
      const id = positionals[0] ?? (await fixes.list(workspace)).find(({ undo }) => undo)?.id;
      if (id === undefined)
        throw new TektraError('fix.unknown', 'There is no fix in this folder that Tektra can take back.');
      const undone = await fixes.undo(workspace, id, signal);
      print(undone, `${style.green('✔')} Taken back: ${undone.title}\n`);
      return 0;
    }
    const finding = await chooseFinding(positionals, workspace, signal);
    const number = Number(values.fix);
    if (!Number.isInteger(number) || number < 1)
      throw new TektraError('request.invalid', `--fix takes a number from 1, not "${values.fix}".`);
    const asked = finding.fixes[number - 1]?.inputs ?? [];
    const inputs = await askInputs(asked, values.input, { interactive: canAsk(values.yes), signal });
    const plan = await fixes.get(
      {
        workspace,
        cause: finding.cause,
        target: finding.target,
        ...(finding.fingerprint === undefined ? {} : { fingerprint: finding.fingerprint }),
        fix: number - 1,
        inputs,
      },
      signal,
    );
    if (!values.json || !values.yes) (values.json ? process.stderr : process.stdout).write(formatPlan(plan, style));
    if (values['dry-run']) {
      if (values.json) print(plan, '');
      return 0;
    }
    const approved: string[] = [];
    for (const [index, { digest, change }] of plan.changes.entries()) {
      const agreed =
        values.yes ||
        (canAsk(false) &&
          (await askYes(
            `\n${formatChange(change, style).join('\n')}\nMake change ${index + 1} of ${plan.changes.length}?`,
            signal,
          )));
      if (!agreed) {
        process.stderr.write(
          canAsk(false)
            ? 'Nothing was changed.\n'
            : 'tektra fix: nobody can be asked here, so nothing was changed.\nAgree to the changes with --yes, or run it in a terminal.\n',
        );
        return EXIT_REFUSED;
      }
      approved.push(digest);
    }
    const applied = await fixes.run(
      { token: plan.token, approved, keep: values.keep },
      { signal, onProgress: ({ label }) => values.json || process.stderr.write(`${style.dim(label)}\n`) },
    );
    print(applied, formatOutcome(applied, style));
    return exitCode(applied);
  } catch (error) {
    if (error instanceof TektraError && error.code === 'fix.refused') {
      process.stderr.write(`tektra fix: ${error.message}\n${error.action === undefined ? '' : `${error.action}\n`}`);
      return EXIT_REFUSED;
    }
    throw error;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** A person sits there: input and messages both go to a terminal. */
function canAsk(agreed: boolean): boolean {
  return !agreed && process.stdin.isTTY === true && process.stderr.isTTY === true;
}

function formatPlan(plan: FixPlan, style: TerminalStyle): string {
  return [
    `${style.bold(plan.fix.title)} ${style.dim(`(${plan.fix.risk}${plan.fix.undo ? ', can be taken back' : ', cannot be taken back'})`)}`,
    `  ${plan.summary}`,
    '',
    ...plan.changes.flatMap(({ change }) => formatChange(change, style)).map((line) => `  ${line}`),
    '',
    '',
  ].join('\n');
}

function formatOutcome(applied: AppliedFix, style: TerminalStyle): string {
  const { outcome } = applied;
  const back = (undone: boolean): string =>
    undone ? 'The changes were taken back.' : 'The changes are still in place.';
  const undoHint = applied.undo ? style.dim(`Take it back with: tektra fix --undo ${applied.id}\n`) : '';
  switch (outcome.kind) {
    case 'verified':
      return `${style.green('✔')} ${style.bold('Fixed')}: ${outcome.because ?? `${applied.cause} is gone`}\n${undoHint}`;
    case 'stillThere':
      return `${style.red('✘')} ${style.bold('Still there')}: ${outcome.because}\n${back(outcome.undone)}\n${undoHint}`;
    case 'unverified':
      return `${style.yellow('?')} Applied, but it could not be told whether it helped: ${outcome.because}\n${undoHint}`;
    case 'failed':
      return `${style.red('✘')} ${style.bold('Not applied')}: ${outcome.because}\n${back(outcome.undone)}\n${undoHint}`;
    case 'undone':
      return `${style.green('✔')} Taken back: ${applied.title}\n`;
  }
}

function outcomeWord({ outcome }: AppliedFix): string {
  if ('undone' in outcome && outcome.undone) return 'taken back';
  return {
    verified: 'fixed',
    stillThere: 'still there',
    unverified: 'not verified',
    failed: 'failed',
    undone: 'taken back',
  }[outcome.kind];
}

function exitCode({ outcome }: AppliedFix): number {
  if (outcome.kind === 'verified') return 0;
  return outcome.kind === 'failed' ? EXIT_COULD_NOT_RUN : EXIT_STILL_THERE;
}
