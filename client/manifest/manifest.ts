import { commands } from './commands.ts';
import { settings } from './settings.ts';
import { views, viewsContainers, viewTitleMenu } from './views.ts';

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
  activationEvents: ['onStartupFinished'],
  capabilities: {
    untrustedWorkspaces: {
      supported: 'limited',
      description: 'In an untrusted workspace Tektra diagnoses nothing: no file of the workspace is read or used.',
      restrictedConfigurations: ['tektra.diagnosis.extraLogs'],
    },
    virtualWorkspaces: {
      supported: false,
      description: 'Tektra diagnoses folders on the local disk; folders of a virtual file system have no processes.',
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
    viewsContainers,
    views,
    menus: { commandPalette: conditional, 'view/title': viewTitleMenu },
  },
};
