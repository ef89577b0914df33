import { html, nothing, type TemplateResult } from 'lit';
import type { LogFinding } from '../../server/protocol/logRecord.ts';
import type { LogSummary } from '../../server/protocol/logs.ts';
import { icon } from '../shared/ui/icons.ts';
import { levelOf, levelText } from './levels.ts';
import { levelView } from './levelView.ts';
import type { LogsPage } from './logsPage.ts';
import { countOf, countText } from './numberText.ts';
import { clockText, rangeText } from './timeText.ts';

/** The kinds of findings in words. */
export const findingKinds: Readonly<Record<LogFinding['kind'], string>> = {
  new: 'New',
  rare: 'Rare',
  burst: 'Burst',
  silence: 'Silence',
  cascade: 'First error',
  restart: 'Restart',
  'error-group': 'Error group',
  slow: 'Slow',
};

/** What is worth looking at, most important first; each leads to its record. */
export function findingsView(page: LogsPage, summary: LogSummary): TemplateResult {
  const { findings } = page.data;
  if (!findings) return html`<p class="quiet pad">${icon('spinner')} Looking for what stands out…</p>`;
  const reading = summary.state === 'reading';
  return html`
    ${reading ? html`<p class="quiet pad">Of what is read so far.</p>` : nothing}
    ${
      findings.findings.length === 0
        ? emptyView(summary)
        : html`<ol class="findings" aria-label="Findings">
            ${findings.findings.map((finding) => findingView(page, finding, summary.sources.length > 1))}
          </ol>`
    }
    ${findings.suppressed.length === 0 ? nothing : suppressedView(page, findings.suppressed)}
  `;
}

function findingView(page: LogsPage, finding: LogFinding, tellFile: boolean): TemplateResult {
  const level = levelOf(finding.level);
  const { record } = finding;
  const utc = page.memory.timeMode === 'utc';
  const isShown = record !== undefined && page.selected?.record === record;
  const go = (): void => {
    if (record !== undefined) void page.travel.goToRecord(record);
  };
  return html`<li class=${`finding level-${level} ${isShown ? 'shown' : ''}`} data-kind=${finding.kind}>
    <button type="button" class="finding-link" ?disabled=${record === undefined} aria-current=${isShown ? 'true' : nothing} @click=${go}>
      ${levelView(level, level === 0 ? undefined : levelText(level))}
      <span class="finding-text">
        <span class="finding-kind">${findingKinds[finding.kind]}</span>
        <span class="finding-reason">${finding.reason}</span>
        ${finding.template ? html`<code class="finding-template">${templateText(finding.template.text)}</code>` : nothing}
        <span class="finding-place"
          >${tellFile ? `${finding.file}:` : 'line '}${countText(finding.line)}${finding.time === undefined ? '' : ` · ${clockText(Date.parse(finding.time), utc).slice(0, 8)}`}</span
        >
      </span>
    </button>
    <button
      type="button"
      class="icon-button suppress"
      title="Suppress: do not tell of this again"
      @click=${() => void page.errands.suppress(finding)}
    >${icon('mute', `Suppress: ${finding.reason}`)}</button>
  </li>`;
}

function emptyView({ records, templates, from, to }: LogSummary): TemplateResult {
  const time = from === undefined || to === undefined ? '' : `, ${rangeText(from, to)},`;
  return html`<div class="nothing">
    ${icon('pass')}
    <p>
      Nothing stands out: ${countOf(records, 'record')} of ${countOf(templates, 'template')}${time} were looked at for
      messages that are new or rare, bursts, silences, cascades of errors, restarts and slow operations.
    </p>
  </div>`;
}

function suppressedView(page: LogsPage, suppressed: readonly LogFinding[]): TemplateResult {
  return html`<details class="suppressed">
    <summary><span class="chevron">${icon('chevron')}</span>Suppressed <span class="badge">${suppressed.length}</span></summary>
    <ul>
      ${suppressed.map(
        ({ kind, reason, fingerprint, suppressed: why }) => html`<li>
          <p><span class="finding-kind">${findingKinds[kind]}</span> ${reason}</p>
          <p class="quiet">${why?.reason ?? ''}${why?.until === undefined ? '' : ` · until ${new Date(why.until).toLocaleDateString()}`}
            <button type="button" class="link" aria-label=${`Restore: ${reason}`} @click=${() => void page.data.restore(fingerprint)}>Restore</button></p>
        </li>`,
      )}
    </ul>
  </details>`;
}

/** A template with its parameters set apart from what never changes. */
export function templateText(text: string): TemplateResult {
  const parts = text.split('<*>');
  return html`${parts.map((part, at) => html`${at === 0 ? nothing : html`<span class="parameter" title="differs from record to record">∗</span>`}${part}`)}`;
}
