/** Short options that take a password, by the command that has them. */
const SHORT: Readonly<Record<string, RegExp>> = {
  'redis-cli': /^-a$/,
  'valkey-cli': /^-a$/,
  mysql: /^-p(.+)$/,
  mysqladmin: /^-p(.+)$/,
  mariadb: /^-p(.+)$/,
  'mariadb-admin': /^-p(.+)$/,
  mongosh: /^-p$/,
  mongo: /^-p$/,
  curl: /^(?:-u|--user)$/,
};

/**
 * Name/value pairs of the credentials that stand in a command: `--requirepass x`, `--api-key=x`, `redis-cli -a x`,
 * `mysqladmin -px`, `PGPASSWORD=x psql`. Other options are in it, too: their names tell that they are no secret.
 */
export function secretsInArgv(argv: readonly string[]): { name: string; value: string }[] {
  // `sh -c "…"` and the health check of CMD-SHELL hold a line of words each.
  const words = argv.flatMap((argument) => argument.split(/\s+/)).map((word) => word.replace(/^["']|["']$/g, ''));
  let command = '';
  return words.flatMap((word, index): { name: string; value: string }[] => {
    const next = words[index + 1] ?? '';
    const base = word.slice(word.lastIndexOf('/') + 1);
    if (base in SHORT) command = base;
    const short = SHORT[command]?.exec(word);
    if (short) return [{ name: 'PASSWORD', value: (short[1] ?? next).replace(/^[^:]*:/, '') }];
    const [, option, joined] = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/.exec(word) ?? [];
    if (option !== undefined) return [{ name: OPTION[option] ?? option, value: joined ?? next }];
    const [, variable, value] = /^([A-Za-z_]\w*)=(.+)$/.exec(word) ?? [];
    if (variable !== undefined && value !== undefined) return [{ name: variable, value }];
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(word) ? [{ name: 'URL', value: word }] : [];
  });
}

/** Written as one word, which the rules for names do not take apart. */
const OPTION: Readonly<Record<string, string>> = { requirepass: 'PASSWORD', masterauth: 'PASSWORD' };
