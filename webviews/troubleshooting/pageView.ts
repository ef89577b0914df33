import { html, nothing, type TemplateResult } from 'lit';
import type { TroubleshootingState } from '../../server/protocol/troubleshooting.ts';
import type { Actions } from './actions.ts';
import { appliedView } from './appliedView.ts';
import { askedView } from './askedView.ts';
import { checksSection, liveChecksView } from './checksView.ts';
import { rootCauseView } from './findingView.ts';
import { fixStateView } from './fixStateView.ts';
import { formatTime } from './formatTime.ts';
import { guideView, showsGuide } from './guideView.ts';
import { foldersView, headerView } from './headerView.ts';
import { historyView } from './historyView.ts';
import { bannerView, emptyView } from './noticeView.ts';
import { othersView } from './othersView.ts';
import { pastView } from './pastView.ts';
import { suppressedView } from './suppressedView.ts';
import { rootCauses } from './verdict.ts';

/** The whole page for a state. `failure` is what went wrong with the page's own last request. */
export function pageView(state: TroubleshootingState, failure: string | undefined, actions: Actions): TemplateResult {
  const obstacle = obstacleView(state, actions);
  if (obstacle) return obstacle;
  if (state.past) {
    const past = { ...state, report: state.past, running: undefined };
    return pastView(state.past, html`${verdictView(past, { ...actions, readOnly: true })}`, actions);
  }
  if (showsGuide(state, actions.draft())) {
    return html`
      ${failure === undefined ? nothing : bannerView({ tone: 'fail', icon: 'error', title: failure })}
      ${backendBanner(state, actions)}
      <main>${foldersView(state, actions)} ${guideView(state, actions)}</main>
      ${footerView(state, actions)}
    `;
  }
  return html`
    ${headerView(state, actions)}
    <p class="visually-hidden" role="status" aria-live="polite">${announcement(state)}</p>
    ${failure === undefined ? nothing : bannerView({ tone: 'fail', icon: 'error', title: failure })}
    ${backendBanner(state, actions)}
    ${errorBanner(state, actions)}
    <main>${fixStateView(state, actions)}${verdictView(state, actions)}${pastSections(state, actions)}</main>
    ${footerView(state, actions)}
  `;
}

/** What keeps every diagnosis from running; nothing else is worth showing then. */
function obstacleView({ trusted, workspaces, unsupported = [] }: TroubleshootingState, actions: Actions) {
  if (!trusted) {
    return emptyView({
      tone: 'info',
      icon: 'shield',
      title: 'This workspace is not trusted',
      text: 'In an untrusted workspace nothing is diagnosed: no file of it is read or used.',
      buttons: [{ title: 'Manage Workspace Trust', run: actions.openTrust }],
    });
  }
  if (workspaces.length > 0) return undefined;
  const virtual = unsupported.length > 0;
  return emptyView({
    tone: 'info',
    icon: 'folder',
    title: virtual ? 'This folder cannot be diagnosed' : 'No folder is open',
    text: virtual
      ? `${unsupported.join(', ')}: a virtual file system has no processes, ports or logs on this machine.`
      : 'Open the folder of a service that does not work, and Tektra finds out why.',
    buttons: [{ title: 'Open Folder', run: actions.openFolder }],
  });
}

function verdictView({ report, running }: TroubleshootingState, actions: Actions) {
  const live = running?.checks && actions.isLong() && (!running.background || !report) ? running.checks : undefined;
  if (!report) return live ? liveChecksView(live, actions) : nothing;
  const status = report.status === 'fail' ? 'fail' : 'warn';
  return html`
    ${
      live
        ? html`${liveChecksView(live, actions)}
            <p class="quiet">Below: the last verdict, from ${formatTime(report.startedAt)}.</p>`
        : report.asked
          ? askedView(report.asked, actions)
          : nothing
    }
    ${
      report.findings.length > 0
        ? rootCauses(report).map((root) => rootCauseView(root, status, actions))
        : html`<p>Nothing ${report.suppressed === undefined ? '' : 'else '}found to be broken. ${healthyText(report.targets.length, report.ruledOut.length, report.unknown.length)}</p>`
    }
    ${suppressedView(report.suppressed ?? [], actions)}
    ${othersView(report, actions)}
    ${live ? nothing : checksSection(report, running?.checks, actions)}
    ${running || actions.readOnly ? nothing : askView(report.findings.length > 0, actions)}
  `;
}

/** A verdict may be right and yet not about what the user sees. */
function askView(found: boolean, actions: Actions): TemplateResult {
  return html`<p class="ask">
    <span>${found ? 'Not what you see?' : 'Still see a problem?'}</span>
    <vscode-button appearance="secondary" @click=${actions.openGuide}>Troubleshoot…</vscode-button>
  </p>`;
}

function healthyText(targets: number, ruledOut: number, unknown: number): string {
  const looked = `${targets} ${targets === 1 ? 'target was' : 'targets were'} looked at and ${ruledOut} ${ruledOut === 1 ? 'suspect' : 'suspects'} ruled out`;
  return unknown === 0 ? `${looked}.` : `${looked}; ${unknown} could not be observed.`;
}

/** What was done and found before; a folder that was never diagnosed has none. */
function pastSections({ report, applied = [], history }: TroubleshootingState, actions: Actions) {
  return report ? html`${appliedView(applied, actions)}${historyView(history, actions)}` : nothing;
}

function backendBanner({ backend, report, running }: TroubleshootingState, actions: Actions) {
  const kept = report ? `The verdict below is from ${formatTime(report.startedAt)}.` : undefined;
  const buttons = [
    { title: 'Restart Backend', run: actions.restartBackend },
    { title: 'Show Log', run: actions.openLog, secondary: true },
  ];
  if (backend.phase === 'failed') {
    const text = [backend.message, kept].filter((part) => part !== undefined).join(' ');
    return bannerView({ tone: 'fail', icon: 'plug', title: "Tektra's backend stopped", text, buttons });
  }
  if (backend.phase === 'stopped' && backend.message !== undefined) {
    return bannerView({ tone: 'warn', icon: 'plug', title: backend.message, text: kept, buttons });
  }
  if (backend.phase === 'starting' && report && !running) {
    return bannerView({ tone: 'info', icon: 'plug', title: "Tektra's backend is starting", text: kept });
  }
  return nothing;
}

function errorBanner({ error, running }: TroubleshootingState, actions: Actions) {
  if (!error || running) return nothing;
  const buttons = [
    { title: 'Retry', run: actions.diagnose },
    { title: 'Show Log', run: actions.openLog, secondary: true },
  ];
  return bannerView({
    tone: 'fail',
    icon: 'error',
    title: 'The diagnosis could not run',
    text: [error.message, error.action].filter((part) => part !== undefined).join(' '),
    buttons,
  });
}

function footerView({ backend }: TroubleshootingState, actions: Actions): TemplateResult {
  const idle = backend.phase === 'stopped' && backend.message === undefined;
  const port = backend.httpPort === undefined ? '' : ` on port ${backend.httpPort}`;
  return html`<footer class="quiet">
    <span>${idle ? 'Backend not started yet' : `Backend ${backend.phase}${port}`}</span>
    <button type="button" class="link" @click=${actions.openLog}>Show log</button>
  </footer>`;
}

/** What a screen reader says when the state changes; the steps of a run would only be noise. */
function announcement({ report, running, error }: TroubleshootingState): string {
  if (running) {
    const [slow] = (running.checks ?? [])
      .filter(({ state, durationMs }) => state === 'running' && durationMs >= 1_000)
      .sort((a, b) => b.durationMs - a.durationMs);
    return slow ? `Diagnosing. Still looking at ${slow.label}` : 'Diagnosing';
  }
  if (error) return `The diagnosis could not run. ${error.message}`;
  const root = report?.findings[0];
  const answer = report?.asked ? `${report.asked.answer} ` : '';
  if (root) return `${answer}Root cause: ${root.summary}`;
  return report ? `${answer}Nothing found to be broken` : '';
}
