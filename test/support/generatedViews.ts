import { type LevelName, levelCode } from '../../server/logs/levels.ts';
import { TektraError } from '../../server/protocol/errors.ts';
import type { LogView } from '../../server/protocol/logs.ts';
import { type GeneratedLog, generatedTemplates } from './generatedLog.ts';

/** Records that a view lists; undefined: all. */
export type Members = Uint32Array | undefined;

interface Query {
  query: string;
  from?: number | undefined;
  to?: number | undefined;
}

/** Looked at between two breaths. */
const CHUNK = 500_000;

/** A stand-in for the server's filters: it knows as much of the language as tests of the page need. */
export class GeneratedViews {
  readonly #log: GeneratedLog;
  /** A breath takes so long. */
  pauseMs = 0;
  readonly #views = new Map<string, Members>([['all', undefined]]);

  constructor(log: GeneratedLog) {
    this.#log = log;
  }

  members(view: string): Members {
    if (!this.#views.has(view)) throw new TektraError('log.view-unknown', `There is no view ${view}.`);
    return this.#views.get(view);
  }

  size(view: string): number {
    return this.members(view)?.length ?? this.#log.count;
  }

  recordAt(view: string, position: number): number | undefined {
    const members = this.members(view);
    if (members) return members[position];
    return position < this.#log.count ? position : undefined;
  }

  /** Its place or the next behind it; -1: none. */
  positionOf(view: string, record: number): number {
    const members = this.members(view);
    if (!members) return record < this.#log.count ? record : -1;
    let low = 0;
    let high = members.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((members[middle] ?? 0) < record) low = middle + 1;
      else high = middle;
    }
    return low < members.length ? low : -1;
  }

  async run({ query, from, to }: Query, progress: (view: LogView) => void, cancelled: () => boolean): Promise<LogView> {
    const log = this.#log;
    const matches = parse(query);
    const view = `v${this.#views.size}`;
    const found = new Uint32Array(log.count);
    let count = 0;
    for (let start = 0; start < log.count; start += CHUNK) {
      const end = Math.min(log.count, start + CHUNK);
      for (let record = start; record < end; record += 1) {
        if (!matches(log, record)) continue;
        const time = from === undefined && to === undefined ? 0 : log.timeOf(record);
        if (from !== undefined && time < from) continue;
        if (to !== undefined && time > to) continue;
        found[count] = record;
        count += 1;
      }
      if (end === log.count) break;
      this.#views.set(view, found.subarray(0, count));
      progress({ view, matches: count, scanned: end, done: false });
      await new Promise((resolve) => setTimeout(resolve, this.pauseMs));
      if (cancelled()) throw new TektraError('request.cancelled', 'The request was cancelled.');
    }
    this.#views.set(view, found.slice(0, count));
    return { view, matches: count, scanned: log.count, done: true };
  }
}

type Matches = (log: GeneratedLog, record: number) => boolean;

function parse(query: string): Matches {
  const open = query.split('(').length - query.split(')').length;
  if (open !== 0)
    throw new TektraError('log.query-invalid', `This ( is not closed (at ${query.indexOf('(') + 1})`, {
      action: 'Write a ) at its end.',
    });
  const terms = query.match(/level:\([^)]*\)|[\w.>=-]+:?(?:"(?:[^"\\]|\\.)*")?[^\s]*/g) ?? [];
  const all = terms.map(term);
  return (log, record) => all.every((each) => each(log, record));
}

function term(text: string): Matches {
  const several = /^level:\((.*)\)$/.exec(text);
  if (several) {
    const any = (several[1] ?? '').split(' OR ').map((level) => term(`level:${level}`));
    return (log, record) => any.some((each) => each(log, record));
  }
  if (text.startsWith('-')) {
    const inner = term(text.slice(1));
    return (log, record) => !inner(log, record);
  }
  const level = /^level(:|>=)(\w+)$/.exec(text);
  if (level) {
    const code = level[2] === 'none' ? 0 : levelCode(level[2] as LevelName);
    const fits = generatedTemplates.map((template) =>
      level[1] === ':' ? levelCode(template.level) === code : levelCode(template.level) >= code,
    );
    return (log, record) => fits[log.templateOf(record)] === true;
  }
  const field = /^(component|template):(.*)$/.exec(text);
  if (field) {
    const value = (field[2] ?? '').replace(/^"|"$/g, '').replaceAll('\\"', '"');
    const fits = generatedTemplates.map((template, at) =>
      field[1] === 'component' ? template.component === value : `t${at}` === value,
    );
    return (log, record) => fits[log.templateOf(record)] === true;
  }
  const word = text.replaceAll('"', '').toLowerCase();
  return (log, record) => log.rowOf(record).message.toLowerCase().includes(word);
}
