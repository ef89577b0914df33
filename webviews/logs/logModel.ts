import type { MessageConnection } from 'vscode-jsonrpc/browser';
import type * as z from 'zod';
import { TektraError } from '../../server/protocol/errors.ts';
import { type LogPageState, reopenLog } from '../../server/protocol/logPage.ts';
import {
  findLogPosition,
  getLogRecord,
  type LogRow,
  type LogSummary,
  type LogView,
  listLogRows,
} from '../../server/protocol/logs.ts';
import type { Ask } from '../shared/rpc/ask.ts';
import type { TimeRange } from './pageMemory.ts';
import { RowCache } from './rowCache.ts';
import { ALL, ViewQueries } from './viewQueries.ts';

export type RecordDetail = z.infer<typeof getLogRecord.result>;

/** What the page does when the model changed. */
export interface ModelEvents {
  /** Something that is drawn is another now. */
  changed(): void;
  /** The table shows another view: it is to be moved to what it showed before. */
  viewChanged(): void;
  /** Rows of the view came. */
  rowsChanged(): void;
  /** The view has more records than before. */
  grew(before: number, after: number): void;
  /** What stands beside the table (timeline, findings, templates, fields) has to be asked for again. */
  dataChanged(): void;
  say(text: string): void;
}

/** A view that grows is asked for its new size this often, in ms. */
const GROWTH_MS = 250;
/** Views that the server forgets again within this time, in ms, are an error and not a matter of its memory. */
const RENEW_MS = 2_000;

/** The opened log as the page knows it: which records are listed, and which one is looked at. Errors end in `failure`. */
export class LogModel {
  readonly #ask: Ask;
  readonly #events: ModelEvents;
  readonly queries: ViewQueries;
  page: LogPageState | undefined;
  summary: LogSummary | undefined;
  /** The filter and the range of time of the view that is shown. */
  filter = '';
  range: TimeRange | undefined;
  view = ALL;
  matches = 0;
  /** Records that were looked at, while a filter is at work. */
  scanning: number | undefined;
  filterError: TektraError | undefined;
  failure: TektraError | undefined;
  /** New records are not listed while the user reads. */
  pausedAt: number | undefined;
  cache: RowCache;
  #run = 0;
  #growth: number | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(ask: Ask, connection: Pick<MessageConnection, 'onProgress'>, events: ModelEvents) {
    this.#ask = ask;
    this.#events = events;
    this.queries = new ViewQueries(ask, connection);
    this.cache = this.#newCache();
  }

  get log(): string {
    return this.summary?.log ?? '';
  }

  /** The client opened the log, anew perhaps: then its views are gone and the filter is applied again. */
  async accept(page: LogPageState): Promise<void> {
    const isNew = page.summary !== undefined && page.summary.log !== this.summary?.log;
    this.page = page;
    this.failure = undefined;
    if (page.summary) this.summary = page.summary;
    if (isNew) {
      this.queries.forget();
      await this.apply(this.filter, this.range);
    }
    this.#events.changed();
  }

  /** The server told that the log grew, or that its state is another. */
  grow(summary: LogSummary): void {
    if (summary.log !== this.log) return;
    const stateChanged = summary.state !== this.summary?.state;
    this.summary = summary;
    if (this.pausedAt === undefined) {
      if (this.view === ALL) this.#setMatches(summary.records, stateChanged);
      else this.#growth ??= window.setTimeout(() => void this.#measure(stateChanged), GROWTH_MS);
    }
    if (stateChanged) this.#events.dataChanged();
    this.#events.changed();
  }

  /** Lists what a filter and a range of time leave. A filter that is wrong changes nothing but `filterError`. */
  async apply(filter: string, range: TimeRange | undefined): Promise<void> {
    if (!this.summary) {
      // Not opened yet: what the page remembers is applied then.
      this.filter = filter;
      this.range = range;
      return;
    }
    this.#run += 1;
    const run = this.#run;
    let shown = false;
    const take = (view: LogView): void => {
      if (run !== this.#run) return;
      this.scanning = view.done ? undefined : view.scanned;
      const matches = view.view === ALL ? (this.summary?.records ?? 0) : view.matches;
      if (!shown) this.#show(filter, range, view.view, matches);
      else this.#setMatches(matches, false);
      shown = true;
      if (view.done) this.#events.dataChanged();
      this.#events.changed();
    };
    this.filterError = undefined;
    try {
      take(await this.queries.run(this.log, filter, range, take));
      if (run === this.#run) this.#events.say(`${this.matches.toLocaleString('en-US')} records match`);
    } catch (thrown) {
      if (run !== this.#run) return;
      this.scanning = undefined;
      const error = asError(thrown);
      if (error.code === 'log.query-invalid') {
        this.filterError = error;
        this.#events.say(`The filter is not understood: ${error.message}`);
        this.#events.changed();
      } else this.fail(error);
    }
  }

  /** Gives up the filter that is at work; what it found so far stays. */
  stopQuery(): void {
    this.#run += 1;
    this.queries.cancel();
    this.scanning = undefined;
    this.#events.changed();
  }

  /** Stops and starts the listing of new records. */
  pause(paused: boolean): void {
    this.pausedAt = paused ? this.matches : undefined;
    if (!paused && this.summary) this.grow(this.summary);
    this.#events.changed();
  }

  row(position: number): LogRow | undefined {
    return position < 0 ? undefined : this.cache.row(position);
  }

  /** Where a record stands in a view, or the next that is in it; -1: there is none. */
  async positionOf(record: number, view = this.view): Promise<number> {
    return (await this.#ask(findLogPosition, { log: this.log, view, record })).position;
  }

  async positionAt(where: { time: number } | { line: { source: number; line: number } }): Promise<number> {
    return (await this.#ask(findLogPosition, { log: this.log, view: this.view, ...where })).position;
  }

  /** Rows apart from the table's own. */
  async rowsAt(position: number, count: number, view = this.view): Promise<LogRow[]> {
    return (await this.#ask(listLogRows, { log: this.log, view, position, count })).rows;
  }

  detailOf(record: number): Promise<RecordDetail> {
    return this.#ask(getLogRecord, { log: this.log, record });
  }

  /** A request failed. When the server has forgotten the log or the view, they are asked for again. */
  fail(thrown: unknown): void {
    const error = asError(thrown);
    if (error.code === 'request.cancelled') return;
    if (error.code === 'log.view-unknown' && performance.now() - this.#renewedAt > RENEW_MS) {
      this.#renewedAt = performance.now();
      this.queries.forget();
      void this.apply(this.filter, this.range);
      return;
    }
    this.failure = error;
    if (error.code === 'log.unknown' || error.code === 'backend.unavailable')
      void this.#ask(reopenLog, {}).catch((again: unknown) => {
        this.failure = asError(again);
        this.#events.changed();
      });
    this.#events.changed();
  }

  #show(filter: string, range: TimeRange | undefined, view: string, matches: number): void {
    this.filter = filter;
    this.range = range;
    this.view = view;
    this.matches = matches;
    this.pausedAt = undefined;
    this.cache.close();
    this.cache = this.#newCache();
    this.#events.viewChanged();
  }

  #newCache(): RowCache {
    const { view } = this;
    const load = (position: number, count: number) => this.#ask(listLogRows, { log: this.log, view, position, count });
    return new RowCache(load, {
      changed: (matches) => {
        if (this.pausedAt === undefined && matches > this.matches) this.#setMatches(matches, false);
        this.failure = undefined;
        this.#events.rowsChanged();
      },
      failed: (error) => this.fail(error),
    });
  }

  async #measure(stateChanged: boolean): Promise<void> {
    this.#growth = undefined;
    const { view } = this;
    try {
      const position = Math.max(0, this.matches - 1);
      const { matches } = await this.#ask(listLogRows, { log: this.log, view, position, count: 1 });
      if (view === this.view && this.pausedAt === undefined) this.#setMatches(matches, stateChanged);
    } catch (error) {
      if (view === this.view) this.fail(error);
    }
  }

  #setMatches(matches: number, all: boolean): void {
    const before = this.matches;
    if (matches === before && !all) return;
    this.matches = matches;
    // Several sources are merged by time: records may come in between.
    this.cache.grew(all || (this.summary?.sources.length ?? 1) > 1);
    this.#events.grew(before, matches);
  }
}

export function asError(thrown: unknown): TektraError {
  if (thrown instanceof TektraError) return thrown;
  return new TektraError('internal', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}
