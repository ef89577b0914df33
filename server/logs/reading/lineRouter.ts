import type { Spool } from './spool.ts';

/** A line without a feed that is longer than this goes on as it came, to where its beginning went. */
const MAX_HELD = 1 << 20;
const LINE_FEED = 10;

/** Where a line goes; `from`: what stands before it is left out. undefined: nowhere. */
export type Route = (line: Uint8Array) => { spool: Spool; from: number } | undefined;

/** Deals a stream's lines to several logs. The lines of one piece are written at once. */
export class LineRouter {
  readonly #route: Route;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** The rest of a line that is too long to be held. */
  #open: { spool: Spool | undefined } | undefined;

  constructor(route: Route) {
    this.#route = route;
  }

  push(piece: Uint8Array): void {
    const parts = new Map<Spool, Uint8Array[]>();
    let start = 0;
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, start)) {
      this.#deal(piece.subarray(start, end + 1), parts);
      this.#open = undefined;
      start = end + 1;
    }
    const rest = piece.subarray(start);
    if (rest.length > 0) {
      if (this.#open !== undefined) this.#deal(rest, parts);
      else {
        this.#held.push(rest.slice());
        this.#heldBytes += rest.length;
        if (this.#heldBytes > MAX_HELD) this.#open = { spool: this.#deal(new Uint8Array(), parts) };
      }
    }
    write(parts);
  }

  /** The stream is at its end, perhaps within a line. */
  end(): void {
    const parts = new Map<Spool, Uint8Array[]>();
    if (this.#heldBytes > 0) this.#deal(new Uint8Array(), parts);
    write(parts);
  }

  #deal(bytes: Uint8Array, parts: Map<Spool, Uint8Array[]>): Spool | undefined {
    const line = this.#heldBytes === 0 ? bytes : Buffer.concat([...this.#held, bytes]);
    this.#held = [];
    this.#heldBytes = 0;
    const target = this.#open === undefined ? this.#route(line) : undefined;
    const spool = this.#open === undefined ? target?.spool : this.#open.spool;
    if (spool !== undefined) {
      const lines = parts.get(spool);
      if (lines === undefined) parts.set(spool, [line.subarray(target?.from ?? 0)]);
      else lines.push(line.subarray(target?.from ?? 0));
    }
    return spool;
  }
}

function write(parts: ReadonlyMap<Spool, readonly Uint8Array[]>): void {
  for (const [spool, lines] of parts) spool.write(lines.length === 1 ? (lines[0] as Uint8Array) : Buffer.concat(lines));
}
