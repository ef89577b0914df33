/** Who wrote a log, told by its lines: an application of the workspace or a well-known server. */
export type LogKind = 'application' | 'postgres' | 'redis' | 'nginx' | 'mysql' | 'access';

const SHAPES: readonly (readonly [LogKind, RegExp])[] = [
  ['redis', /^\d+:[A-Z] \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2}/],
  [
    'postgres',
    /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d+)? \S+ \[\d+\][^:]*(?:LOG|ERROR|FATAL|STATEMENT|HINT|DETAIL|WARNING|PANIC|NOTICE): {2}/,
  ],
  // What it prints on the terminal (`nginx: [emerg] …`) is the output of whoever starts it, like any service's.
  ['nginx', /^\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2} \[\w+\] \d+#\d+: /],
  ['mysql', /^\d{4}-\d{2}-\d{2}T\S+Z? \d+ \[(?:System|Note|Warning|ERROR)\] \[MY-\d+\]/],
  ['access', /^\S+ \S+ \S+ \[\d{2}\/\w{3}\/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4}\] "/],
];

/** The kind that at least half of the sampled lines show. */
export function logKindOf(lines: readonly string[]): LogKind {
  const sample = lines.filter((line) => line !== '' && !/^\s/.test(line)).slice(-60);
  for (const [kind, shape] of SHAPES) {
    if (sample.length > 0 && sample.filter((line) => shape.test(line)).length * 2 >= sample.length) return kind;
  }
  return 'application';
}
