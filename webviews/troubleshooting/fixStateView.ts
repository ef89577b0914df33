import { html, nothing, type TemplateResult } from 'lit';
import type { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import type { AppliedFix } from '../../server/protocol/fix.ts';
import type { FixState } from '../../server/protocol/fixState.ts';
import type { TroubleshootingState } from '../../server/protocol/troubleshooting.ts';
import { type IconName, icon } from '../shared/ui/icons.ts';
import type { Actions } from './actions.ts';

interface Words {
  tone: 'info' | 'warn' | 'fail' | 'pass';
  icon: IconName;
  overline: string;
  /** Sentences below the fix's title. */
  text: readonly string[];
}

/** How far the chosen fix is, and what came of it; it stands above the verdict, which the fix is about to change. */
export function fixStateView({ fix, report }: TroubleshootingState, actions: Actions): TemplateResult | typeof nothing {
  if (!fix) return nothing;
  const words = wordsOf(fix);
  const title = fix.phase === 'done' ? fix.applied.title : fix.title;
  return html`<section
    class=${`outcome ${words.tone}`}
    role=${words.tone === 'fail' ? 'alert' : 'status'}
    aria-label=${`${words.overline}: ${title}`}
    data-phase=${fix.phase}
    tabindex="-1"
  >
    ${icon(words.icon)}
    <div class="outcome-text">
      <p class="overline">${words.overline}</p>
      <h2>${title}</h2>
      ${words.text.map((sentence) => html`<p>${sentence}</p>`)}
      ${
        fix.phase === 'done' && fix.verify !== undefined
          ? html`<p><span class="label">Then check</span> ${fix.verify}</p>`
          : nothing
      }
      ${fix.phase === 'running' ? html`<progress aria-label="Applying the fix"></progress>` : nothing}
      ${buttonsView(fix, report, actions)}
    </div>
  </section>`;
}

function wordsOf(fix: FixState): Words {
  switch (fix.phase) {
    case 'asking':
      return { tone: 'info', icon: 'wrench', overline: 'Not applied yet', text: [`${fix.label}…`] };
    case 'reviewing': {
      const which = fix.of === 1 ? 'The change' : `Change ${fix.change} of ${fix.of}`;
      return {
        tone: 'info',
        icon: 'wrench',
        overline: 'Not applied yet',
        text: [`${which} is open in the editor. Look at it as long as you like; nothing is done before you agree.`],
      };
    }
    case 'running':
      return { tone: 'info', icon: 'wrench', overline: 'Applying', text: [`${fix.label}…`] };
    case 'stopped':
      return {
        tone: fix.cancelled ? 'info' : 'fail',
        icon: fix.cancelled ? 'slash' : 'error',
        overline: fix.cancelled ? 'Cancelled' : 'Not applied',
        text: [fix.message, fix.action ?? ''].filter((sentence) => sentence !== ''),
      };
    case 'done':
      return outcomeWords(fix.applied);
  }
}

/** What came of an applied fix, in a few words. */
export function outcomeWords({ outcome, cause, target, undo }: AppliedFix): Words {
  const still = 'The changes could not all be taken back; look at them by hand.';
  switch (outcome.kind) {
    case 'verified':
      return {
        tone: 'pass',
        icon: 'pass',
        overline: 'Fixed',
        text: [
          outcome.because === undefined
            ? `Judged again: ${cause} of ${target} is gone.`
            : `Judged again: ${cause} of ${target} is ruled out now, since ${outcome.because}.`,
        ],
      };
    case 'stillThere':
      return {
        tone: 'warn',
        icon: 'warning',
        overline: outcome.undone ? 'Still there, taken back' : 'Still there, kept',
        text: [
          `Judged again: ${outcome.because}.`,
          outcome.undone ? 'The changes were taken back.' : undo ? 'The changes were left in place.' : still,
        ],
      };
    case 'unverified':
      return {
        tone: 'warn',
        icon: 'question',
        overline: 'Applied, not verified',
        text: [`The changes were made, but the cause could not be judged again: ${outcome.because}.`],
      };
    case 'failed':
      return {
        tone: 'fail',
        icon: 'error',
        overline: 'Failed',
        text: [
          `A change could not be made: ${outcome.because}.`,
          outcome.undone ? 'What had been changed before was taken back.' : still,
        ],
      };
    case 'undone':
      return { tone: 'info', icon: 'undo', overline: 'Taken back', text: ['Everything is as it was before the fix.'] };
  }
}

interface Button {
  title: string;
  run: () => void;
  primary?: boolean;
}

function buttonsView(fix: FixState, report: DiagnosisReport | undefined, actions: Actions): TemplateResult {
  return html`<div class="buttons">
    ${buttonsOf(fix, report, actions).map(
      ({ title, run, primary }) =>
        html`<vscode-button appearance=${primary ? 'primary' : 'secondary'} @click=${run}>${title}</vscode-button>`,
    )}
  </div>`;
}

function buttonsOf(fix: FixState, report: DiagnosisReport | undefined, actions: Actions): Button[] {
  const cancel = { title: 'Cancel', run: actions.stopFix };
  const close = { title: 'Close', run: actions.closeFix };
  switch (fix.phase) {
    case 'asking':
    case 'running':
      return [cancel];
    case 'reviewing':
      return [{ title: 'Continue…', run: actions.continueFix, primary: true }, cancel];
    case 'stopped':
      return [close];
    case 'done': {
      const { applied } = fix;
      return [
        ...keepButton(applied, report, actions),
        ...(applied.undo ? [{ title: 'Undo…', run: () => actions.takeBackFix(applied.id) }] : []),
        ...(applied.output === undefined
          ? []
          : [{ title: 'Show Output', run: () => actions.openFixOutput(applied.id) }]),
        close,
      ];
    }
  }
}

/** A fix that needs more than itself, a restart for one, seems not to help: who knows that can have it stay. */
function keepButton(
  { outcome, cause, target, title }: AppliedFix,
  report: DiagnosisReport | undefined,
  actions: Actions,
) {
  if (outcome.kind !== 'stillThere' || !outcome.undone) return [];
  const finding = report?.findings.find((each) => each.cause === cause && each.target === target);
  const index = finding?.fixes.findIndex((each) => each.title === title) ?? -1;
  if (!finding || index < 0) return [];
  return [{ title: 'Apply and Keep…', run: () => actions.applyFix(finding.id, index, true) }];
}
