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
  'tektra.logs.inEditor': {
    type: 'boolean',
    default: true,
    markdownDescription:
      'Show, around the text of a log that is open in the text editor, a summary, marks of new and rare lines, folds, an outline and hovers.',
  },
  'tektra.logs.formats': {
    type: 'array',
    items: {
      type: 'object',
      required: ['name', 'pattern'],
      additionalProperties: false,
      properties: {
        name: { type: 'string', description: 'What the format is called.' },
        pattern: {
          type: 'string',
          description:
            'A regular expression (RE2) that a line must match, with the named groups time, level, component, message, trace, duration (in ms): ^(?<time>\\S+) (?<level>\\w+) (?<message>.*)$',
        },
        timeFormat: {
          type: 'string',
          description:
            'How the time is written, as strftime writes it: %d.%m.%Y %H:%M:%S. Left out: found out from the log.',
        },
      },
    },
    default: [],
    markdownDescription:
      'Formats of logs that Tektra does not find out by itself. They are tried first; a line that does not match belongs to the record before it.',
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
