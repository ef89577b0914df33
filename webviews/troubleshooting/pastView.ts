import { html, type TemplateResult } from 'lit';
import type { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { icon } from '../shared/ui/icons.ts';
import type { Actions } from './actions.ts';
import { formatDuration, formatTime } from './formatTime.ts';
import { headline } from './verdict.ts';

const icons = { pass: 'pass', warn: 'warning', fail: 'error' } as const;

/** A report of the past, to be read only: nothing that it offers can be done from here. */
export function pastView(report: DiagnosisReport, verdict: TemplateResult, actions: Actions): TemplateResult {
  const { status, startedAt, durationMs } = report;
  return html`
    <header>
      <div class="headline">
        <span class=${`status ${status}`}>${icon(icons[status])}</span>
        <div class="headline-text">
          <h1>${headline(report)}</h1>
          <p class="quiet"><time datetime=${startedAt}>${formatTime(startedAt)}</time> · ${formatDuration(durationMs)}</p>
        </div>
        <vscode-button appearance="primary" @click=${() => actions.openPast(undefined)}>Back</vscode-button>
      </div>
      <p class="past-note" role="status">${icon('history')}<span>A past diagnosis, as it was then. Files and processes may be others by now.</span></p>
    </header>
    <main>${verdict}</main>
  `;
}
