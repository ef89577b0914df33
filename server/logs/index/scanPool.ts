import { Worker } from 'node:worker_threads';
import type { BlockJob, ScannedBlock } from './scannedBlock.ts';
import type { ScanAnswer, ScanRequest } from './serveScans.ts';

/** Threads that scan blocks, for all logs together. */
export interface ScanPool {
  /** Blocks that may be under way at once without waiting for each other. */
  readonly width: number;
  /** @throws what the scan threw, or why its thread died; the block can be scanned elsewhere then */
  scan(job: BlockJob, spare?: ArrayBuffer): Promise<ScannedBlock>;
  dispose(): Promise<void>;
}

/** One block is scanned while the next already waits at its thread: merging must not hold a thread up. */
const JOBS_PER_THREAD = 2;

/** Enough for the tables of a block of nothing but distinct names and shapes; a thread that needs more is a fault. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 2 };

interface Waiting {
  resolve(block: ScannedBlock): void;
  reject(error: Error): void;
}

/**
 * @param entry the bundled `logScan`, or another module that calls `serveScans`
 * @param threads how many at most; they are started when there is work for them
 */
export function createScanPool(entry: URL, threads: number): ScanPool {
  const members: Member[] = [];
  let disposed = false;
  const choose = (): Member => {
    const idle = members.find((member) => member.waiting === 0);
    if (idle) return idle;
    if (members.length < threads) {
      const member = new Member(entry, (dead) => members.splice(members.indexOf(dead), 1));
      members.push(member);
      return member;
    }
    return members.reduce((least, member) => (member.waiting < least.waiting ? member : least));
  };
  return {
    width: threads * JOBS_PER_THREAD,
    scan: (job, spare) => {
      if (disposed) return Promise.reject(new Error('the pool of scan threads is closed'));
      return choose().scan(job, spare);
    },
    dispose: async () => {
      disposed = true;
      await Promise.all([...members].map((member) => member.end()));
    },
  };
}

class Member {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  constructor(entry: URL, onDeath: (dead: Member) => void) {
    this.#worker = new Worker(entry, { name: 'tektra-log-scan', resourceLimits: THREAD_LIMITS });
    this.#worker.unref();
    this.#worker.on('message', (answer: ScanAnswer) => this.#settle(answer));
    const die = (error: Error): void => {
      onDeath(this);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    let cause: Error | undefined;
    this.#worker.on('error', (error: Error) => {
      cause = error;
    });
    this.#worker.on('exit', () => die(cause ?? new Error('the scan thread was ended')));
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  scan(job: BlockJob, spare: ArrayBuffer | undefined): Promise<ScannedBlock> {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      // The process stays while a block is scanned, and no longer.
      this.#worker.ref();
      const request: ScanRequest = spare === undefined ? { id, job } : { id, job, spare };
      this.#worker.postMessage(request, spare === undefined ? [] : [spare]);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(answer: ScanAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('block' in answer) waiting?.resolve(answer.block);
    else waiting?.reject(answer.error);
  }
}
