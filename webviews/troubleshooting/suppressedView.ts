import { html, nothing, type TemplateResult } from 'lit';
import type { SuppressedFinding } from '../../server/protocol/diagnosis.ts';
import type { Actions } from './actions.ts';
import { evidenceView } from './evidenceView.ts';
import { formatMinute } from './formatTime.ts';
import { sectionView } from './sectionView.ts';

/** What the user does not want to be told of, each with the reason and the way back; what only follows from it stands below it. */
export function suppressedView(
  suppressed: readonly SuppressedFinding[],
  actions: Actions,
): TemplateResult | typeof nothing {
  if (suppressed.length === 0) return nothing;
  const groups = Map.groupBy(suppressed, ({ id }) => id);
  return sectionView(
    { id: 'suppressed', icon: 'mute', title: 'Suppressed', count: suppressed.length },
    () => html`<ul class="others">${[...groups.values()].map((group) => groupView(group, actions))}</ul>`,
    actions,
  );
}

function groupView([first, ...others]: readonly SuppressedFinding[], actions: Actions) {
  if (!first) return nothing;
  const { finding, reason, since, until, id } = first;
  return html`<li data-suppression=${id}>
    <p class="other-title"><code>${finding.cause}</code><span class="target">${finding.target}</span></p>
    <p>${finding.summary}</p>
    ${
      others.length === 0
        ? nothing
        : html`<p class="quiet">With it, what follows from it:</p>
            <ul class="followers">${others.map((other) => html`<li>${other.finding.summary}</li>`)}</ul>`
    }
    <p class="quoted">${reason}</p>
    <p class="quiet">
      Since <time datetime=${since}>${formatMinute(since)}</time>,
      ${until === undefined ? 'until it changes' : html`until <time datetime=${until}>${formatMinute(until)}</time>`}
      ${
        actions.readOnly
          ? nothing
          : html`· <button type="button" class="link" aria-label=${`Restore: ${finding.summary}`} @click=${() => actions.restore(id)}>Restore</button>`
      }
    </p>
    ${evidenceView(finding.evidence, actions)}
  </li>`;
}
