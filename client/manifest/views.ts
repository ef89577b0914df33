import type { CommandId } from './commands.ts';
import { contextKeys } from './contextKeys.ts';

export const CONTAINER_ID = 'tektra';
export const TROUBLESHOOTING_VIEW_ID = 'tektra.troubleshooting';
/** The view type of the same page opened as an editor tab. */
export const TROUBLESHOOTING_PANEL_TYPE = 'tektra.troubleshootingPanel';

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

interface MenuItem {
  command: CommandId;
  when: string;
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
