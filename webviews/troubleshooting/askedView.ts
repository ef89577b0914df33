import { html, nothing, type TemplateResult } from 'lit';
import { type Asked, CATEGORY_NAMES } from '../../server/protocol/diagnosis.ts';
import { icon } from '../shared/ui/icons.ts';
import type { Actions } from './actions.ts';

/** What the user asked about, how it was understood, and the answer to just that. */
export function askedView({ about, symptom, categories, targets, answer }: Asked, actions: Actions): TemplateResult {
  const asked = symptom === undefined ? about && CATEGORY_NAMES[about] : `“${symptom}”`;
  const understood = [...(symptom === undefined ? [] : categories.map((each) => CATEGORY_NAMES[each])), ...targets];
  return html`<section class="asked" aria-label="What you asked">
    <p class="asked-question">
      ${icon('question')}
      <span>${asked}</span>
      <button type="button" class="link" aria-label="Change what you asked" @click=${actions.openGuide}>Change</button>
    </p>
    ${
      understood.length === 0
        ? nothing
        : html`<p class="asked-understood">
            <span class="quiet">Read as</span>${understood.map((each) => html`<span class="chip">${each}</span>`)}
          </p>`
    }
    <p class="asked-answer">${answer}</p>
  </section>`;
}
