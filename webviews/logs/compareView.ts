import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../shared/ui/icons.ts';
import { templateText } from './findingsView.ts';
import { levelOf } from './levels.ts';
import { namedLevelView } from './levelView.ts';
import type { LogsPage } from './logsPage.ts';
import { countText, shortCount } from './numberText.ts';
import type { ComparedSide, Comparison } from './sideData.ts';

/** Two ranges of time, or two logs, side by side: which templates became more or fewer. */
export function compareView(page: LogsPage): TemplateResult {
  const { compareA, compareB, comparison, comparing } = page.data;
  const hasRange = page.model.range !== undefined;
  return html`
    <p class="quiet pad">Select a range of time on the timeline, take it as A, select another and take it as B.</p>
    <div class="compared">
      ${slotView('A', compareA, hasRange, () => page.errands.compareRange('compareA'))}
      ${slotView('B', compareB, hasRange, () => page.errands.compareRange('compareB'))}
      <button type="button" class="link" @click=${() => void page.errands.compareOther()}>Compare with another log…</button>
    </div>
    ${comparing ? html`<p class="quiet pad">${icon('spinner')} Comparing…</p>` : nothing}
    ${comparison ? tableView(page, comparison) : nothing}
  `;
}

function slotView(name: string, side: ComparedSide | undefined, hasRange: boolean, take: () => void): TemplateResult {
  return html`<div class="slot">
    <b>${name}</b>
    <span>${side?.title ?? 'not chosen yet'}</span>
    <button type="button" class="link" aria-label=${`Take the ${hasRange ? 'selected range' : 'whole log'} as ${name}`} @click=${take}>${hasRange ? 'Take selection' : 'Take whole log'}</button>
  </div>`;
}

function tableView(page: LogsPage, { recordsA, recordsB, templates }: Comparison): TemplateResult {
  if (templates.length === 0) return html`<p class="quiet pad">Both hold the same templates in the same shares.</p>`;
  const other = page.data.compareB?.other;
  return html`<table class="comparison">
    <thead>
      <tr><th scope="col">Change</th><th scope="col">Template</th><th scope="col" title=${`of ${countText(recordsA)} records`}>A</th><th scope="col" title=${`of ${countText(recordsB)} records`}>B</th></tr>
    </thead>
    <tbody>
      ${templates.map(({ text, level, countA, countB, record }) => {
        const change = changeOf(countA, countB, recordsA, recordsB);
        const code = levelOf(level);
        return html`<tr class=${`level-${code}`}>
          <td class=${`change ${change.kind}`}>${change.text}</td>
          <td><span class="template-text">${namedLevelView(code)}${
            record === undefined || other
              ? html`<code>${templateText(text)}</code>`
              : html`<button type="button" class="template-link" @click=${() => void page.travel.goToRecord(record)}><code>${templateText(text)}</code></button>`
          }</span></td>
          <td>${shortCount(countA)}</td>
          <td>${shortCount(countB)}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

/** How the share of a template changed from A to B. */
export function changeOf(
  countA: number,
  countB: number,
  recordsA: number,
  recordsB: number,
): { text: string; kind: string } {
  if (countA === 0) return { text: 'new', kind: 'more' };
  if (countB === 0) return { text: 'gone', kind: 'fewer' };
  const ratio = countB / Math.max(1, recordsB) / (countA / Math.max(1, recordsA));
  if (ratio >= 1.05) return { text: `× ${Number(ratio.toFixed(ratio < 10 ? 1 : 0))}`, kind: 'more' };
  if (ratio <= 0.95) return { text: `÷ ${Number((1 / ratio).toFixed(ratio > 0.1 ? 1 : 0))}`, kind: 'fewer' };
  return { text: '=', kind: 'same' };
}
