import { createHash, randomBytes } from 'node:crypto';
import { type Cause, HOST_TARGET, type Proved } from '../diagnosis/cause.ts';
import { allCauses } from '../diagnosis/causes.ts';
import { readableFolder } from '../diagnosis/readableFolder.ts';
import type { Systems } from '../diagnosis/systems.ts';
import { type Change, type Fix, isUndoable } from '../protocol/diagnosis.ts';
import { TektraError } from '../protocol/errors.ts';
import type { AppliedFix, FixOutcome, FixPlan, FixRequest } from '../protocol/fix.ts';
import type { Clock } from '../runtime/clock.ts';
import { redactTexts } from '../security/redactReport.ts';
import type { Secret } from '../security/secret.ts';
import { fingerprintOf } from '../suppression/fingerprint.ts';
import { type ChangeContext, type ReadyChange, readyChange, reverse } from './changeMachine.ts';
import { fillInputs } from './fillInputs.ts';
import type { Fixes } from './fixes.ts';
import type { FixJournal, JournalEntry, Reversal } from './fixJournal.ts';
import { judgeAgain } from './judgeAgain.ts';
import { createStatementRunner, type Statements } from './statementRunner.ts';
import { verifyFix } from './verifyFix.ts';

/** A plan that a person looks at for longer is made anew: the system moves on. */
const PLAN_MS = 10 * 60_000;
const MAX_PLANS = 50;
const OUTPUT_CHARACTERS = 4_000;

export interface FixesParts {
  systems: Systems;
  statements: Statements;
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  journal: FixJournal;
  /** For tests; default: every cause there is. */
  causes?: readonly Cause[];
}

interface Plan {
  shown: FixPlan;
  /** With nothing redacted: what is done. */
  fix: Fix;
  secrets: Secret[];
  madeAt: number;
  workspace: string;
  cause: Cause;
  statementTargets: Parameters<typeof createStatementRunner>[1];
}

/** See {@link Fixes}. */
export function createFixes(parts: FixesParts): Fixes {
  const causes = parts.causes ?? allCauses;
  const plans = new Map<string, Plan>();
  const contextOf = (workspace: string) => ({
    workspace,
    systems: parts.systems,
    environment: parts.environment,
    extraLogs: [],
    clock: parts.clock,
  });

  const get: Fixes['get'] = async (request, signal) => {
    const workspace = await readableFolder(request.workspace);
    const cause = causeOf(request, causes);
    const judgment = await judgeAgain(cause, request.target, contextOf(workspace), signal);
    const { secrets: known } = judgment;
    if (!known)
      throw new TektraError(
        'fix.refused',
        'What is secret in this folder could not be found out, so that the changes cannot be shown without it.',
        { action: 'Diagnose again: the list of checks says which of them failed.' },
      );
    // Several faults of one cause may be on one target: the one that was shown is meant.
    const found =
      judgment.found.find((each) => isSame(redactTexts(each, known), cause, request.fingerprint)) ?? judgment.found[0];
    if (!found)
      throw new TektraError(
        'finding.unknown',
        `${cause.id} of ${request.target} is not found any more${because(judgment)}.`,
        {
          action: 'Diagnose again.',
        },
      );
    const chosen = found.fixes[request.fix];
    if (!chosen)
      throw new TektraError('fix.unknown', `There is no fix ${request.fix + 1} for ${cause.id} of ${request.target}.`, {
        action: found.fixes.length === 0 ? 'It has to be repaired by hand.' : `Choose 1 to ${found.fixes.length}.`,
      });
    const answers = request.inputs ?? {};
    const fix = fillInputs(withUndo(chosen), answers);
    const secrets = [...known, ...secretAnswers(chosen, answers)];
    const runStatement = createStatementRunner(parts, judgment.targets);
    // A change that cannot be made as things are is refused now, before anybody agrees to it.
    await readyChanges(fix.changes, { workspace, runStatement, signal });
    const token = randomBytes(16).toString('base64url');
    const plan: Plan = {
      shown: redactTexts(planOf(token, workspace, cause, found, fix), secrets),
      fix,
      secrets,
      madeAt: parts.clock.monotonic(),
      workspace,
      cause,
      statementTargets: judgment.targets,
    };
    plans.set(token, plan);
    for (const old of plans.keys()) if (plans.size > MAX_PLANS) plans.delete(old);
    return plan.shown;
  };

  const run: Fixes['run'] = async ({ token, approved, keep = false }, { signal, onProgress }) => {
    const plan = plans.get(token);
    if (!plan || parts.clock.monotonic() - plan.madeAt > PLAN_MS)
      throw new TektraError('fix.stale', 'This fix was made ready too long ago, or was applied already.', {
        action: 'Look at it once more.',
      });
    const { workspace, fix, shown } = plan;
    if (approved.length !== shown.changes.length || approved.some((digest, i) => digest !== shown.changes[i]?.digest))
      throw new TektraError('fix.refused', 'Not every change of the fix was agreed to; nothing was changed.', {
        action: 'Agree to each change that is shown.',
      });
    plans.delete(token);
    const context: ChangeContext = {
      workspace,
      runStatement: createStatementRunner(parts, plan.statementTargets),
      signal,
    };
    // What moved since the plan was shown is seen before anything is changed.
    await readyChanges(fix.changes, context);
    const entry: JournalEntry = {
      fix: {
        id: randomBytes(8).toString('hex'),
        workspace,
        cause: shown.cause,
        target: shown.target,
        summary: shown.summary,
        title: shown.fix.title,
        appliedAt: parts.clock.now().toISOString(),
        outcome: { kind: 'unverified', because: 'it was interrupted' },
        undo: false,
      },
      reversals: [],
    };
    const finish = async (outcome: FixOutcome, output: string): Promise<AppliedFix> => {
      const gone = outcome.kind === 'undone' || ('undone' in outcome && outcome.undone);
      const undo = !gone && entry.reversals.length > 0 && entry.reversals.every(({ kind }) => kind !== 'none');
      entry.fix = {
        ...entry.fix,
        outcome,
        undo,
        ...(output === '' ? {} : { output: output.slice(-OUTPUT_CHARACTERS) }),
      };
      entry.fix = redactTexts(entry.fix, plan.secrets);
      await parts.journal.save(entry);
      return entry.fix;
    };

    let output = '';
    try {
      for (const [index, change] of fix.changes.entries()) {
        signal.throwIfAborted();
        onProgress?.({ label: `${labelOf(change)} (${index + 1} of ${fix.changes.length})` });
        // Made ready only now: a change may build on the one before it.
        const ready = await readyChange(change, context);
        // The way back is on the disk before the way there is taken.
        entry.reversals.push(ready.reversal);
        await parts.journal.save(entry);
        output += await ready.make();
      }
    } catch (error) {
      const undone = await takeBack(entry.reversals, { ...context, signal: AbortSignal.timeout(60_000) });
      const outcome = await finish({ kind: 'failed', because: messageOf(error), undone: undone.complete }, output);
      if (signal.aborted) throw new TektraError('request.cancelled', cancelText(undone.complete), { cause: error });
      return outcome;
    }

    onProgress?.({ label: `Judging ${shown.cause} again` });
    const outside = fix.changes.some(({ kind }) => kind !== 'edit' && kind !== 'create');
    const outcome = await verifyFix(plan.cause, shown.target, contextOf(workspace), { patient: outside, signal }).catch(
      async (error: unknown): Promise<FixOutcome> => {
        if (!signal.aborted) return { kind: 'unverified', because: messageOf(error) };
        const undone = await takeBack(entry.reversals, { ...context, signal: AbortSignal.timeout(60_000) });
        return { kind: 'failed', because: 'it was cancelled', undone: undone.complete };
      },
    );
    if (outcome.kind === 'stillThere' && !keep) {
      onProgress?.({ label: 'Taking the changes back' });
      const undone = await takeBack(entry.reversals, { ...context, signal: AbortSignal.timeout(60_000) });
      return finish({ ...outcome, undone: undone.complete }, output);
    }
    return finish(outcome, output);
  };

  const undo: Fixes['undo'] = async (folder, id, signal) => {
    const workspace = await readableFolder(folder);
    const entry = await parts.journal.get(id);
    if (!entry || entry.fix.workspace !== workspace)
      throw new TektraError('fix.unknown', 'There is no such fix to take back.', { action: 'See the list of fixes.' });
    if (!entry.fix.undo)
      throw new TektraError('fix.unknown', `"${entry.fix.title}" cannot be taken back by Tektra, or was already.`);
    const targets = entry.reversals.some(({ kind }) => kind === 'sql')
      ? (await judgeAgain(causeOf(entry.fix, causes), entry.fix.target, contextOf(workspace), signal)).targets
      : [];
    const context = { workspace, runStatement: createStatementRunner(parts, targets), signal };
    const undone = await takeBack(entry.reversals, context);
    if (!undone.complete)
      throw new TektraError('fix.stale', `"${entry.fix.title}" could not be taken back: ${undone.because}`, {
        action: 'Take it back by hand; nothing else was overwritten.',
      });
    entry.fix = { ...entry.fix, outcome: { kind: 'undone' }, undo: false };
    await parts.journal.save(entry);
    return entry.fix;
  };

  const list: Fixes['list'] = async (folder) =>
    (await parts.journal.list(await readableFolder(folder))).map(({ fix }) => fix);

  return { get, run, undo, list };
}

function causeOf({ cause: id }: Pick<FixRequest, 'cause'>, causes: readonly Cause[]): Cause {
  const cause = causes.find((candidate) => candidate.id === id);
  if (!cause) throw new TektraError('finding.unknown', `There is no cause "${id}".`, { action: 'Diagnose again.' });
  return cause;
}

function isSame(found: Proved, { id: cause }: Cause, fingerprint: string | undefined): boolean {
  return fingerprint !== undefined && fingerprintOf({ ...found, cause }) === fingerprint;
}

function because({ refuted, unknown }: { refuted: string | undefined; unknown: string | undefined }): string {
  const reason = refuted ?? unknown;
  return reason === undefined ? '' : `: ${reason}`;
}

function withUndo(fix: Fix): Fix {
  return { ...fix, undo: fix.changes.length > 0 && fix.changes.every(isUndoable) };
}

function secretAnswers(fix: Fix, answers: Readonly<Record<string, string>>): Secret[] {
  return (fix.inputs ?? []).flatMap(({ name, secret }) =>
    secret && Object.hasOwn(answers, name) ? [{ name, value: answers[name] ?? '' }] : [],
  );
}

/** All of them, to see whether they can be made; a later one may need an earlier one to have been made first. */
async function readyChanges(changes: readonly Change[], context: ChangeContext): Promise<ReadyChange[]> {
  const files = new Set<string>();
  const ready: ReadyChange[] = [];
  for (const change of changes) {
    const file = 'file' in change ? change.file : undefined;
    if (file === undefined || !files.has(file)) ready.push(await readyChange(change, context));
    if (file !== undefined) files.add(file);
  }
  return ready;
}

function planOf(token: string, workspace: string, cause: Cause, found: Proved, fix: Fix): FixPlan {
  return {
    token,
    workspace,
    cause: cause.id,
    target: found.target ?? HOST_TARGET,
    summary: found.summary,
    fix,
    changes: fix.changes.map((change, index) => ({
      digest: createHash('sha256')
        .update(`${token} ${index} ${JSON.stringify(change)}`)
        .digest('base64url'),
      change,
    })),
  };
}

/** Backwards through what was made. One that cannot be taken back does not keep the others. */
async function takeBack(
  reversals: readonly Reversal[],
  context: ChangeContext,
): Promise<{ complete: boolean; because: string }> {
  const reasons: string[] = [];
  for (const reversal of reversals.toReversed()) {
    try {
      if (!(await reverse(reversal, context))) reasons.push('it has no way back');
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  return { complete: reasons.length === 0, because: reasons.join('; ') };
}

function labelOf(change: Change): string {
  switch (change.kind) {
    case 'edit':
      return `Changing ${change.file}`;
    case 'create':
      return `Creating ${change.file}`;
    case 'command':
      return `Running ${change.argv[0]}`;
    case 'container':
      return `${{ start: 'Starting', stop: 'Stopping', restart: 'Restarting' }[change.action]} ${change.container}`;
    case 'sql':
      return `Running a statement on ${change.target}`;
  }
}

function cancelText(complete: boolean): string {
  return complete
    ? 'The fix was cancelled; what it had changed was taken back.'
    : 'The fix was cancelled, and not all that it had changed could be taken back.';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
