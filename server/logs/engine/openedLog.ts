import { readSync } from 'node:fs';
import { TektraError } from '../../protocol/errors.ts';
import type { LogSource, LogSummary } from '../../protocol/logs.ts';
import type { LogFormatSetting } from '../../protocol/settings.ts';
import { type Mark, marksOf } from '../findings/marksOf.ts';
import { detectFormat } from '../formats/detectFormat.ts';
import { formatOf } from '../formats/formatOf.ts';
import type { LogFormat } from '../formats/logFormat.ts';
import { type UserFormat, validateUserFormat } from '../formats/userFormat.ts';
import { createLogIndex, type GrowingIndex } from '../index/createLogIndex.ts';
import { createScanParts } from '../index/createScanParts.ts';
import type { ScanPool } from '../index/scanPool.ts';
import type { LogView } from '../query/logView.ts';
import { parseQuery } from '../query/parseQuery.ts';
import { openView } from '../query/runQuery.ts';
import { openSource } from '../reading/openSource.ts';
import type { OpenedSource, PlainLog } from '../reading/plainLog.ts';
import { createTemplateMiner } from '../templates/createTemplateMiner.ts';
import type { Template } from '../templates/template.ts';
import { IndexTotals } from './indexTotals.ts';
import { ShownRecords } from './shownRecords.ts';
import { TemplateTally } from './templateTally.ts';
import { whole } from './wholeView.ts';

/** What opening logs needs of the machine. */
export interface LogParts {
  /** For spools and for what an index spills; exists. */
  temporaryFolder: string;
  /** Threads that scan; absent: all is done on this thread. */
  pool?: ScanPool;
  /** Something failed that nobody waits for: a scan thread, the marks. */
  onFault?: (error: unknown) => void;
}

/** Of a log this much decides on its format. */
const SAMPLE_BYTES = 256 * 1024;
/** Views that are kept; one more replaces the one that was used longest ago. */
const MAX_VIEWS = 16;
/** A first screen is there once so many records are. */
const FIRST_RECORDS = 200;

/** One or several sources read as one log: its index, and the views that were asked for. */
export class OpenedLog {
  readonly id: string;
  readonly index: GrowingIndex;
  readonly records: ShownRecords;
  readonly tally: TemplateTally;
  readonly #sources: readonly OpenedSource[];
  readonly #cancel: AbortController;
  readonly #follow: boolean;
  /** Of the settings, those that are written well. */
  readonly #userFormats: readonly UserFormat[];
  /** What is to be told of the whole log. */
  readonly #notices: string[] = [];
  readonly #onFault: (error: unknown) => void;
  readonly #totals: IndexTotals;
  /** By template; none while the log is read: of what is read so far, the newest part would all be new. */
  #marks: ReadonlyMap<number, Mark> = new Map();
  /** Records of the index when the marks were made. */
  #marked = -1;
  #marking: Promise<void> = Promise.resolve();
  readonly #formats: LogFormat[] = [];
  readonly #known = new Set<PlainLog>();
  readonly #views = new Map<string, LogView & { advance?(options: { signal?: AbortSignal }): Promise<void> }>();
  readonly #listeners = new Set<() => void>();
  #nextView = 1;

  /**
   * Opens sources; answers when the first records are there, or it is known that there are none.
   * @throws TektraError log.unreadable; the signal's reason
   */
  static async open(
    id: string,
    sources: readonly LogSource[],
    parts: LogParts,
    { follow, formats = [], signal }: { follow: boolean; formats?: readonly LogFormatSetting[]; signal: AbortSignal },
  ): Promise<OpenedLog> {
    const cancel = new AbortController();
    const giveUp = (): void => cancel.abort(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    const opened: OpenedSource[] = [];
    let log: OpenedLog | undefined;
    try {
      for (const source of sources) {
        signal.throwIfAborted();
        opened.push(await openSource(source, { follow, spoolFolder: parts.temporaryFolder, signal: cancel.signal }));
      }
      log = new OpenedLog(id, opened, parts, { follow, formats }, cancel);
      await log.#firstRecords(signal);
      return log;
    } catch (error) {
      cancel.abort(error);
      log?.dispose();
      for (const source of opened) source.dispose();
      throw error;
    } finally {
      // From here on the log lives until it is disposed of.
      signal.removeEventListener('abort', giveUp);
    }
  }

  private constructor(
    id: string,
    sources: readonly OpenedSource[],
    parts: LogParts,
    { follow, formats }: { follow: boolean; formats: readonly LogFormatSetting[] },
    cancel: AbortController,
  ) {
    this.id = id;
    this.#sources = sources;
    this.#follow = follow;
    this.#userFormats = formats.filter((format) => this.#isUsable(format));
    this.#onFault = parts.onFault ?? (() => undefined);
    this.#cancel = cancel;
    this.index = createLogIndex([], {
      ...createScanParts(),
      miner: createTemplateMiner(),
      spillFolder: parts.temporaryFolder,
      ...(parts.pool ? { pool: parts.pool } : {}),
      ...(parts.onFault ? { onFault: parts.onFault } : {}),
    });
    this.records = new ShownRecords(this.index, (source) => this.formatOf(source));
    this.tally = new TemplateTally(this.index);
    this.#totals = new IndexTotals(this.index);
    this.#addLogs();
    for (const source of sources)
      source.onChange(() => {
        this.#addLogs();
        this.index.wake();
        this.#tell();
      });
    this.index.onChange(() => {
      this.#mark();
      this.#tell();
    });
  }

  /** Told when the log grew, or its state changed. Returns the unsubscriber. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  formatOf(source: number): LogFormat {
    const known = this.#formats[source];
    if (known) return known;
    const plan = this.index.sources[source]?.plan ?? { id: 'plain', title: 'plain text', zoneMinutes: 0 };
    const format = formatOf(plan);
    this.#formats[source] = format;
    return format;
  }

  /** The template of a shape, as it is known now. */
  templateOf(shape: number): Template {
    const id = this.index.templateOf(shape);
    const templates = this.index.templates();
    let low = 0;
    let high = templates.length - 1;
    // Ordered by id.
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((templates[middle] as Template).id < id) low = middle + 1;
      else high = middle;
    }
    const found = templates[low];
    return found?.id === id ? found : { id, text: '', parameters: [], shapes: [shape] };
  }

  markOf(template: number): Mark | undefined {
    return this.#marks.get(template);
  }

  get complete(): boolean {
    return this.index.complete && this.#sources.every(({ logs }) => logs.every(({ complete }) => complete));
  }

  summary(): LogSummary {
    const { index } = this;
    const { levels, from, to } = this.#totals.get();
    const notices = index.notices.map(({ source, line, text }) => ({
      source: index.sources[source]?.name ?? '',
      text,
      ...(line === undefined ? {} : { line }),
    }));
    return {
      log: this.id,
      state: this.#state(),
      sources: index.sources.map(({ name, plan, indexedBytes, totalBytes, records, lines }) => ({
        name,
        format: plan.title,
        indexedBytes,
        totalBytes,
        records,
        lines,
      })),
      records: index.records,
      templates: index.templates().length,
      levels,
      components: Math.max(0, index.components.size - 1),
      notices: [...this.#notices.map((text) => ({ source: '', text })), ...notices],
      ...(from === undefined || to === undefined ? {} : { from, to }),
    };
  }

  #state(): LogSummary['state'] {
    if (!this.index.complete) return 'reading';
    if (this.complete) return 'complete';
    return this.#follow ? 'following' : 'reading';
  }

  /** Resolves when all that is there now was read. @throws the signal's reason */
  async caughtUp(signal?: AbortSignal): Promise<void> {
    while (!this.index.complete || (!this.#follow && !this.complete)) {
      await this.nextChange(signal);
    }
  }

  /** Resolves when all that is there now was read and the marks of it are known. @throws the signal's reason */
  async marked(signal?: AbortSignal): Promise<void> {
    await this.caughtUp(signal);
    this.#mark();
    await this.#marking;
  }

  /**
   * A view of the records that match; it grows with the log.
   * @throws TektraError log.query-invalid; the signal's reason
   */
  async query(
    { query, from, to }: { query: string; from?: number | undefined; to?: number | undefined },
    { signal, onProgress }: { signal: AbortSignal; onProgress?: (name: string, view: LogView) => void },
  ): Promise<{ name: string; view: LogView }> {
    const parsed = parseQuery(query);
    if (parsed.kind === 'all' && from === undefined && to === undefined) return { name: 'all', view: this.view('all') };
    const view = openView(this.index, parsed, {
      formatOf,
      markOf: (template) => this.markOf(template),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    });
    const name = `v${this.#nextView++}`;
    this.#views.set(name, view);
    const oldest = this.#views.keys().next().value;
    if (this.#views.size > MAX_VIEWS && oldest !== undefined) this.#views.delete(oldest);
    await view.advance({ signal, ...(onProgress ? { onProgress: () => onProgress(name, view) } : {}) });
    return { name, view };
  }

  /** @throws TektraError log.view-unknown */
  view(name: string): LogView {
    if (name === 'all') return whole(this.index);
    const view = this.#views.get(name);
    if (!view)
      throw new TektraError('log.view-unknown', 'This filter is not kept any more.', { action: 'Filter again.' });
    this.#views.delete(name);
    this.#views.set(name, view);
    return view;
  }

  /** A view after it has looked at all that there is now. @throws TektraError log.view-unknown; the signal's reason */
  async currentView(name: string, signal?: AbortSignal): Promise<LogView> {
    const view = this.view(name);
    if ('advance' in view)
      await (view as { advance(options: object): Promise<void> }).advance(signal ? { signal } : {});
    return view;
  }

  dispose(): void {
    this.#cancel.abort(new TektraError('request.cancelled', 'The log was closed.'));
    this.#listeners.clear();
    this.index.dispose();
    for (const source of this.#sources) source.dispose();
  }

  #addLogs(): void {
    for (const log of this.#sources.flatMap(({ logs }) => logs)) {
      // The format follows from the first bytes: a log that has none yet waits for them.
      if (this.#known.has(log) || (log.size === 0 && !log.complete)) continue;
      this.#known.add(log);
      this.index.add({ log, plan: planOf(log, this.#userFormats) });
    }
  }

  /** A format that is written wrong must not keep a log from being read: it is told, and not used. */
  #isUsable(format: LogFormatSetting): format is UserFormat {
    try {
      validateUserFormat(format as UserFormat);
      return true;
    } catch (error) {
      if (!(error instanceof TektraError)) throw error;
      this.#notices.push(`A format of your settings is not used: ${error.message}`);
      return false;
    }
  }

  async #firstRecords(signal: AbortSignal): Promise<void> {
    while (this.index.records < FIRST_RECORDS && !this.index.complete) await this.nextChange(signal);
  }

  /** Resolves with the next change. @throws the signal's reason */
  nextChange(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const done = (): void => {
        stop();
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        done();
        reject(signal?.reason);
      };
      const stop = this.onChange(() => {
        done();
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Works out the marks once all is read, and again when a followed log has grown by a tenth. Never rejects. */
  #mark(): void {
    const { records, complete } = this.index;
    if (!complete || records < this.#marked * 1.1 || records === this.#marked) return;
    this.#marked = records;
    this.#marking = this.#marking.then(() => this.#tryMark());
  }

  async #tryMark(): Promise<void> {
    try {
      this.#marks = await marksOf(this.index, this.#cancel.signal);
      this.#tell();
    } catch (error) {
      // The log was closed meanwhile; anything else is a fault of ours, and the log is readable without marks.
      if (!this.#cancel.signal.aborted) this.#onFault(error);
    }
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

function planOf(log: PlainLog, userFormats: readonly UserFormat[]): ReturnType<typeof detectFormat> {
  const sample = Buffer.allocUnsafe(Math.min(SAMPLE_BYTES, log.size));
  const read = sample.length === 0 ? 0 : readSync(log.descriptor, sample, 0, sample.length, 0);
  const modified = new Date();
  // Times without a zone are this machine's: its logs are read where they were written.
  const facts = { name: log.name, modified, zoneMinutes: -modified.getTimezoneOffset() };
  return detectFormat(sample.subarray(0, read), facts, userFormats);
}
