import { type DurationPlace, findDuration, readDuration } from './durations.ts';
import { ShapeMemory } from './shapeMemory.ts';
import { ShapeWriter } from './shapeWriter.ts';
import type { ShapeTable } from './template.ts';
import { findTraceMarker } from './traceIds.ts';

/** A power of two; the table doubles when it is half full. */
const FIRST_SLOTS = 1024;

/**
 * Memory: the canonical texts (≤ 1 KiB each) of the different shapes of what was added, so at most about the size of
 * the scanned block. Nothing of a message is kept when its shape is known.
 */
export function createShapeTable(): ShapeTable {
  return new HashedShapes();
}

class HashedShapes implements ShapeTable {
  durationMs = Number.NaN;
  traceStart = 0;
  traceEnd = 0;
  readonly #writer = new ShapeWriter();
  readonly #memory = new ShapeMemory(this.#writer);
  readonly #words = new Int32Array(this.#writer.out.buffer);
  readonly #texts: string[] = [];
  readonly #byText = new Map<string, number>();
  readonly #durations: (DurationPlace | undefined)[] = [];
  readonly #traces: number[] = [];
  /** Three numbers a slot: both halves of the hash, and the shape + 1; 0: free. */
  #slots = new Int32Array(3 * FIRST_SLOTS);
  #mask = FIRST_SLOTS - 1;
  #used = 0;

  get size(): number {
    return this.#texts.length;
  }

  texts(): readonly string[] {
    return this.#texts;
  }

  add(bytes: Uint8Array, start: number, end: number): number {
    const writer = this.#writer;
    let shape = this.#memory.recall(bytes, start, end);
    if (shape < 0) {
      shape = this.#read(bytes, start, end);
      this.#memory.learn(bytes, start, end, shape);
    }
    const duration = this.#durations[shape];
    this.durationMs =
      duration === undefined
        ? Number.NaN
        : readDuration(
            bytes,
            writer.starts[duration.marker] as number,
            writer.ends[duration.marker] as number,
            duration,
          );
    const trace = this.#traces[shape] as number;
    if (trace < 0) {
      this.traceStart = start;
      this.traceEnd = start;
    } else this.#setTrace(bytes, start, trace);
    return shape;
  }

  #read(bytes: Uint8Array, start: number, end: number): number {
    const writer = this.#writer;
    writer.write(bytes, start, end);
    const out = writer.out;
    const length = writer.length;
    out[length] = 0;
    out[length + 1] = 0;
    out[length + 2] = 0;
    const words = this.#words;
    const last = (length + 3) >> 2;
    let a = length;
    let b = 0x9e3779b9 | 0;
    for (let at = 0; at < last; at += 1) {
      const word = words[at] as number;
      a = Math.imul(a ^ word, 0x85ebca6b);
      a ^= a >>> 15;
      b = Math.imul((b << 5) ^ (b >>> 27) ^ word, 0xc2b2ae35 | 0);
    }
    a = Math.imul(a ^ (b >>> 13), 0x27d4eb2f);
    a ^= a >>> 16;
    const slots = this.#slots;
    let slot = a & this.#mask;
    while (true) {
      const held = slots[3 * slot + 2] as number;
      if (held === 0) return this.#learn(slot, a, b);
      if (slots[3 * slot] === a && slots[3 * slot + 1] === b) return held - 1;
      slot = (slot + 1) & this.#mask;
    }
  }

  #setTrace(bytes: Uint8Array, start: number, trace: number): void {
    const from = this.#writer.starts[trace] as number;
    const to = this.#writer.ends[trace] as number;
    const none = to - from === 1 && bytes[from] === 0x30;
    // The `req-` of `[req-<uuid>]` belongs to the id.
    const prefix = from - start >= 4 && bytes[from - 1] === 0x2d && bytes[from - 4] === 0x72 ? 4 : 0;
    this.traceStart = none ? start : from - prefix;
    this.traceEnd = none ? start : to;
  }

  #learn(slot: number, a: number, b: number): number {
    const text = textOf(this.#writer.out.subarray(0, this.#writer.length));
    let shape = this.#byText.get(text);
    if (shape === undefined) {
      shape = this.#texts.push(text) - 1;
      this.#byText.set(text, shape);
      this.#durations.push(findDuration(text));
      this.#traces.push(findTraceMarker(text));
    }
    this.#put(this.#slots, this.#mask, slot, a, b, shape);
    this.#used += 1;
    if (2 * this.#used > this.#mask) this.#grow();
    return shape;
  }

  #put(slots: Int32Array, mask: number, from: number, a: number, b: number, shape: number): void {
    let slot = from;
    while (slots[3 * slot + 2] !== 0) slot = (slot + 1) & mask;
    slots[3 * slot] = a;
    slots[3 * slot + 1] = b;
    slots[3 * slot + 2] = shape + 1;
  }

  #grow(): void {
    const mask = 2 * this.#mask + 1;
    const slots = new Int32Array(3 * (mask + 1));
    for (let at = 0; at <= this.#mask; at += 1) {
      const shape = this.#slots[3 * at + 2] as number;
      if (shape === 0) continue;
      const a = this.#slots[3 * at] as number;
      this.#put(slots, mask, a & mask, a, this.#slots[3 * at + 1] as number, shape - 1);
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin1 = new TextDecoder('latin1');

/** Bytes that are no UTF-8 are read as Latin-1, so that different shapes stay different. */
function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return latin1.decode(bytes);
  }
}
