import { html, nothing, type TemplateResult } from 'lit';
import type { AppliedFix } from '../../server/protocol/fix.ts';
import { icon } from '../shared/ui/icons.ts';
import type { Actions } from './actions.ts';
import { outcomeWords } from './fixStateView.ts';
import { formatMinute } from './formatTime.ts';
import { sectionView } from './sectionView.ts';

/** The fixes that were applied in this folder, with the way back. */
export function appliedView(applied: readonly AppliedFix[], actions: Actions): TemplateResult | typeof nothing {
  if (applied.length === 0) return nothing;
  return sectionView(
    { id: 'applied', icon: 'wrench', title: 'Applied fixes', count: applied.length },
    () => html`<ul class="others entries">${applied.map((fix) => fixView(fix, actions))}</ul>`,
    actions,
  );
}

function fixView(fix: AppliedFix, actions: Actions): TemplateResult {
  const { tone, icon: name, overline } = outcomeWords(fix);
  return html`<li>
    <span class=${`status ${tone}`}>${icon(name)}</span>
    <div class="entry">
      <p>${fix.title}</p>
      <p class="quiet">
        <time datetime=${fix.appliedAt}>${formatMinute(fix.appliedAt)}</time> · ${overline} ·
        <code>${fix.cause}</code> of ${fix.target}
      </p>
      <p class="links">
        ${
          fix.undo
            ? html`<button type="button" class="link" aria-label=${`Undo: ${fix.title}`} @click=${() => actions.takeBackFix(fix.id)}>Undo…</button>`
            : nothing
        }
        ${
          fix.output === undefined
            ? nothing
            : html`<button type="button" class="link" aria-label=${`Show output: ${fix.title}`} @click=${() => actions.openFixOutput(fix.id)}>Show output</button>`
        }
      </p>
    </div>
  </li>`;
}
