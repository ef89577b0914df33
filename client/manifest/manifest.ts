import { commands, inLog } from './commands.ts';
import { grammars, languages } from './languages.ts';
import { settings } from './settings.ts';
import {
  customEditors,
  LOG_LINE_MENU,
  LOG_PANEL_TYPE,
  logLineMenu,
  logMenus,
  views,
  viewsContainers,
  viewTitleMenu,
} from './views.ts';

/** Commands that the palette offers only under a condition. */
const conditional = commands.flatMap((command) =>
  'when' in command ? [{ command: command.id, when: command.when }] : [],
);

/**
 * The part of package.json that the editor reads. `npm run manifest` writes it there; test/architecture fails when
 * the two differ.
 */
export const manifest = {
  categories: ['Debuggers', 'Testing', 'Other'],
  icon: 'media/icon.png',
  // Commands and views activate by themselves; this one lets the status bar speak before the user asks.
  // A tab of the log view that comes back after a reload cannot wait for it.
  activationEvents: ['onStartupFinished', `onWebviewPanel:${LOG_PANEL_TYPE}`],
  capabilities: {
    untrustedWorkspaces: {
      supported: 'limited',
      description:
        'In an untrusted workspace Tektra diagnoses nothing: no file of the workspace is read or used, but for a log that you open yourself.',
      restrictedConfigurations: ['tektra.diagnosis.extraLogs'],
    },
    virtualWorkspaces: {
      supported: 'limited',
      description:
        'Tektra reads the logs of a virtual file system, but diagnoses only folders on the local disk: others have no processes.',
    },
  },
  contributes: {
    commands: commands.map((command) => ({
      command: command.id,
      title: command.title,
      category: 'Tektra',
      ...('icon' in command ? { icon: command.icon } : {}),
    })),
    configuration: { title: 'Tektra', properties: settings },
    // In a remote window the editor would offer to open the backend's HTTP port as if it were the user's application.
    configurationDefaults: {
      'remote.portsAttributes': {
        'tektra\\.tektra-[^/]*/dist/server/main\\.mjs': { label: "Tektra's backend", onAutoForward: 'ignore' },
      },
    },
    languages,
    grammars,
    viewsContainers,
    views,
    customEditors,
    menus: {
      commandPalette: conditional,
      'view/title': viewTitleMenu,
      ...logMenus,
      'editor/context': [{ submenu: LOG_LINE_MENU, when: inLog, group: '1_tektra' }],
      [LOG_LINE_MENU]: logLineMenu,
    },
    submenus: [{ id: LOG_LINE_MENU, label: 'Tektra' }],
  },
};
