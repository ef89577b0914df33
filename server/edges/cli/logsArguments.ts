import { parseArgs } from 'node:util';
import { TektraError } from '../../protocol/errors.ts';
import { LogLevel } from '../../protocol/logRecord.ts';
import type { LogSource } from '../../protocol/logs.ts';

export const HELP = `usage: tektra logs [FILE…] [--unit UNIT] [--container NAME] [--pod [NAMESPACE/]NAME] [FILTERS] [WHAT] [--follow] [--json] [--no-color]

Reads logs of any format and size, filters them and says what matters in them. FILE may be compressed (gzip, zstd, bzip2, xz); "-" is standard
input. Several are read as one log, merged by time.

  --rotated          with the files that FILE was rotated into (app.log.1, app.log.2.gz, …)
  --unit UNIT        the journal of a systemd unit; "" for all of it
  --container NAME   the log of a container
  --pod NAME         the log of a pod, through kubectl

Filters: all that are given must hold.
  --level L          at least as severe as L: ${LogLevel.options.join(', ')}
  --component C      of this component (logger, module, program); * stands for anything
  --min-duration MS  that tell of a duration of at least MS milliseconds
  --since T, --until T   a time (2026-11-24T18:00, 18:00), or a span before now (15m, 2h, 3d)
  --grep RE          that match this regular expression; -i ignores case
  --query Q          in the language of the log view: level>=warn duration>1s -health "connection refused" user:42

What is printed: the records, or
  --templates        the kinds of messages, most frequent first
  --anomalies        what stands out, most important first
  --group FIELD      how often each value of a field occurs, with percentiles of durations

  --follow           goes on with what is written later
  --redact           secrets are not printed
  --json             one JSON object a line

Exit code: 0, 2 could not run.
`;

export interface LogsArguments {
  sources: LogSource[];
  /** In the language of the log view. */
  query: string;
  what: 'records' | 'templates' | 'anomalies' | { group: string };
  follow: boolean;
  redact: boolean;
  json: boolean;
  color: boolean;
}

/** @returns undefined: help was asked for. @throws TektraError request.invalid, TypeError of parseArgs */
export function parseLogsArguments(
  argv: readonly string[],
  { now, stdinIsTerminal }: { now: Date; stdinIsTerminal: boolean },
): LogsArguments | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    allowNegative: true,
    options: {
      rotated: { type: 'boolean', default: false },
      unit: { type: 'string', multiple: true },
      container: { type: 'string', multiple: true },
      pod: { type: 'string', multiple: true },
      level: { type: 'string' },
      component: { type: 'string' },
      'min-duration': { type: 'string' },
      since: { type: 'string' },
      until: { type: 'string' },
      grep: { type: 'string' },
      'ignore-case': { type: 'boolean', short: 'i', default: false },
      query: { type: 'string' },
      templates: { type: 'boolean', default: false },
      anomalies: { type: 'boolean', default: false },
      group: { type: 'string' },
      follow: { type: 'boolean', short: 'f', default: false },
      redact: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      color: { type: 'boolean', default: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const sources: LogSource[] = [
    ...positionals.map((file): LogSource => {
      if (file === '-') return { kind: 'stdin' };
      return { kind: 'file', path: file, ...(values.rotated ? { rotated: true } : {}) };
    }),
    ...(values.unit ?? []).map((unit): LogSource => (unit === '' ? { kind: 'journal' } : { kind: 'journal', unit })),
    ...(values.container ?? []).map((name): LogSource => ({ kind: 'container', name })),
    ...(values.pod ?? []).map(podSource),
  ];
  if (sources.length === 0 && !stdinIsTerminal) sources.push({ kind: 'stdin' });
  if (sources.length === 0)
    throw new TektraError('request.invalid', 'No log is named.', {
      action: 'Name a file, or pipe a log into tektra logs. See tektra logs --help.',
    });
  const modes = [values.templates, values.anomalies, values.group !== undefined].filter(Boolean).length;
  if (modes > 1)
    throw new TektraError(
      'request.invalid',
      'Only one of --templates, --anomalies and --group can be printed at a time.',
    );
  if (modes > 0 && values.follow)
    throw new TektraError(
      'request.invalid',
      '--follow prints records: it does not go with --templates, --anomalies or --group.',
    );
  return {
    sources,
    query: queryOf(values, now),
    what:
      values.group !== undefined
        ? { group: values.group }
        : values.templates
          ? 'templates'
          : values.anomalies
            ? 'anomalies'
            : 'records',
    follow: values.follow,
    redact: values.redact,
    json: values.json,
    color: values.color,
  };
}

function podSource(pod: string): LogSource {
  const [namespace, name, ...rest] = pod.includes('/') ? pod.split('/') : [undefined, pod];
  if (!name || rest.length > 0)
    throw new TektraError('request.invalid', `--pod takes a name or NAMESPACE/NAME, not "${pod}".`);
  return { kind: 'pod', name, ...(namespace ? { namespace } : {}) };
}

interface Filters {
  level?: string | undefined;
  component?: string | undefined;
  'min-duration'?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  grep?: string | undefined;
  'ignore-case': boolean;
  query?: string | undefined;
}

/** The filters in one language: what the view shows and what the terminal prints cannot differ. */
function queryOf(filters: Filters, now: Date): string {
  const { level, component, since, until, grep, query } = filters;
  const terms: string[] = [];
  if (level !== undefined) {
    if (!LogLevel.safeParse(level.toLowerCase()).success)
      throw new TektraError('request.invalid', `There is no level "${level}".`, {
        action: `Choose one of: ${LogLevel.options.join(', ')}.`,
      });
    terms.push(`level>=${level.toLowerCase()}`);
  }
  if (component !== undefined) terms.push(`component:${quoted(component)}`);
  if (filters['min-duration'] !== undefined) {
    const ms = Number(filters['min-duration']);
    if (!Number.isFinite(ms) || ms < 0 || filters['min-duration'].trim() === '')
      throw new TektraError('request.invalid', `--min-duration takes milliseconds, not "${filters['min-duration']}".`);
    terms.push(`duration>=${ms}`);
  }
  if (since !== undefined) terms.push(`time>=${timePoint('--since', since, now)}`);
  if (until !== undefined) terms.push(`time<=${timePoint('--until', until, now)}`);
  if (grep !== undefined) terms.push(`/${grep.replaceAll('/', '\\/')}/${filters['ignore-case'] ? 'i' : ''}`);
  if (query !== undefined && query.trim() !== '') terms.push(terms.length === 0 ? query : `(${query})`);
  return terms.join(' ');
}

/** A value that the language takes as one, whatever it holds; `*` keeps its meaning. */
function quoted(text: string): string {
  return /^[\w.@/$*-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function timePoint(option: string, text: string, now: Date): string {
  const span = /^-?(\d{1,9})(s|m|h|d|w)(?: ago)?$/.exec(text.trim());
  if (span) return new Date(now.getTime() - Number(span[1]) * (UNIT_MS[span[2] ?? ''] ?? 0)).toISOString();
  const clock = /^\d{1,2}:\d{2}(?::\d{2})?$/.test(text);
  const date = /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text.replace(' ', 'T')));
  if (!clock && !date)
    throw new TektraError('request.invalid', `${option} takes a time or a span, not "${text}".`, {
      action: 'Examples: 2026-11-24T18:00, 18:00, 15m, 2h, 3d.',
    });
  return text.replace(' ', 'T');
}
