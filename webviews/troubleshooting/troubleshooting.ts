import '../shared/rpc/withoutEval.ts';

import { html, render } from 'lit';
import {
  closeFix,
  continueFix,
  openFixOutput,
  startFix,
  stopFix,
  takeBackFix,
} from '../../server/protocol/fixState.ts';
import { openHistory, openPast } from '../../server/protocol/history.ts';
import { startSuppression, stopSuppression } from '../../server/protocol/suppression.ts';
import {
  getTroubleshooting,
  openEvidence,
  openFolder,
  openLog,
  openTrust,
  previewFix,
  restartBackend,
  selectTroubleshooting,
  startTroubleshooting,
  stopTroubleshooting,
  type TroubleshootingState,
  troubleshootingChanged,
} from '../../server/protocol/troubleshooting.ts';
import { connectHost } from '../shared/rpc/connectHost.ts';
import { registerControls } from '../shared/ui/registerControls.ts';
import type { Actions } from './actions.ts';
import { emptyView } from './noticeView.ts';
import { pageView } from './pageView.ts';
import { showOutcome } from './showOutcome.ts';
import './troubleshooting.css';

// The page of the troubleshooting view: it shows the state that the client sends whole, and holds none of its own but
// which sections are open.

const host = connectHost();
const root = document.getElementById('root') ?? document.body;
const open = new Set<string>(asStrings(host.recall()));
let state: TroubleshootingState | undefined;
let failure: string | undefined;

function draw(): void {
  const loading = emptyView({ tone: 'info', icon: 'idle', title: failure ?? 'Loading…' });
  render(state ? pageView(state, failure, actions) : html`${loading}`, root);
}

function accept(next: TroubleshootingState): void {
  const before = state;
  state = next;
  failure = undefined;
  draw();
  showOutcome(root, before, next);
  loadHistory();
}

/** The folder whose history was asked for: only once, and only while its section is open. */
let historyOf: string | undefined;

function loadHistory(): void {
  if (!open.has('history') || !state?.report || state.history || historyOf === state.selected) return;
  historyOf = state.selected;
  void ask(openHistory, {});
}

async function ask<T>(message: { readonly method: string }, params: object, then?: (answer: T) => void): Promise<void> {
  try {
    const answer = await host.connection.sendRequest<T>(message.method, params);
    then?.(answer);
  } catch (thrown) {
    failure = thrown instanceof Error ? thrown.message : String(thrown);
    draw();
  }
}

const actions: Actions = {
  diagnose: () => void ask(startTroubleshooting, state?.selected === undefined ? {} : { workspace: state.selected }),
  stop: () => void ask(stopTroubleshooting, {}),
  select: (workspace) => void ask(selectTroubleshooting, { workspace }),
  openEvidence: (source) => void ask(openEvidence, { source }),
  previewFix: (finding, fix) => void ask(previewFix, { finding, fix }),
  readOnly: false,
  get busy() {
    return state?.fix !== undefined && state.fix.phase !== 'done' && state.fix.phase !== 'stopped';
  },
  applyFix: (finding, fix, keep) => void ask(startFix, { finding, fix, keep }),
  continueFix: () => void ask(continueFix, {}),
  stopFix: () => void ask(stopFix, {}),
  closeFix: () => void ask(closeFix, {}),
  takeBackFix: (id) => void ask(takeBackFix, { id }),
  openFixOutput: (id) => void ask(openFixOutput, { id }),
  openPast: (id) => void ask(openPast, id === undefined ? {} : { id }),
  suppress: (finding) => void ask(startSuppression, { finding }),
  restore: (id) => void ask(stopSuppression, { id }),
  restartBackend: () => void ask(restartBackend, {}),
  openLog: () => void ask(openLog, {}),
  openTrust: () => void ask(openTrust, {}),
  openFolder: () => void ask(openFolder, {}),
  isOpen: (section) => open.has(section),
  setOpen(section, isOpen) {
    if (isOpen) open.add(section);
    else open.delete(section);
    // Opened again, it is asked for again.
    if (section === 'history') historyOf = undefined;
    host.keep([...open]);
    loadHistory();
  },
};

function asStrings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

registerControls();
host.connection.onNotification(troubleshootingChanged.type, accept);
host.connection.listen();
draw();
void ask(getTroubleshooting, {}, accept);
