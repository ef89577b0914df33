import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Check, CheckState, DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { icon } from '../shared/ui/icons.ts';
import type { Actions } from './actions.ts';
import { capitalise } from './capitalise.ts';
import { countStates, splitChecks } from './checkOrder.ts';
import { formatDuration } from './formatTime.ts';
import { sectionView } from './sectionView.ts';

/** A check that takes longer than this may be given up; before that nobody could press the button. */
const SKIPPABLE_MS = 1_000;

const states = {
  waiting: { icon: 'idle', label: 'Waiting for another check' },
  running: { icon: 'spinner', label: 'Running' },
  done: { icon: 'check', label: 'Done' },
  failed: { icon: 'error', label: 'Failed' },
  skipped: { icon: 'skip', label: 'Skipped' },
} as const satisfies Record<CheckState, object>;

/** The checks of a run that goes on, in place of the verdict that is not there yet. */
export function liveChecksView(checks: readonly Check[], actions: Actions): TemplateResult {
  return html`<section class="live-checks" aria-label="Checks">${listView(checks, actions)}</section>`;
}

/** The checks of the run behind a verdict, folded; of one that goes on in the background, those. */
export function checksSection(
  { checks = [], durationMs }: Pick<DiagnosisReport, 'checks' | 'durationMs'>,
  running: readonly Check[] | undefined,
  actions: Actions,
): TemplateResult | typeof nothing {
  const shown = running ?? checks;
  if (shown.length === 0) return nothing;
  const title = running
    ? `Checks: ${countStates(running)}`
    : `Checks: ${checks.length} in ${formatDuration(durationMs)}${troubleText(checks)}`;
  return sectionView({ id: 'checks', icon: 'check', title }, () => listView(shown, actions), actions);
}

function troubleText(checks: readonly Check[]): string {
  const trouble = checks.filter(({ state }) => state === 'failed' || state === 'skipped');
  return trouble.length === 0 ? '' : ` (${countStates(trouble)})`;
}

function listView(checks: readonly Check[], actions: Actions): TemplateResult {
  const { first, rest } = splitChecks(checks);
  const toggle = ({ currentTarget }: Event): void => {
    if (currentTarget instanceof HTMLDetailsElement) actions.setOpen('more-checks', currentTarget.open);
  };
  return html`${rowsView(first, actions)}
  ${
    rest.length === 0
      ? nothing
      : html`<details class="more-checks" ?open=${actions.isOpen('more-checks')} @toggle=${toggle}>
          <summary><span class="chevron">${icon('chevron')}</span><span>${moreText(rest)}</span></summary>
          ${rowsView(rest, actions)}
        </details>`
  }`;
}

/** "47 more done"; with several states "47 more: 44 done, 3 waiting". */
function moreText(rest: readonly Check[]): string {
  const [first] = rest;
  return rest.every(({ state }) => state === first?.state)
    ? `${rest.length} more ${first?.state}`
    : `${rest.length} more: ${countStates(rest)}`;
}

/** Keyed by check, so that a row that moves is the same row and keeps the focus that it may have. */
function rowsView(checks: readonly Check[], actions: Actions): TemplateResult {
  return html`<ul class="checks">
    ${repeat(
      checks,
      ({ id }) => id,
      (check) => rowView(check, actions),
    )}
  </ul>`;
}

function rowView({ id, label, state, durationMs, because, essential }: Check, actions: Actions): TemplateResult {
  const slow = state === 'running' && durationMs >= SKIPPABLE_MS;
  return html`<li class=${`check ${state}`} data-check=${id}>
    ${icon(states[state].icon, states[state].label)}
    <span class="check-label" title=${label}>${capitalise(label)}</span>
    ${
      slow && !essential
        ? html`<button type="button" class="skip" aria-label=${`Skip: ${label}`} @click=${() => actions.skip(id)}>Skip</button>`
        : nothing
    }
    <span class="check-time">${slow || state === 'done' || state === 'failed' ? formatDuration(durationMs) : nothing}</span>
    ${because === undefined ? nothing : html`<span class="check-reason">${because}</span>`}
  </li>`;
}
