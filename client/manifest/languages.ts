/** The editor's own language "Log", for more names of files than the editor knows. */
export const languages = [
  {
    id: 'log',
    aliases: ['Log'],
    extensions: ['.log', '.out.log', '.err.log'],
    filenamePatterns: ['*.log.[0-9]', '*.log.[0-9][0-9]', '*.log-[0-9]*', '*.log.[0-9][0-9][0-9][0-9]-*'],
    filenames: ['syslog', 'messages', 'dmesg', 'npm-debug.log'],
  },
];

/** Colours what the editor's own grammar of logs leaves plain; injected, so that the two live together. */
export const grammars = [{ scopeName: 'text.log.tektra', path: './media/logSyntax.json', injectTo: ['text.log'] }];
