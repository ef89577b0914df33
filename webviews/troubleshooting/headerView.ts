import { html, nothing, type TemplateResult } from 'lit';
import type { TroubleshootingState } from '../../server/protocol/troubleshooting.ts';
import { type IconName, icon } from '../shared/ui/icons.ts';
import type { Actions } from './actions.ts';
import { capitalise } from './capitalise.ts';
import { formatDuration, formatTime } from './formatTime.ts';
import { headline } from './verdict.ts';

const looks = {
  pass: { icon: 'pass', tone: 'pass' },
  warn: { icon: 'warning', tone: 'warn' },
  fail: { icon: 'error', tone: 'fail' },
} as const;

/** The verdict in one line, when it was made, the choice of the folder, and the one button that matters. */
export function headerView(state: TroubleshootingState, actions: Actions): TemplateResult {
  const { report, running } = state;
  // What the user asked to be found out is not known yet; a run in the background leaves the verdict standing.
  const open = running !== undefined && (!report || (!running.background && actions.isLong()));
  const look: { icon: IconName; tone: string } =
    report && !open ? looks[report.status] : { icon: 'idle', tone: 'info' };
  return html`<header>
    <div class="headline">
      <span class=${`status ${look.tone}`}>${icon(look.icon)}</span>
      <div class="headline-text">
        <h1 tabindex="-1">${open ? 'Diagnosing' : report ? headline(report) : 'Not diagnosed yet'}</h1>
        <p class="quiet">${report && !open ? runView(report.startedAt, report.durationMs) : folderName(state)}</p>
      </div>
      ${buttonView(state, actions)}
    </div>
    ${foldersView(state, actions)}
    ${progressView(running)}
  </header>`;
}

/** Before the first verdict the page below offers the same thing, with words. */
function buttonView({ report, running }: TroubleshootingState, actions: Actions): TemplateResult | typeof nothing {
  if (running) return html`<vscode-button appearance="secondary" @click=${actions.stop}>Cancel</vscode-button>`;
  if (!report) return nothing;
  return html`<vscode-button appearance="secondary" @click=${actions.diagnose}>Diagnose</vscode-button>`;
}

function runView(startedAt: string, durationMs: number): TemplateResult {
  return html`<time datetime=${startedAt}>${formatTime(startedAt)}</time> · ${formatDuration(durationMs)}`;
}

function folderName({ workspaces, selected }: TroubleshootingState): string {
  return workspaces.find(({ path }) => path === selected)?.name ?? '';
}

const marks = { pass: '✓', warn: '!', fail: '✗' } as const;

/** Only with several folders: with one there is nothing to choose. */
export function foldersView({ workspaces, selected, unsupported = [] }: TroubleshootingState, actions: Actions) {
  const choose = ({ currentTarget }: Event): void => {
    const value: unknown = currentTarget && 'value' in currentTarget ? currentTarget.value : undefined;
    if (typeof value === 'string' && value !== selected) actions.select(value);
  };
  return html`${
    workspaces.length < 2
      ? nothing
      : html`<vscode-dropdown class="folders" aria-label="Workspace folder" .value=${selected ?? ''} @change=${choose}>
          ${workspaces.map(
            ({ path, name, status }) =>
              html`<vscode-option value=${path} ?selected=${path === selected}
                >${status === undefined ? '' : `${marks[status]} `}${name}</vscode-option
              >`,
          )}
        </vscode-dropdown>`
  }${
    unsupported.length === 0
      ? nothing
      : html`<p class="hint">Not on the local disk, so not diagnosed: ${unsupported.join(', ')}</p>`
  }`;
}

/** Its room is always kept: the verdict must not jump when a run begins or ends. */
function progressView(running: TroubleshootingState['running']): TemplateResult {
  if (!running) return html`<div class="progress"></div>`;
  const { done, total, label } = running;
  return html`<div class="progress">
    ${
      total === 0
        ? html`<progress aria-label="Diagnosis"></progress>`
        : html`<progress aria-label="Diagnosis" max=${total} .value=${Math.min(done, total)}></progress>`
    }
    <p class="quiet">${capitalise(label)}${total === 0 ? nothing : html`<span class="count">${done} of ${total}</span>`}</p>
  </div>`;
}
