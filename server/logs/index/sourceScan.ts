import type { FormatPlan } from '../formats/logFormat.ts';
import type { PlainLog } from '../reading/plainLog.ts';
import { BlockMerger, type SharedTables } from './blockMerger.ts';
import type { IndexedSource } from './logIndex.ts';
import { nextTurn } from './nextTurn.ts';
import { type JobScanner, readFully } from './scanJob.ts';
import type { BlockJob, ScannedBlock } from './scannedBlock.ts';
import type { ScanPool } from './scanPool.ts';
import { SourceNotices } from './sourceNotices.ts';

export interface SourceParts {
  number: number;
  log: PlainLog;
  plan: FormatPlan;
  /** Of this source in this process. */
  planKey: string;
  tables: SharedTables;
  /** Of this thread. */
  scanner: JobScanner;
  pool: ScanPool | undefined;
  blockBytes: (() => number) | undefined;
  onFault: ((error: unknown) => void) | undefined;
  signal: AbortSignal;
  onBlock(): void;
}

/** The first block, scanned on the spot: some thousand lines, in some milliseconds. */
const FIRST_BLOCK = 256 << 10;
/** A block of this thread: its other work waits so long, about 10 ms. */
const OWN_BLOCK = 1 << 20;
/** A block of a scan thread: what it costs to send and merge is small against it, and some of them fit in memory. */
const THREAD_BLOCK = 2 << 20;
/** Less than this is not worth the threads' while. */
const FEW_BYTES = 2 << 20;

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** The reading of one source: from where it is to where the log is. */
export class SourceScan {
  readonly #parts: SourceParts;
  readonly #notices: SourceNotices;
  readonly #spares: ArrayBuffer[] = [];
  /** undefined until the first bytes are there. */
  #merger: BlockMerger | undefined;
  #base = 0;
  /** Size of the log up to which it was scanned, or tried: a last record may be left. */
  #triedTo = -1;
  /** What stood at `#triedTo` was taken for complete. */
  #settled = false;
  #ended = false;

  constructor(parts: SourceParts) {
    this.#parts = parts;
    this.#notices = new SourceNotices(parts.log);
  }

  /** It cannot be read, or the index cannot take it: what is there stays. */
  fail(error: unknown): void {
    this.#notices.failed(error);
    this.#ended = true;
  }

  /** Everything that is there now is in the index. */
  get done(): boolean {
    const { log } = this.#parts;
    return this.#ended || (!log.complete && this.#settled && this.#triedTo === log.size);
  }

  /** Everything was looked at, but a last record may go on. */
  get waits(): boolean {
    const { log } = this.#parts;
    return !this.#ended && !log.complete && !this.#settled && this.#triedTo === log.size;
  }

  state(): IndexedSource {
    const { log, plan } = this.#parts;
    const merger = this.#merger;
    const indexedBytes = merger === undefined || merger.lines === 0 ? 0 : merger.position;
    return {
      name: log.name,
      plan,
      indexedBytes,
      totalBytes: Math.max(log.size, indexedBytes),
      records: merger?.records ?? 0,
      lines: merger?.lines ?? 0,
    };
  }

  notices(): { line?: number; text: string }[] {
    return this.#notices.list();
  }

  /**
   * Scans what is there. @param settle what stands at the end is complete, as nothing more came
   * @throws when the index cannot take more, or when the log cannot be read
   */
  async run(settle: boolean): Promise<void> {
    const { log, signal } = this.#parts;
    // In this order: what is complete does not grow any more.
    const complete = log.complete;
    const limit = log.size;
    const final = complete || settle;
    if (this.#ended || signal.aborted) return;
    if (this.#triedTo === limit && (this.#settled || !final)) {
      if (complete) this.#end();
      return;
    }
    if (limit < (this.#merger?.position ?? 0)) return this.#shrank();
    const merger = this.#begin(limit, final);
    if (!merger) {
      this.#triedTo = limit;
      return;
    }
    if (this.#settled && limit > this.#triedTo) merger.reopen();
    this.#settled = false;
    await this.#scanTo(merger, limit, final);
    if (signal.aborted || this.#ended) return;
    this.#triedTo = limit;
    this.#settled = final;
    if (complete) this.#end();
  }

  #begin(limit: number, final: boolean): BlockMerger | undefined {
    const { number, log, plan, tables } = this.#parts;
    if (this.#merger) return this.#merger;
    // Fewer bytes may be the half of a byte order mark.
    if (limit < BYTE_ORDER_MARK.length && !final) return undefined;
    const start = new Uint8Array(BYTE_ORDER_MARK.length);
    readFully(log.descriptor, start, start.length, 0);
    this.#base = BYTE_ORDER_MARK.every((byte, at) => start[at] === byte) ? BYTE_ORDER_MARK.length : 0;
    this.#merger = new BlockMerger(number, this.#base, plan, tables);
    return this.#merger;
  }

  async #scanTo(merger: BlockMerger, limit: number, final: boolean): Promise<void> {
    const { pool, scanner, signal } = this.#parts;
    while (!signal.aborted && merger.position < limit) {
      if (pool && merger.position > this.#base && limit - merger.position > FEW_BYTES) {
        await this.#scanOnThreads(pool, merger, limit, final);
        return;
      }
      const most = merger.position === this.#base ? FIRST_BLOCK : OWN_BLOCK;
      const job = this.#job(merger.position, most, limit, final);
      if (!this.#put(merger, job, scanner.scan(job, this.#spares.pop()))) return;
      await nextTurn();
    }
  }

  /** Blocks are scanned side by side and put in one behind the other, a few of them at a time. */
  async #scanOnThreads(pool: ScanPool, merger: BlockMerger, limit: number, final: boolean): Promise<void> {
    const { signal } = this.#parts;
    const underWay: { job: BlockJob; block: Promise<ScannedBlock | undefined> }[] = [];
    let next = merger.position;
    let going = true;
    while (underWay.length > 0 || (going && next < limit)) {
      while (going && next < limit && underWay.length < pool.width) {
        const job = this.#job(next, THREAD_BLOCK, limit, final);
        underWay.push({ job, block: pool.scan(job, this.#spares.pop()).catch((error) => this.#fault(error)) });
        next = job.to;
      }
      const { job, block } = underWay.shift() as (typeof underWay)[number];
      const scanned = await block;
      if (signal.aborted) going = false;
      if (going) going = this.#put(merger, job, scanned ?? this.#parts.scanner.scan(job));
    }
  }

  #job(from: number, most: number, limit: number, final: boolean): BlockJob {
    const { log, plan, planKey, blockBytes } = this.#parts;
    const to = Math.min(limit, from + (blockBytes?.() ?? most));
    const { descriptor, encoding } = log;
    return { plan, planKey, descriptor, encoding, base: this.#base, from, to, limit, final };
  }

  /** @returns whether the blocks behind it are of use */
  #put(merger: BlockMerger, job: BlockJob, block: ScannedBlock): boolean {
    this.#notices.add(block, merger.lines);
    merger.merge(block);
    if (this.#spares.length < (this.#parts.pool?.width ?? 1)) this.#spares.push(block.buffer);
    this.#parts.onBlock();
    if (block.short) this.#shrank();
    return !block.short && block.to === job.to;
  }

  #fault(error: unknown): undefined {
    this.#parts.onFault?.(error);
    return undefined;
  }

  #shrank(): void {
    this.#notices.shrank();
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#merger?.close();
  }
}
