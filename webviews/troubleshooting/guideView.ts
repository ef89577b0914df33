import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { MAX_SYMPTOM } from '../../server/protocol/diagnosis.ts';
import type { TroubleshootingState } from '../../server/protocol/troubleshooting.ts';
import { icon } from '../shared/ui/icons.ts';
import type { Actions } from './actions.ts';
import { categoryCards } from './categories.ts';
import { moveFocus } from './moveFocus.ts';

/** Where the user writes; focused when the guide is asked for. */
export const SYMPTOM_FIELD = 'symptom';

/** The guide is asked for, or there is nothing else to show. What was begun there is not taken away by a run of the background. */
export function showsGuide({ guide, report, running, error, backend }: TroubleshootingState, draft: string): boolean {
  if (guide) return true;
  return !report && !error && backend.phase !== 'failed' && (!running || (running.background === true && draft !== ''));
}

/** The guided start: what the user sees, in their own words or by category. */
export function guideView({ report }: TroubleshootingState, actions: Actions): TemplateResult {
  const submit = (event: Event): void => {
    event.preventDefault();
    actions.startGuide();
  };
  const write = ({ currentTarget }: Event): void => {
    if (currentTarget instanceof HTMLTextAreaElement) actions.setDraft(currentTarget.value);
  };
  // Enter starts, as in every field of one line; with Shift it makes a line.
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event);
  };
  return html`<form class="guide" aria-labelledby="guide-title" @submit=${submit}>
    <div class="guide-head">
      <h1 id="guide-title" tabindex="-1">What is wrong?</h1>
      <p class="quiet">
        Tektra looks at processes, ports, logs and configuration on this machine, names the root cause, and shows the evidence. It changes nothing.
      </p>
    </div>
    <div class="guide-part">
      <label for=${SYMPTOM_FIELD}>Describe what you see</label>
      <textarea
        id=${SYMPTOM_FIELD}
        rows="2"
        maxlength=${MAX_SYMPTOM}
        placeholder="For example: checkout returns 503 since the deploy"
        .value=${live(actions.draft())}
        @input=${write}
        @keydown=${onKey}
      ></textarea>
      <div class="buttons">
        <vscode-button @click=${() => actions.startGuide()}>Start</vscode-button>
        ${report ? html`<vscode-button appearance="secondary" @click=${actions.closeGuide}>Back to the Verdict</vscode-button>` : nothing}
      </div>
    </div>
    <div class="guide-part">
      <h2 id="guide-choice">Or start with what comes closest</h2>
      <div class="categories" role="group" aria-labelledby="guide-choice" @keydown=${moveFocus}>
        ${categoryCards.map(
          ({ category, icon: name, title, hint }, index) => html`<button
            type="button"
            class="category"
            tabindex=${index === 0 ? 0 : -1}
            data-category=${category}
            aria-describedby=${`hint-${category}`}
            @click=${() => actions.startGuide(category)}
          >
            ${icon(name)}<span class="category-title">${title}</span><span class="category-hint" id=${`hint-${category}`}>${hint}</span>
          </button>`,
        )}
      </div>
    </div>
    <p class="hint">Everything is checked in any case: your words decide what is shown first.</p>
  </form>`;
}
