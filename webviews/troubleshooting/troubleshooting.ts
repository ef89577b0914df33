import '../shared/rpc/withoutEval.ts';

import { html, render } from 'lit';
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
  state = next;
  failure = undefined;
  draw();
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
  restartBackend: () => void ask(restartBackend, {}),
  openLog: () => void ask(openLog, {}),
  openTrust: () => void ask(openTrust, {}),
  openFolder: () => void ask(openFolder, {}),
  isOpen: (section) => open.has(section),
  setOpen(section, isOpen) {
    if (isOpen) open.add(section);
    else open.delete(section);
    host.keep([...open]);
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
