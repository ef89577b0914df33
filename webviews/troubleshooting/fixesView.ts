import { html, nothing, type TemplateResult } from 'lit';
import type { Change, Finding, Fix } from '../../server/protocol/diagnosis.ts';
import type { Actions } from './actions.ts';
import { linkView } from './evidenceView.ts';

const risks = {
  read: 'Only reads',
  write: 'Changes files',
  execute: 'Runs a program',
  admin: 'Needs administrator rights',
} as const satisfies Record<Fix['risk'], string>;

const containerActions = { start: 'Start', stop: 'Stop', restart: 'Restart' } as const;

/** What would repair a finding. Applying it shows and asks for each change first. */
export function fixesView(finding: Finding, actions: Actions): TemplateResult | typeof nothing {
  if (finding.fixes.length === 0) return nothing;
  return html`<div class="fixes">
    <h3>How to fix it</h3>
    ${finding.fixes.map((fix, index) => fixView(finding, fix, index, actions))}
  </div>`;
}

function fixView(finding: Finding, fix: Fix, index: number, actions: Actions): TemplateResult {
  return html`<div class="fix">
    <div class="fix-head">
      <span class="fix-title">${fix.title}</span>
    </div>
    <div class="meta">
      <span class=${`chip risk-${fix.risk}`}>${risks[fix.risk]}</span>
      <span>${fix.undo ? 'Can be undone' : 'Cannot be undone'}</span>
      ${
        finding.seenBefore?.fixedBy?.title === fix.title
          ? html`<span class="chip worked">Fixed it last time</span>`
          : nothing
      }
    </div>
    ${fix.changes.map((change) => changeView(change, actions))}
    <p class="verify"><span class="label">Then check</span> ${fix.verify}</p>
    ${buttonsView(finding, fix, index, actions)}
  </div>`;
}

function buttonsView(finding: Finding, fix: Fix, index: number, actions: Actions): TemplateResult | typeof nothing {
  if (fix.changes.length === 0 || actions.readOnly) return nothing;
  return html`<div class="buttons">
    <vscode-button
      appearance=${index === 0 ? 'primary' : 'secondary'}
      aria-label=${`Apply: ${fix.title}`}
      ?disabled=${actions.busy}
      @click=${() => actions.applyFix(finding.id, index, false)}
    >Apply…</vscode-button>
    <vscode-button
      appearance="secondary"
      aria-label=${`Preview: ${fix.title}`}
      @click=${() => actions.previewFix(finding.id, index)}
    >Preview</vscode-button>
  </div>`;
}

function changeView(change: Change, actions: Actions): TemplateResult {
  switch (change.kind) {
    case 'command':
      return html`<div class="change">
        <span class="change-title">Run${change.cwd === undefined ? nothing : html` in <code>${change.cwd}</code>`}</span>
        <pre><code>${change.argv.map(readable).join(' ')}</code></pre>
      </div>`;
    case 'container':
      return html`<div class="change">
        <span class="change-title">${containerActions[change.action]} container <code>${change.container}</code></span>
      </div>`;
    case 'sql':
      return html`<div class="change">
        <span class="change-title">Run on <code>${change.target}</code></span>
        <pre><code>${change.statement}</code></pre>
      </div>`;
    case 'create':
      return html`<div class="change">
        <span class="change-title">Create <code>${change.file}</code></span>
        <pre class="added"><code>${change.content}</code></pre>
      </div>`;
    case 'edit':
      return html`<div class="change">
        <span class="change-title">${change.before === '' ? 'Insert at' : 'Edit'} ${linkView(`${change.file}:${change.line}`, actions)}</span>
        ${change.before === '' ? nothing : html`<pre class="removed"><code>${change.before}</code></pre>`}
        ${change.after === '' ? nothing : html`<pre class="added"><code>${change.after}</code></pre>`}
      </div>`;
  }
}

/** One argument as a person would type it; the preview shows the exact vector. */
function readable(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
