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
  closeGuide,
  getTroubleshooting,
  openEvidence,
  openFolder,
  openGuide,
  openLog,
  openTrust,
  previewFix,
  restartBackend,
  selectTroubleshooting,
  skipTroubleshooting,
  startTroubleshooting,
  stopTroubleshooting,
  type TroubleshootingState,
  troubleshootingChanged,
} from '../../server/protocol/troubleshooting.ts';
import { connectHost } from '../shared/rpc/connectHost.ts';
import { registerControls } from '../shared/ui/registerControls.ts';
import type { Actions } from './actions.ts';
import { SYMPTOM_FIELD } from './guideView.ts';
import { emptyView } from './noticeView.ts';
import { pageView } from './pageView.ts';
import { showOutcome } from './showOutcome.ts';
import './troubleshooting.css';

// The page of the troubleshooting view: it shows the state that the client sends whole, and holds none of its own but
// which sections are open and what stands in the guide's field.

/** Before this a run is over as often as not: its checks would only flicker. Milliseconds. */
const LONG_MS = 400;

const host = connectHost();
const root = document.getElementById('root') ?? document.body;
const memory = asMemory(host.recall());
const open = new Set<string>(memory.open);
let state: TroubleshootingState | undefined;
let failure: string | undefined;
let { draft } = memory;
/** Of the run that goes on: whether it takes long by now, and what will say so. */
let isLong = false;
let patience: number | undefined;

function draw(): void {
  const loading = emptyView({ tone: 'info', icon: 'idle', title: failure ?? 'Loading…' });
  const hadFocus = root.contains(document.activeElement);
  render(state ? pageView(state, failure, actions) : html`${loading}`, root);
  // What had the focus went away with a part of the page: the heading of what came instead is next in reading.
  if (hadFocus && document.activeElement === document.body) root.querySelector<HTMLElement>('h1')?.focus();
}

/** Notes how long the run goes on, and draws again when that becomes long. */
function followRun(running: boolean): void {
  if (!running) {
    window.clearTimeout(patience);
    patience = undefined;
    isLong = false;
  } else if (patience === undefined) {
    patience = window.setTimeout(() => {
      isLong = true;
      draw();
    }, LONG_MS);
  }
}

function accept(next: TroubleshootingState): void {
  const before = state;
  const guideOpens = next.guide === true && !state?.guide;
  state = next;
  failure = undefined;
  if (guideOpens && draft === '') draft = next.report?.asked?.symptom ?? '';
  followRun(next.running !== undefined);
  draw();
  showOutcome(root, before, next);
  loadHistory();
  if (guideOpens) document.getElementById(SYMPTOM_FIELD)?.focus();
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
  skip: (check) => void ask(skipTroubleshooting, { check }),
  openGuide: () => void ask(openGuide, {}),
  closeGuide: () => void ask(closeGuide, {}),
  startGuide(about) {
    const symptom = draft.trim();
    const question = { ...(about === undefined ? {} : { about }), ...(symptom === '' ? {} : { symptom }) };
    const workspace = state?.selected === undefined ? {} : { workspace: state.selected };
    void ask(startTroubleshooting, { ...workspace, question }, () => actions.setDraft(''));
  },
  draft: () => draft,
  setDraft(text) {
    draft = text;
    keep();
  },
  isLong: () => isLong,
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
    keep();
    loadHistory();
  },
};

function keep(): void {
  host.keep({ open: [...open], draft });
}

/** What an older page kept may have any form; once it was the open sections alone. */
function asMemory(value: unknown): { open: string[]; draft: string } {
  const kept = typeof value === 'object' && value !== null ? value : {};
  const sections: unknown = 'open' in kept ? kept.open : kept;
  return {
    open: Array.isArray(sections) ? sections.filter((item) => typeof item === 'string') : [],
    draft: 'draft' in kept && typeof kept.draft === 'string' ? kept.draft : '',
  };
}

registerControls();
host.connection.onNotification(troubleshootingChanged.type, accept);
host.connection.listen();
draw();
void ask(getTroubleshooting, {}, accept);
