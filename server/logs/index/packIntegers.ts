import { CHUNK_RECORDS } from './recordChunk.ts';

/**
 * Unsigned integers of 32 bits in as few bytes as most of them need: each is stored in 0, 1, 2 or 4 bytes as its
 * distance from the smallest, and those that are too large for that stand in a list of exceptions. 0 bytes: all are equal.
 */
export interface PackedIntegers {
  base: number;
  /** 0, 1, 2 or 4. */
  width: number;
  exceptions: number;
}

/** An exception takes its place and its value. */
const EXCEPTION_BYTES = 8;

/** How `values` are stored best. */
export function planIntegers(values: Uint32Array, count: number): PackedIntegers {
  let base = count === 0 ? 0 : 0xffffffff;
  let most = 0;
  for (let at = 0; at < count; at += 1) {
    const value = values[at] as number;
    if (value < base) base = value;
    if (value > most) most = value;
  }
  const range = most - base;
  let best: PackedIntegers = {
    base,
    width: range === 0 ? 0 : range <= 0xff ? 1 : range <= 0xffff ? 2 : 4,
    exceptions: 0,
  };
  for (let width = best.width >> 1; best.width > 0; width >>= 1) {
    const one = { base, width, exceptions: countAbove(values, count, base + 2 ** (8 * width) - 1) };
    // Narrower ones have as many exceptions at least.
    if (packedBytes(one, count) >= packedBytes(best, count)) break;
    best = one;
  }
  return best;
}

function countAbove(values: Uint32Array, count: number, most: number): number {
  let above = 0;
  for (let at = 0; at < count; at += 1) if ((values[at] as number) > most) above += 1;
  return above;
}

/** A multiple of 4. */
export function packedBytes({ width, exceptions }: PackedIntegers, count: number): number {
  return ((width * count + 3) & ~3) + EXCEPTION_BYTES * exceptions;
}

/** Writes what `planIntegers` planned. @param at byte offset, a multiple of 4 */
export function packIntegers(
  plan: PackedIntegers,
  values: Uint32Array,
  count: number,
  buffer: ArrayBuffer,
  at: number,
): void {
  const { base, width, exceptions } = plan;
  for (let n = 0; n < count; n += 1) distances[n] = (values[n] as number) - base;
  // The array cuts what is too large for its cells; the exceptions make that good.
  cellsOf(width, buffer, at, count)?.set(distances.subarray(0, count));
  if (exceptions === 0) return;
  const most = 2 ** (8 * width) - 1;
  const extra = new Uint32Array(buffer, at + ((width * count + 3) & ~3), 2 * exceptions);
  let next = 0;
  for (let n = 0; n < count; n += 1) {
    const distance = distances[n] as number;
    if (distance <= most) continue;
    extra[next] = n;
    extra[next + 1] = distance;
    next += 2;
  }
}

/** Work space of one column. */
const distances = new Uint32Array(CHUNK_RECORDS);

export function unpackIntegers(
  plan: PackedIntegers,
  count: number,
  buffer: ArrayBuffer,
  at: number,
  into: Uint32Array,
): void {
  const { base, width, exceptions } = plan;
  const cells = cellsOf(width, buffer, at, count);
  if (cells) into.set(cells);
  else into.fill(0, 0, count);
  if (base !== 0) for (let n = 0; n < count; n += 1) into[n] = base + (into[n] as number);
  const extra = new Uint32Array(buffer, at + ((width * count + 3) & ~3), 2 * exceptions);
  for (let next = 0; next < extra.length; next += 2) into[extra[next] as number] = base + (extra[next + 1] as number);
}

function cellsOf(
  width: number,
  buffer: ArrayBuffer,
  at: number,
  count: number,
): Uint8Array | Uint16Array | Uint32Array | undefined {
  if (width === 1) return new Uint8Array(buffer, at, count);
  if (width === 2) return new Uint16Array(buffer, at, count);
  if (width === 4) return new Uint32Array(buffer, at, count);
  return undefined;
}
