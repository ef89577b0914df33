import type * as z from 'zod';
import { levelCode } from '../../server/logs/levels.ts';
import { TektraError } from '../../server/protocol/errors.ts';
import type { LogFinding } from '../../server/protocol/logRecord.ts';
import type {
  compareLogs,
  getLogHistogram,
  getLogRecord,
  groupLog,
  LogSummary,
  listLogFindings,
  listLogRows,
  listLogTemplates,
} from '../../server/protocol/logs.ts';
import { BURST, type GeneratedLog, generatedLog, generatedTemplates, NEW_FROM, parametersOf } from './generatedLog.ts';
import { GeneratedViews } from './generatedViews.ts';

type Result<M extends { result: z.ZodType }> = z.input<M['result']>;

/** More records than this are sampled when they are counted: the stand-in must not be slower than the server. */
const SAMPLE = 400_000;

/** Answers what the page asks of the server, from a log that is worked out. */
export class GeneratedServer {
  readonly log: GeneratedLog;
  readonly views: GeneratedViews;
  readonly suppressed = new Set<string>();
  state: LogSummary['state'] = 'complete';
  quiet = false;

  constructor(count: number) {
    this.log = generatedLog(count);
    this.views = new GeneratedViews(this.log);
  }

  summary(): LogSummary {
    const { count } = this.log;
    const bytes = count * 118;
    return {
      log: 'log1',
      state: this.state,
      sources: [
        {
          name: '/var/log/shop/app.log',
          format: 'log4j',
          indexedBytes: this.state === 'reading' ? bytes * 0.43 : bytes,
          totalBytes: bytes,
          records: count,
          lines: count,
        },
      ],
      records: count,
      templates: generatedTemplates.length,
      ...(count === 0 ? {} : { from: this.log.timeOf(0), to: this.log.timeOf(count - 1) }),
      levels: this.#levels('all'),
      components: 8,
      notices: this.quiet
        ? []
        : [{ source: 'app.log', line: 88_121, text: '312 bytes were no UTF-8; they are shown as \\xNN.' }],
    };
  }

  rows({ view, position, count }: { view: string; position: number; count: number }): Result<typeof listLogRows> {
    const matches = this.views.size(view);
    const rows = [];
    for (let at = position; at < Math.min(matches, position + count); at += 1)
      rows.push(this.log.rowOf(this.views.recordAt(view, at) ?? 0));
    return { rows, matches };
  }

  position(params: { view: string; record?: number; time?: number; line?: { line: number } }): { position: number } {
    const { view, record, time, line } = params;
    const wanted = record ?? (line ? line.line - 1 : this.#recordAtTime(time ?? 0));
    return { position: this.views.positionOf(view, wanted) };
  }

  record(number: number): Result<typeof getLogRecord> {
    const row = this.log.rowOf(number);
    const template = generatedTemplates[row.template];
    if (!template) throw new TektraError('log.gone', 'The record is gone.');
    const time = new Date(row.time ?? 0).toISOString();
    const text = [
      `${time} ${template.level.toUpperCase()} [${template.component}] ${row.message}`,
      ...(template.trace ?? []),
    ].join('\n');
    return {
      record: number,
      file: '/var/log/shop/app.log',
      line: row.line,
      endLine: row.line + row.moreLines,
      time,
      level: template.level,
      component: template.component,
      ...(row.durationMs === undefined ? {} : { durationMs: row.durationMs }),
      message: row.message,
      fields: { thread: `worker-${number % 16}`, host: 'shop-7', request: { method: 'GET', status: 200 } },
      traceId: `4bf92f35${String(number).padStart(8, '0')}`,
      template: { id: `t${row.template}`, text: template.text },
      text,
      cut: false,
      notes: row.mark === 'new' ? ['Nothing like it stands in the first 62 % of this log.'] : [],
      parameters: parametersOf(number, template.text).map((value) => ({ type: 'number', text: value })),
      templateCount: Math.round((this.log.count * template.share) / 10_000),
      templateFirst: this.log.start,
      templateLast: row.time,
      because: 'Its 2 shapes differ in nothing but a word that takes many values.',
      frames: (template.trace ?? []).slice(1).map((frame) => {
        const place = /\((\w+\.java):(\d+)\)/.exec(frame);
        return { text: frame.trim(), ...(place ? { file: place[1] ?? '', line: Number(place[2]) } : {}) };
      }),
    };
  }

  histogram({
    view,
    buckets,
    from,
    to,
  }: {
    view: string;
    buckets: number;
    from?: number;
    to?: number;
  }): Result<typeof getLogHistogram> {
    const start = from ?? this.log.timeOf(0);
    const step = ((to ?? this.log.timeOf(this.log.count - 1)) - start + 1) / buckets;
    const levels: number[][] = Array.from({ length: 8 }, () => []);
    this.#each(view, (record, weight) => {
      const bucket = Math.floor((this.log.timeOf(record) - start) / step);
      if (bucket < 0 || bucket >= buckets) return;
      const level = levelCode(generatedTemplates[this.log.templateOf(record)]?.level ?? 'info');
      const counts = levels[level] ?? [];
      if (counts.length === 0) levels[level] = Array<number>(buckets).fill(0);
      const filled = levels[level];
      if (filled) filled[bucket] = (filled[bucket] ?? 0) + weight;
    });
    return { from: start, step, levels: levels.map((counts) => counts.map(Math.round)) };
  }

  templates({ view }: { view: string }): Result<typeof listLogTemplates> {
    const counts = generatedTemplates.map(() => 0);
    const sparks = generatedTemplates.map(() => Array<number>(24).fill(0));
    this.#each(view, (record, weight) => {
      const template = this.log.templateOf(record);
      counts[template] = (counts[template] ?? 0) + weight;
      const spark = sparks[template];
      const part = Math.floor((record / this.log.count) * 24);
      if (spark) spark[part] = (spark[part] ?? 0) + weight;
    });
    const templates = generatedTemplates
      .map(({ text, level, durations }, id) => ({
        id: `t${id}`,
        text,
        count: Math.round(counts[id] ?? 0),
        firstLine: 1,
        lastLine: this.log.count,
        level,
        spark: (sparks[id] ?? []).map(Math.round),
        trend: id === 9 ? 14 : id === 5 ? 2.4 : 1,
        ...(durations ? { p50: 118, p99: 2310 } : {}),
      }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count);
    return { total: templates.length, templates };
  }

  findings(): Result<typeof listLogFindings> {
    const all = this.quiet ? [] : this.#findings();
    return {
      findings: all.filter(({ fingerprint }) => !this.suppressed.has(fingerprint)),
      suppressed: all
        .filter(({ fingerprint }) => this.suppressed.has(fingerprint))
        .map((finding) => ({ ...finding, suppressed: { reason: 'Known from the migration' } })),
    };
  }

  group({ view, by }: { view: string; by: string }): Result<typeof groupLog> {
    if (by !== 'component' && by !== 'template') return { groups: [], others: 0, without: this.views.size(view) };
    const counts = new Map<string, { count: number; errors: number }>();
    this.#each(view, (record, weight) => {
      const number = this.log.templateOf(record);
      const template = generatedTemplates[number];
      const value = by === 'component' ? (template?.component ?? '') : `t${number}`;
      const group = counts.get(value) ?? { count: 0, errors: 0 };
      counts.set(value, group);
      group.count += weight;
      if (template?.level === 'error') group.errors += weight;
    });
    const groups = [...counts].map(([value, { count, errors }]) => ({
      value,
      count: Math.round(count),
      errors: Math.round(errors),
    }));
    return {
      groups: groups.sort((a, b) => b.count - a.count).slice(0, 8),
      others: Math.max(0, groups.length - 8),
      without: 0,
    };
  }

  compare({ a, b }: { a: { view: string }; b: { view: string } }): Result<typeof compareLogs> {
    const [left, right] = [this.templates(a).templates, this.templates(b).templates];
    const ids = [...new Set([...left, ...right].map(({ id }) => id))];
    const templates = ids.map((id) => {
      const one = left.find((template) => template.id === id);
      const other = right.find((template) => template.id === id);
      const { text = '', level } = one ?? other ?? {};
      return { text, ...(level ? { level } : {}), countA: one?.count ?? 0, countB: other?.count ?? 0, record: 0 };
    });
    return { recordsA: this.views.size(a.view), recordsB: this.views.size(b.view), templates };
  }

  #findings(): LogFinding[] {
    const { count } = this.log;
    const at = (share: number, template: number): number => {
      for (let record = Math.ceil(count * share); record < count; record += 1)
        if (this.log.templateOf(record) === template) return record;
      return Math.max(0, count - 1);
    };
    const finding = (
      kind: LogFinding['kind'],
      share: number,
      template: number,
      score: number,
      reason: string,
    ): LogFinding => {
      const record = at(share, template);
      const { text = '', level } = generatedTemplates[template] ?? {};
      return {
        kind,
        reason,
        file: '/var/log/shop/app.log',
        line: record + 1,
        record,
        time: new Date(this.log.timeOf(record)).toISOString(),
        ...(level ? { level } : {}),
        template: { id: `t${template}`, text },
        score,
        fingerprint: `${kind}-${template}`,
      };
    };
    return [
      finding(
        'cascade',
        BURST[0],
        5,
        0.97,
        'The first of 20,041 errors within 2 min 40 s; the 4 templates that fail afterwards all follow it.',
      ),
      finding('new', NEW_FROM, 9, 0.91, 'Never seen in the first 6 h 53 min, then 3,420 times.'),
      finding('burst', BURST[0], 5, 0.88, '83 times as often as before: 7,500 a minute against 90.'),
      finding('silence', 0.4, 8, 0.7, 'Logged every 9 s until here, then nothing for 30 min.'),
      finding('slow', 0.5, 4, 0.64, 'p99 rose from 810 ms to 2.3 s.'),
      finding('rare', 0.1, 10, 0.4, '1,012 of 10,000,000 records are like it.'),
    ];
  }

  #recordAtTime(time: number): number {
    let low = 0;
    let high = this.log.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.log.timeOf(middle) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #levels(view: string): number[] {
    const levels = Array<number>(8).fill(0);
    this.#each(view, (record, weight) => {
      const code = levelCode(generatedTemplates[this.log.templateOf(record)]?.level ?? 'info');
      levels[code] = (levels[code] ?? 0) + weight;
    });
    return levels.map(Math.round);
  }

  #each(view: string, tell: (record: number, weight: number) => void): void {
    const size = this.views.size(view);
    const stride = Math.max(1, Math.floor(size / SAMPLE));
    for (let at = 0; at < size; at += stride) tell(this.views.recordAt(view, at) ?? 0, stride);
  }
}
