/** Every setting of Tektra, as the settings editor shows it. The defaults also give the types that `readSetting` returns. */
export const settings = {
  'tektra.diagnosis.onStartup': {
    type: 'boolean',
    default: true,
    markdownDescription:
      'Diagnose the workspace once, in the background, shortly after the window opened, so that the status bar already shows what is broken. Never in an untrusted workspace.',
  },
  'tektra.diagnosis.onSave': {
    type: 'boolean',
    default: true,
    markdownDescription:
      'Diagnose again after a file was saved that decides how services start: `.env` files, compose files, `package.json`, Dockerfiles, `Procfile`.',
  },
  'tektra.diagnosis.intervalSeconds': {
    type: 'number',
    default: 60,
    minimum: 0,
    maximum: 86_400,
    markdownDescription:
      'While a problem is shown and the window has the focus, diagnose again this often, in seconds, so that a repair is noticed. `0` turns it off.',
  },
  'tektra.diagnosis.timeoutSeconds': {
    type: 'number',
    default: 30,
    minimum: 1,
    maximum: 600,
    markdownDescription: 'Time limit of one diagnosis, in seconds. What was not observed by then is listed as unknown.',
  },
  'tektra.diagnosis.extraLogs': {
    type: 'array',
    items: { type: 'string' },
    default: [],
    markdownDescription:
      'Log files to read besides those that Tektra finds in the workspace. Paths are relative to the workspace folder.',
  },
  'tektra.earlyContact.enabled': {
    type: 'boolean',
    default: true,
    markdownDescription:
      'Offer a diagnosis, once, when a task, a command in the terminal or a compose service of this workspace fails while the window is open.',
  },
} as const;

export type SettingKey = keyof typeof settings;

type Widened<T> = T extends boolean ? boolean : T extends number ? number : T extends readonly [] ? string[] : T;

/** The type of a setting's value, taken from its default. */
export type SettingValue<K extends SettingKey> = Widened<(typeof settings)[K]['default']>;
