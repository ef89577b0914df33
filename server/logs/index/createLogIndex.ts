import { randomUUID } from 'node:crypto';
import type { FormatPlan, LogFormat } from '../formats/logFormat.ts';
import type { PlainLog } from '../reading/plainLog.ts';
import type { ShapeTable, Template, TemplateMiner } from '../templates/template.ts';
import type { SharedTables } from './blockMerger.ts';
import { ChunkStore } from './chunkStore.ts';
import type { Dictionary, IndexedSource, LogIndex, Notice, RecordBytes } from './logIndex.ts';
import { nextTurn } from './nextTurn.ts';
import type { RecordChunk } from './recordChunk.ts';
import { RecordReader } from './recordReader.ts';
import { JobScanner, type ScanParts } from './scanJob.ts';
import type { ScanPool } from './scanPool.ts';
import { SourceScan } from './sourceScan.ts';
import { TextDictionary } from './textDictionary.ts';
import { TimeOrder } from './timeOrder.ts';
import { TraceDictionary } from './traceDictionary.ts';
import { traceTextIn } from './traceTextIn.ts';

/** One log and the format that was detected for it. The log stays its opener's, who disposes of it after the index. */
export interface IndexSource {
  log: PlainLog;
  plan: FormatPlan;
}

export interface IndexParts extends ScanParts {
  miner: TemplateMiner;
  /** Threads that scan; absent: all is scanned on this thread, in pieces of some milliseconds. */
  pool?: ScanPool;
  /** For the temporary file that takes what is past the budget. */
  spillFolder: string;
  /** Bytes of sealed chunks that are kept in memory; default 64 MiB, which is about 8 million records. */
  memoryBytes?: number;
  /** How large the next block is to be; for tests. The result does not depend on it. */
  blockBytes?: () => number;
  /** A scan thread failed; its block is scanned on this thread instead. */
  onFault?: (error: unknown) => void;
}

/** An index that reads its sources by itself, as they grow. */
export interface GrowingIndex extends LogIndex {
  readRange(from: number, to: number): RecordBytes;
  recordsAt(from: number, to: number): Uint32Array;
  /** Another log of the same index: its records are numbered behind those that are there. */
  add(source: IndexSource): void;
  /** A source may have grown, or become complete. */
  wake(): void;
  /** Called for every block that was put in, and when the index becomes complete. Returns the unsubscriber. */
  onChange(listener: () => void): () => void;
  /** Resolves once `complete`, or when the index is disposed of. */
  caughtUp(): Promise<void>;
  /** Ends the reading and forgets everything. */
  dispose(): void;
}

const MEMORY_BYTES = 64 << 20;

/** Distinct names that are kept. What has more is no name but a value; the records that come later have none. */
const MOST_COMPONENTS = 65_536;
const MOST_GROUPS = 65_536;
const MOST_TRACES = 1_000_000;

const READ_LIMIT = 1 << 20;
const PROBED_SHAPES = 4_096;

/** A last record without successor is taken for complete when nothing came for so long. */
const SETTLE_MS = 100;

/** The order of time is worked out again when so many records more are there than it holds, and at the end. */
const ORDER_SHARE = 8;

/** Indexes logs; reading begins at once. */
export function createLogIndex(sources: readonly IndexSource[], parts: IndexParts): GrowingIndex {
  const index = new ScannedIndex(parts);
  for (const source of sources) index.add(source);
  return index;
}

class ScannedIndex implements GrowingIndex {
  readonly components = new TextDictionary(MOST_COMPONENTS);
  readonly errorGroups = new TextDictionary(MOST_GROUPS);
  readonly traces: Dictionary;
  readonly #parts: IndexParts;
  readonly #tables: SharedTables;
  readonly #store: ChunkStore;
  readonly #scanner: JobScanner;
  readonly #reader: RecordReader;
  readonly #sources: IndexSource[] = [];
  readonly #scans: SourceScan[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #ended = new AbortController();
  /** By source, and a table, to find traces again. */
  readonly #formats: LogFormat[] = [];
  #shapes: ShapeTable | undefined;
  #order: TimeOrder | undefined;
  #running = false;
  #again = false;
  #settle: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  constructor(parts: IndexParts) {
    this.#parts = parts;
    this.#store = new ChunkStore(parts.memoryBytes ?? MEMORY_BYTES, parts.spillFolder);
    this.#scanner = new JobScanner(parts);
    this.#reader = new RecordReader(this.#store, this.#sources);
    const traces = new TraceDictionary(MOST_TRACES, (record, hash) => this.#traceText(record, hash));
    this.traces = traces;
    const { components, errorGroups } = this;
    this.#tables = { store: this.#store, miner: parts.miner, components, errorGroups, traces };
  }

  get sources(): readonly IndexedSource[] {
    return this.#scans.map((scan) => scan.state());
  }

  get complete(): boolean {
    return !this.#running && this.#scans.every((scan) => scan.done);
  }

  get records(): number {
    return this.#store.records;
  }

  get notices(): readonly Notice[] {
    const notices = this.#scans.flatMap((scan, source) => scan.notices().map((notice) => ({ source, ...notice })));
    const whole = (text: string): unknown => notices.push({ source: 0, text });
    const { components, errorGroups, traces } = this.#tables;
    if (components.full) whole(`More than ${MOST_COMPONENTS} components: those that came later are left out`);
    if (errorGroups.full) whole(`More than ${MOST_GROUPS} kinds of stack traces: those that came later are left out`);
    if (traces.full) whole(`More than ${MOST_TRACES} trace ids: those that came later cannot be followed`);
    return notices;
  }

  get chunkCount(): number {
    return this.#store.count;
  }

  get shapeCount(): number {
    return this.#parts.miner.shapeCount;
  }

  chunk(number: number): RecordChunk {
    return this.#store.chunk(number);
  }

  chunkOf(record: number): number {
    return this.#store.chunkOf(record);
  }

  templates(): readonly Template[] {
    return this.#parts.miner.templates();
  }

  templateOf(shape: number): number {
    return this.#parts.miner.templateOf(shape);
  }

  read(record: number, limit = READ_LIMIT): RecordBytes {
    return this.#reader.read(record, limit);
  }

  readRange(from: number, to: number): RecordBytes {
    return this.#reader.readRange(from, to);
  }

  textOf(record: number, limit = READ_LIMIT): string {
    const { bytes, start, end, cut } = this.read(record, limit);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
    const decoded = text.toString(this.#sourceOf(record).log.encoding);
    return cut ? decoded : decoded.replace(/\r?\n$/, '');
  }

  recordAt(position: number): number {
    const order = this.#currentOrder();
    return order !== undefined && position < order.length ? order.recordAt(position) : position;
  }

  positionOf(record: number): number {
    const order = this.#currentOrder();
    return order !== undefined && record < order.length ? order.positionOf(record) : record;
  }

  recordsAt(from: number, to: number): Uint32Array {
    const order = this.#currentOrder();
    const ordered = Math.min(to, Math.max(from, order?.length ?? 0));
    const records = new Uint32Array(Math.max(0, to - from));
    if (order) records.set(order.recordsAt(from, ordered));
    for (let position = ordered; position < to; position += 1) records[position - from] = position;
    return records;
  }

  add(source: IndexSource): void {
    const { blockBytes, pool, onFault } = this.#parts;
    const { log, plan } = source;
    this.#sources.push(source);
    this.#scans.push(
      new SourceScan({
        number: this.#scans.length,
        log,
        plan,
        planKey: randomUUID(),
        tables: this.#tables,
        scanner: this.#scanner,
        pool,
        blockBytes,
        onFault,
        signal: this.#ended.signal,
        onBlock: () => this.#changed(),
      }),
    );
    this.wake();
  }

  wake(): void {
    this.#run(false);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  caughtUp(): Promise<void> {
    if (this.complete || this.#ended.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  dispose(): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    clearTimeout(this.#settle);
    this.#listeners.clear();
    this.#answerWaiting();
    if (!this.#running) this.#store.dispose();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Reads all sources to where they are, one after the other, and once more when something came meanwhile. */
  async #run(settle: boolean): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    clearTimeout(this.#settle);
    // Whoever makes an index adds its sources and listeners first.
    await nextTurn();
    for (let settles = settle; this.#again && !this.#ended.signal.aborted; settles = false) {
      this.#again = false;
      for (const scan of this.#scans) await this.#read(scan, settles);
    }
    this.#running = false;
    this.#rest();
  }

  async #read(scan: SourceScan, settle: boolean): Promise<void> {
    try {
      await scan.run(settle && scan.waits);
    } catch (error) {
      scan.fail(error);
    }
  }

  /** After everything was looked at. */
  #rest(): void {
    if (this.#ended.signal.aborted) {
      this.#store.dispose();
      return;
    }
    if (this.complete) this.#answerWaiting();
    else if (this.#scans.some((scan) => scan.waits)) {
      this.#settle = setTimeout(() => this.#run(true), SETTLE_MS);
    }
    this.#changed();
  }

  #answerWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #currentOrder(): TimeOrder | undefined {
    if (this.#scans.length < 2) return undefined;
    this.#order ??= new TimeOrder(this.#store);
    const { length } = this.#order;
    const missing = this.records - length;
    if (missing > 0 && (this.complete || missing * ORDER_SHARE > length)) this.#order.extend();
    return this.#order;
  }

  #sourceOf(record: number): IndexSource {
    const { source } = this.#store.chunk(this.#store.chunkOf(record));
    return this.#sources[source] as IndexSource;
  }

  #traceText(record: number, hash: readonly [high: number, low: number]): string {
    const { source } = this.#store.chunk(this.#store.chunkOf(record));
    const { log, plan } = this.#sources[source] as IndexSource;
    this.#formats[source] ??= this.#parts.formatOf(plan);
    // A table keeps what it was shown: it must not grow with every trace that is asked for.
    if (this.#shapes === undefined || this.#shapes.size > PROBED_SHAPES) this.#shapes = this.#parts.createShapeTable();
    return traceTextIn(this.read(record), log.encoding, this.#formats[source], this.#shapes, hash);
  }
}
