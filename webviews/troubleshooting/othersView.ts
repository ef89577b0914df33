import { html, nothing, type TemplateResult } from 'lit';
import type { DiagnosisReport, RuledOut, Unknown } from '../../server/protocol/diagnosis.ts';
import type { Actions } from './actions.ts';
import { evidenceView } from './evidenceView.ts';
import { sectionView } from './sectionView.ts';

/** What was ruled out and what could not be observed: a verdict without these would claim more than it knows. */
export function othersView(report: DiagnosisReport, actions: Actions): TemplateResult {
  const { ruledOut, unknown, targets } = report;
  return html`
    ${
      ruledOut.length === 0
        ? nothing
        : sectionView(
            { id: 'ruled-out', icon: 'slash', title: 'Ruled out', count: ruledOut.length },
            () => html`<ul class="others">${ruledOut.map((suspect) => ruledOutView(suspect, actions))}</ul>`,
            actions,
          )
    }
    ${
      unknown.length === 0
        ? nothing
        : sectionView(
            { id: 'unknown', icon: 'question', title: 'Could not be observed', count: unknown.length },
            () => html`<ul class="others">${sameReason(unknown).map(unknownView)}</ul>`,
            actions,
          )
    }
    ${
      targets.length === 0
        ? nothing
        : sectionView(
            { id: 'targets', icon: 'host', title: 'What was looked at', count: targets.length },
            () => html`<ul class="others">
              ${targets.map(
                ({ name, kind, dependsOn }) => html`<li>
                  <p class="other-title"><span class="target">${name}</span><span class="quiet">${kind}</span></p>
                  ${dependsOn.length === 0 ? nothing : html`<p class="quiet">needs ${dependsOn.join(', ')}</p>`}
                </li>`,
              )}
            </ul>`,
            actions,
          )
    }
  `;
}

function ruledOutView({ cause, target, because, evidence }: RuledOut, actions: Actions): TemplateResult {
  return html`<li>
    <p class="other-title"><code>${cause}</code><span class="target">${target}</span></p>
    <p>${because}</p>
    ${evidenceView(evidence, actions)}
  </li>`;
}

/** One look that failed leaves many causes unknown: they stand together, with the reason once. */
function sameReason(unknown: readonly Unknown[]): (Unknown & { causes: string[] })[] {
  const groups = new Map<string, Unknown & { causes: string[] }>();
  for (const entry of unknown) {
    const key = JSON.stringify([entry.because, entry.target, entry.next]);
    const group = groups.get(key);
    if (group) group.causes.push(entry.cause);
    else groups.set(key, { ...entry, causes: [entry.cause] });
  }
  return [...groups.values()];
}

function unknownView({ causes, target, because, next }: Unknown & { causes: string[] }): TemplateResult {
  return html`<li>
    <p class="other-title">${causes.map((cause) => html`<code>${cause}</code>`)}${target === undefined ? nothing : html`<span class="target">${target}</span>`}</p>
    <p>${because}</p>
    ${next === undefined ? nothing : html`<p class="quiet">To find out: ${next}</p>`}
  </li>`;
}
