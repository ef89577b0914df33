import type { CommandId } from './commands.ts';
import { contextKeys } from './contextKeys.ts';

export const CONTAINER_ID = 'tektra';
export const TROUBLESHOOTING_VIEW_ID = 'tektra.troubleshooting';
/** The view type of the same page opened as an editor tab. */
export const TROUBLESHOOTING_PANEL_TYPE = 'tektra.troubleshootingPanel';
/** The log view as an editor of one file, which "Open With…" offers. */
export const LOG_EDITOR_TYPE = 'tektra.logView';
/** The log view as a tab of its own: several files, a container, a unit, a pod. */
export const LOG_PANEL_TYPE = 'tektra.logPanel';

export const viewsContainers = {
  activitybar: [{ id: CONTAINER_ID, title: 'Tektra', icon: 'media/tektra.svg' }],
};

export const views = {
  [CONTAINER_ID]: [
    {
      type: 'webview',
      id: TROUBLESHOOTING_VIEW_ID,
      name: 'Troubleshooting',
      contextualTitle: 'Tektra',
      icon: 'media/tektra.svg',
    },
  ],
};

const logPatterns = ['*.log', '*.log.*', '*.out', '*.err', '*.jsonl', '*.ndjson', '*.gz', '*.zst', '*.xz', '*.bz2'];

export const customEditors = [
  {
    viewType: LOG_EDITOR_TYPE,
    displayName: 'Tektra Log View',
    selector: logPatterns.map((filenamePattern) => ({ filenamePattern })),
    priority: 'option',
  },
];

interface MenuItem {
  command: CommandId;
  when?: string;
  group: string;
}

const inView = `view == ${TROUBLESHOOTING_VIEW_ID}`;

/** The buttons and the overflow menu of the view's title bar. */
export const viewTitleMenu: readonly MenuItem[] = [
  { command: 'tektra.guide.open', when: `${inView} && isWorkspaceTrusted`, group: 'navigation@0' },
  { command: 'tektra.panel.open', when: inView, group: 'navigation@1' },
  { command: 'tektra.diagnosis.run', when: `${inView} && !${contextKeys.running}`, group: '1_diagnosis@1' },
  { command: 'tektra.diagnosis.stop', when: `${inView} && ${contextKeys.running}`, group: '1_diagnosis@1' },
  { command: 'tektra.health.get', when: inView, group: '2_tektra@1' },
  { command: 'tektra.backend.restart', when: inView, group: '2_tektra@2' },
  { command: 'tektra.log.open', when: inView, group: '2_tektra@3' },
  { command: 'tektra.bundle.create', when: inView, group: '2_tektra@4' },
];

/** The submenu "Tektra" of a log's context menu. */
export const LOG_LINE_MENU = 'tektra.logLine';
export const logLineMenu: readonly MenuItem[] = [
  { command: 'tektra.line.open', group: '1_look@1' },
  { command: 'tektra.template.list', group: '1_look@2' },
  { command: 'tektra.component.list', group: '1_look@3' },
  { command: 'tektra.surroundings.list', group: '1_look@4' },
  { command: 'tektra.trace.list', group: '1_look@5' },
  { command: 'tektra.template.suppress', group: '2_act@1' },
  { command: 'tektra.line.diagnose', group: '2_act@2' },
];

const isLog =
  '(resourceExtname =~ /\\.(log|out|err|jsonl|ndjson|gz|zst|xz|bz2)$/ || resourceFilename =~ /\\.log\\.[0-9]+$/)';

/** Where logs are offered to be opened in the log view. */
export const logMenus: Readonly<
  Record<'explorer/context' | 'editor/title' | 'editor/title/context', readonly MenuItem[]>
> = {
  'explorer/context': [
    { command: 'tektra.logs.open', when: `!explorerResourceIsFolder && ${isLog}`, group: 'navigation@45' },
  ],
  'editor/title': [
    {
      command: 'tektra.logs.open',
      when: `${isLog} && activeCustomEditorId != ${LOG_EDITOR_TYPE}`,
      group: 'navigation@5',
    },
  ],
  'editor/title/context': [{ command: 'tektra.logs.open', when: isLog, group: '3_open@5' }],
};
