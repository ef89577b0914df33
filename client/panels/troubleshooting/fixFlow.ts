import { CancellationTokenSource, Emitter } from 'vscode-jsonrpc';
import type { Finding, Fix } from '../../../server/protocol/diagnosis.ts';
import { fromResponseError, TektraError } from '../../../server/protocol/errors.ts';
import { type AppliedFix, type FixPlan, getFix, runFix, undoFix } from '../../../server/protocol/fix.ts';
import type { FixState } from '../../../server/protocol/fixState.ts';
import type { Backend } from '../../backend/backend.ts';
import type { Log } from '../../editor/log.ts';
import type { WorkspaceDiagnosis } from '../../editor/workspaceDiagnosis.ts';
import { type ChangeQuestion, changeQuestion } from './changeQuestion.ts';

/** The user at the editor. */
export interface FixPerson {
  /** Asks what only they can tell. `undefined`: they gave up. */
  answer(fix: Fix): Promise<Record<string, string> | undefined>;
  /** Opens one change of a plan with its exact bytes. @throws TektraError when a file has unsaved changes or is another by now */
  show(plan: FixPlan, index: number): Promise<void>;
  /** `look`: they want to look at what is open for longer. */
  agree(question: ChangeQuestion): Promise<'yes' | 'look' | 'no'>;
  agreeToUndo(applied: AppliedFix): Promise<boolean>;
  /** Closes what was opened to be looked at. */
  hide(): Promise<void>;
}

interface Parts {
  backend: Pick<Backend, 'request' | 'onProgress'>;
  diagnosis: Pick<WorkspaceDiagnosis, 'run' | 'settled'>;
  person: FixPerson;
  /** Nothing is applied in a workspace that is not trusted. */
  trusted: () => boolean;
  log: Log;
}

/** A system that moves faster than a person reads is not followed for ever. */
const MAX_PLANS = 3;

/** Applies fixes for this window, one at a time: asks, shows, has each change agreed to, applies, and tells what came of it. */
export class FixFlow {
  readonly #parts: Parts;
  readonly #changed = new Emitter<void>();
  readonly #states = new Map<string, FixState>();
  #active: { folder: string; cancellation: CancellationTokenSource; review?: (goOn: boolean) => void } | undefined;
  #nextToken = 1;

  readonly onDidChange = this.#changed.event;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  of(folder: string): FixState | undefined {
    return this.#states.get(folder);
  }

  /**
   * Takes a fix from the click to its outcome. Never rejects but for what keeps it from beginning.
   * @throws TektraError workspace.untrusted, request.invalid when another fix goes on
   */
  async start(folder: string, finding: Finding, index: number, keep: boolean): Promise<void> {
    const fix = finding.fixes[index];
    if (!fix) throw new TektraError('fix.unknown', 'There is no such fix any more.', { action: 'Diagnose again.' });
    await this.#guarded(folder, fix, async (cancellation) => {
      this.#show(folder, { phase: 'asking', title: fix.title, label: 'Waiting for your answers' });
      const inputs = await this.#parts.person.answer(fix);
      if (!inputs) return undefined;
      const { cause, target, fingerprint } = finding;
      const same = fingerprint === undefined ? {} : { fingerprint };
      for (let plans = 1; ; plans += 1) {
        this.#show(folder, { phase: 'asking', title: fix.title, label: 'Looking at the system as it is now' });
        const request = { workspace: folder, cause, target, ...same, fix: index, inputs };
        const made = await this.#parts.backend.request(getFix, request, cancellation.token);
        // The folder as this window knows it: it may have opened it through a link.
        const plan = { ...made, workspace: folder };
        const approved = await this.#approve(folder, plan, plans > 1);
        if (!approved) return undefined;
        try {
          return await this.#apply(folder, plan, approved, keep, cancellation);
        } catch (thrown) {
          // The system moved after the plan was shown: nothing was changed, and what would be done now is shown again.
          if (fromResponseError(thrown).code !== 'fix.stale' || plans === MAX_PLANS) throw thrown;
        }
      }
    });
  }

  /** Asks whether to take an applied fix back, and does it. @throws as {@link start} */
  async takeBack(folder: string, applied: AppliedFix): Promise<void> {
    await this.#guarded(folder, applied, async (cancellation) => {
      if (!(await this.#parts.person.agreeToUndo(applied))) return 'as before';
      this.#show(folder, { phase: 'running', title: applied.title, label: 'Taking it back' });
      return this.#parts.backend.request(undoFix, { workspace: folder, id: applied.id }, cancellation.token);
    });
  }

  /** The user has looked at the change that is open. */
  goOn(): void {
    this.#active?.review?.(true);
  }

  stop(): void {
    const active = this.#active;
    active?.cancellation.cancel();
    active?.review?.(false);
  }

  close(folder: string): void {
    if (this.#active?.folder === folder) return;
    this.#show(folder, undefined);
  }

  dispose(): void {
    this.stop();
    this.#changed.dispose();
  }

  async #guarded(
    folder: string,
    { title, verify }: { title: string; verify?: string },
    work: (cancellation: CancellationTokenSource) => Promise<AppliedFix | 'as before' | undefined>,
  ): Promise<void> {
    if (!this.#parts.trusted())
      throw new TektraError('workspace.untrusted', 'In an untrusted workspace no fix is applied.', {
        action: 'Trust the workspace first.',
      });
    if (this.#active)
      throw new TektraError('request.invalid', 'Another fix is not at its end yet.', {
        action: 'Wait for it, or cancel it.',
      });
    const cancellation = new CancellationTokenSource();
    this.#active = { folder, cancellation };
    const before = this.of(folder);
    let touched = true;
    try {
      const outcome = await work(cancellation);
      touched = typeof outcome === 'object';
      if (outcome === 'as before') this.#show(folder, before);
      else if (outcome)
        this.#show(folder, {
          phase: 'done',
          applied: outcome,
          ...(verify !== undefined && isInPlace(outcome) && { verify }),
        });
      else this.#show(folder, { phase: 'stopped', title, message: 'Nothing was changed.', cancelled: true });
    } catch (thrown) {
      const error = fromResponseError(thrown);
      const told = error.audience === 'user';
      if (!told) this.#parts.log.error(`The fix "${title}" failed: ${error.message}`);
      this.#show(folder, {
        phase: 'stopped',
        title,
        message: told ? error.message : 'Tektra ran into an internal problem; its log tells more.',
        ...(error.action === undefined ? {} : { action: error.action }),
        cancelled: error.code === 'request.cancelled',
      });
    } finally {
      this.#active = undefined;
      cancellation.dispose();
      this.#parts.person.hide().catch((error: unknown) => this.#parts.log.warn(`A tab stayed open: ${String(error)}`));
      this.#changed.fire();
    }
    if (!touched) return;
    // A run that began before the change has seen the old state.
    await this.#parts.diagnosis.settled(folder);
    await this.#parts.diagnosis.run(folder, { background: true });
  }

  /** The digests of all changes, once the user agreed to each; `undefined` when they did not. */
  async #approve(folder: string, plan: FixPlan, again: boolean): Promise<string[] | undefined> {
    const { title } = plan.fix;
    const approved: string[] = [];
    for (const [index, { digest }] of plan.changes.entries()) {
      if (this.#isStopped()) return undefined;
      await this.#parts.person.show(plan, index);
      const question = changeQuestion(plan, index);
      const asked = again
        ? { ...question, detail: `The system changed meanwhile, so this was made ready anew.\n\n${question.detail}` }
        : question;
      for (;;) {
        this.#show(folder, { phase: 'asking', title, label: 'Waiting for your decision' });
        const answer = await this.#parts.person.agree(asked);
        if (answer === 'no' || this.#isStopped()) return undefined;
        if (answer === 'yes') break;
        this.#show(folder, { phase: 'reviewing', title, change: index + 1, of: plan.changes.length });
        if (!(await this.#review())) return undefined;
      }
      approved.push(digest);
    }
    return approved;
  }

  #review(): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#active) this.#active.review = resolve;
      else resolve(false);
    });
  }

  #isStopped(): boolean {
    return this.#active === undefined || this.#active.cancellation.token.isCancellationRequested;
  }

  async #apply(
    folder: string,
    plan: FixPlan,
    approved: string[],
    keep: boolean,
    cancellation: CancellationTokenSource,
  ): Promise<AppliedFix> {
    const { backend } = this.#parts;
    const { title } = plan.fix;
    const progressToken = `tektra-fix-${process.pid}-${this.#nextToken++}`;
    const progress = backend.onProgress(progressToken, ({ label }) =>
      this.#show(folder, { phase: 'running', title, label }),
    );
    this.#show(folder, { phase: 'running', title, label: 'Starting' });
    try {
      return await backend.request(runFix, { token: plan.token, approved, keep, progressToken }, cancellation.token);
    } finally {
      progress.dispose();
    }
  }

  #show(folder: string, state: FixState | undefined): void {
    if (state) this.#states.set(folder, state);
    else this.#states.delete(folder);
    this.#changed.fire();
  }
}

/** The changes are there now. */
function isInPlace({ outcome }: AppliedFix): boolean {
  return outcome.kind !== 'undone' && outcome.kind !== 'failed' && !('undone' in outcome && outcome.undone);
}
