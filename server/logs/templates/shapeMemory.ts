import { CLASS, DOT, MASKED, SPACE } from './byteClass.ts';
import { isHost } from './chunkParts.ts';
import { LONG_CHUNK, type ShapeWriter } from './shapeWriter.ts';

/** Of the literals, the places behind them and the words of both; what does not fit is not remembered: 120 KiB. */
const EDGES = 2_048;
const NODES = 2_048;
const WORDS = 12_288;
/** So many are tried at one place, since they are tried one by one. */
const MOST_SIBLINGS = 16;
/** Bytes that one typed chunk writes. */
const LONGEST_OUTPUT = 64;
/** So many look-ups are judged together; when most of them were in vain, the next are left out. */
const ROUND = 1_024;
const REST = 16 * ROUND;

/**
 * The way that messages went before: literal bytes, a typed chunk, literal bytes, … as a tree whose leaves are shapes.
 * A message that goes such a way has that shape: its literals are compared by fours instead of being taken apart, and its typed
 * chunks are read as ever. Only messages whose literals are copied as they stand, and without looking ahead, are remembered.
 */
export class ShapeMemory {
  readonly #writer: ShapeWriter;
  readonly #words = new Int32Array(WORDS);
  #used = 0;
  /** Literals: words from, bytes, next sibling, first node behind it, shape that ends there (−1: none, a typed chunk follows). Number 0 is none. */
  readonly #from = new Int32Array(EDGES);
  readonly #length = new Int32Array(EDGES);
  readonly #next = new Int32Array(EDGES);
  readonly #node = new Int32Array(EDGES);
  readonly #shape = new Int32Array(EDGES);
  #edges = 1;
  /** Places behind a typed chunk: what it wrote, next sibling, first literal behind it. Number 0 is none. */
  readonly #output = new Int32Array(NODES);
  readonly #outputLength = new Int32Array(NODES);
  readonly #nextNode = new Int32Array(NODES);
  readonly #edge = new Int32Array(NODES);
  #nodes = 1;
  /** First literals of messages, by the first byte; 256: of those that begin with a typed chunk. */
  readonly #roots = new Int32Array(257);
  #rest = 0;
  #tries = 0;
  #hits = 0;
  /** Of the typed chunk behind the literal that was found last: its classes and its end. */
  #flags = 0;
  #chunkEnd = 0;
  /** Of the bytes that were looked at last. */
  #bytes: Uint8Array | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(writer: ShapeWriter) {
    this.#writer = writer;
  }

  /** Sets the writer's ranges. @returns the shape of the message bytes[start, end); -1: it is not known */
  recall(bytes: Uint8Array, start: number, end: number): number {
    if (this.#rest > 0) {
      this.#rest -= 1;
      return -1;
    }
    this.#tries += 1;
    if (this.#tries > ROUND) this.#judge();
    if (start >= end) return -1;
    if (bytes !== this.#bytes) this.#look(bytes);
    const writer = this.#writer;
    writer.markers = 0;
    let at = start;
    let edge = this.#roots[bytes[start] as number] as number;
    let elsewhere = this.#roots[256] as number;
    while (true) {
      edge = this.#literal(bytes, at, end, edge);
      if (edge === 0) {
        // A message may begin with a typed chunk as well.
        if (elsewhere === 0) return -1;
        edge = this.#literal(bytes, at, end, elsewhere);
        if (edge === 0) return -1;
      }
      elsewhere = 0;
      const shape = this.#shape[edge] as number;
      if (shape >= 0) {
        this.#hits += 1;
        return shape;
      }
      writer.length = 0;
      const from = at + (this.#length[edge] as number);
      at = writer.chunk(bytes, from, this.#chunkEnd, end, this.#flags);
      const node = this.#nodeOf(edge, writer.out, 0, writer.length);
      if (node === 0) return -1;
      edge = this.#edge[node] as number;
    }
  }

  /** @param shape of the message that the writer wrote last */
  learn(bytes: Uint8Array, start: number, end: number, shape: number): void {
    const writer = this.#writer;
    if (!writer.verbatim || this.#rest > 0 || start >= end) return;
    if (bytes !== this.#bytes) this.#look(bytes);
    let at = start;
    let node = 0;
    for (let chunk = 0; chunk < writer.chunks; chunk += 1) {
      const to = writer.chunkStarts[chunk] as number;
      const edge = this.#addEdge(node, bytes, at, to, -1);
      if (edge === 0) return;
      node = this.#addNode(edge, writer.outStarts[chunk] as number, writer.outEnds[chunk] as number);
      if (node === 0) return;
      at = writer.chunkEnds[chunk] as number;
    }
    this.#addEdge(node, bytes, at, end, shape);
  }

  /** The literal among `first` and its siblings that stands at `at` with its typed chunk or the end behind it; 0: none. */
  #literal(bytes: Uint8Array, at: number, end: number, first: number): number {
    for (let edge = first; edge !== 0; edge = this.#next[edge] as number) {
      const behind = at + (this.#length[edge] as number);
      if (behind > end || !this.#stands(bytes, at, behind, this.#from[edge] as number)) continue;
      if ((this.#shape[edge] as number) >= 0) {
        if (behind === end) return edge;
      } else if (this.#isTyped(bytes, behind, end)) return edge;
    }
    return 0;
  }

  #stands(bytes: Uint8Array, from: number, to: number, word: number): boolean {
    const words = this.#words;
    let own = word;
    if (to - from < 4) {
      for (let at = from; at < to; at += 1, own += 1) if (bytes[at] !== words[own]) return false;
      return true;
    }
    const view = this.#view;
    for (let at = from; at < to - 4; at += 4, own += 1) if (view.getInt32(at, true) !== words[own]) return false;
    return view.getInt32(to - 4, true) === words[own];
  }

  /** Whether a chunk begins at `from` that is taken apart; sets its end and its classes. */
  #isTyped(bytes: Uint8Array, from: number, end: number): boolean {
    const classes = CLASS;
    const stop = Math.min(end, from + LONG_CHUNK);
    let flags = 0;
    let at = from;
    for (; at < stop; at += 1) {
      const kind = classes[bytes[at] as number] as number;
      if (kind >= SPACE) break;
      flags |= kind;
    }
    if (at === from || (at === stop && stop < end)) return false;
    this.#flags = flags;
    this.#chunkEnd = at;
    return (flags & MASKED) !== 0 || ((flags & DOT) !== 0 && isHost(bytes, from, at, flags));
  }

  #nodeOf(edge: number, out: Uint8Array, from: number, to: number): number {
    const words = this.#words;
    let node = this.#node[edge] as number;
    for (; node !== 0; node = this.#nextNode[node] as number) {
      if (this.#outputLength[node] !== to - from) continue;
      let own = this.#output[node] as number;
      let at = from;
      for (; at < to && out[at] === words[own]; at += 1) own += 1;
      if (at === to) break;
    }
    return node;
  }

  #addNode(edge: number, from: number, to: number): number {
    const { out } = this.#writer;
    const known = this.#nodeOf(edge, out, from, to);
    if (known !== 0) return known;
    const length = to - from;
    const first = this.#node[edge] as number;
    if (length > LONGEST_OUTPUT || this.#nodes === NODES || this.#used + length > WORDS) return 0;
    if (countOf(first, this.#nextNode) >= MOST_SIBLINGS) return 0;
    const node = this.#nodes;
    this.#nodes = node + 1;
    this.#output[node] = this.#used;
    this.#outputLength[node] = length;
    for (let at = from; at < to; at += 1) this.#words[this.#used++] = out[at] as number;
    this.#nextNode[node] = first;
    this.#node[edge] = node;
    return node;
  }

  /** @param node 0: the beginning of the message */
  #addEdge(node: number, bytes: Uint8Array, from: number, to: number, shape: number): number {
    const length = to - from;
    const root = length === 0 ? 256 : (bytes[from] as number);
    const first = (node === 0 ? this.#roots[root] : this.#edge[node]) as number;
    for (let edge = first; edge !== 0; edge = this.#next[edge] as number) {
      if (this.#length[edge] !== length || (this.#shape[edge] as number) >= 0 !== shape >= 0) continue;
      if (this.#stands(bytes, from, to, this.#from[edge] as number)) return edge;
    }
    if (this.#edges === EDGES || this.#used + length + 3 > WORDS) return 0;
    if (countOf(first, this.#next) >= MOST_SIBLINGS) return 0;
    const edge = this.#edges;
    this.#edges = edge + 1;
    this.#from[edge] = this.#used;
    this.#length[edge] = length;
    this.#shape[edge] = shape;
    this.#keep(bytes, from, to);
    this.#next[edge] = first;
    if (node === 0) this.#roots[root] = edge;
    else this.#edge[node] = edge;
    return edge;
  }

  /** As `#stands` compares them. */
  #keep(bytes: Uint8Array, from: number, to: number): void {
    const words = this.#words;
    if (to - from < 4) {
      for (let at = from; at < to; at += 1) words[this.#used++] = bytes[at] as number;
      return;
    }
    for (let at = from; at < to - 4; at += 4) words[this.#used++] = this.#view.getInt32(at, true);
    words[this.#used++] = this.#view.getInt32(to - 4, true);
  }

  #look(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  #judge(): void {
    if (2 * this.#hits < ROUND) this.#rest = REST;
    this.#tries = 0;
    this.#hits = 0;
  }
}

function countOf(first: number, next: Int32Array): number {
  let count = 0;
  for (let number = first; number !== 0; number = next[number] as number) count += 1;
  return count;
}
