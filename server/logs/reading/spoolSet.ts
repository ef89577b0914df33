import { LogChanges } from './logChanges.ts';
import type { OpenedSource, PlainLog } from './plainLog.ts';
import { Spool, SpoolRoom } from './spool.ts';

/** What opening a source needs. */
export interface ReadingOptions {
  /** Ends the opening, and whatever reads afterwards. */
  signal: AbortSignal;
  /** Go on reading what comes after the end. */
  follow: boolean;
  /** For temporary files; exists. */
  spoolFolder: string;
  /** For all spools of the source; default: the lesser of 20 GiB and half of the free space. */
  maxSpoolBytes?: number;
}

/** The logs of one source as they come up, and the one place that ends what feeds them. */
export class SpoolSet implements OpenedSource {
  readonly logs: PlainLog[] = [];
  readonly changes = new LogChanges();
  readonly onChange = this.changes.onChange;
  readonly room: SpoolRoom;
  /** Aborts when the source is disposed of, or the caller's signal does. */
  readonly signal: AbortSignal;
  readonly #closing = new AbortController();

  constructor({ signal, spoolFolder, maxSpoolBytes }: ReadingOptions) {
    this.room = new SpoolRoom(spoolFolder, maxSpoolBytes);
    this.signal = AbortSignal.any([signal, this.#closing.signal]);
  }

  get bytes(): number {
    return this.logs.reduce((sum, { size }) => sum + size, 0);
  }

  get isComplete(): boolean {
    return this.logs.length > 0 && this.logs.every(({ complete }) => complete);
  }

  /** A new spool, shown from now on. */
  add(name: string): Spool {
    const spool = this.prepare(name);
    this.show(spool);
    return spool;
  }

  /** A new spool that is not shown yet. */
  prepare(name: string): Spool {
    return new Spool(name, this.room, this.changes.tell);
  }

  show(log: PlainLog): void {
    this.logs.push(log);
    this.changes.tell();
  }

  dispose(): void {
    this.#closing.abort(new Error('the log was closed'));
    for (const log of this.logs) log.dispose();
  }
}
