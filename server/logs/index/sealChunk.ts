import { type PackedIntegers, packedBytes, packIntegers, planIntegers, unpackIntegers } from './packIntegers.ts';
import { stepsOf, timesOf } from './packTimes.ts';
import { CHUNK_RECORDS, type RecordChunk } from './recordChunk.ts';

/** A chunk that grows no more, in about 8 bytes a record: 2–4 of place, 1–2 of time, 1 of level, shape and component each. */
export interface SealedChunk {
  first: number;
  count: number;
  source: number;
  base: number;
  firstLine: number;
  /** Lengths, line counts, times, shapes, components, traces, groups, levels, in this order. */
  columns: readonly PackedIntegers[];
  scale: number;
  exactTimes: number;
  /** Records that have a duration. */
  durations: number;
}

/** Work space for one column. */
const scratch = new Uint32Array(CHUNK_RECORDS);
const scratchTimes = new Uint32Array(CHUNK_RECORDS);

export function sealChunk(chunk: RecordChunk): { sealed: SealedChunk; bytes: Uint8Array<ArrayBuffer> } {
  const { count } = chunk;
  const times = stepsOf(chunk.times, count, scratchTimes);
  const plans = eachColumn(chunk, times.scale === 0 ? zeros : times.steps, (values) => planIntegers(values, count));
  let durations = 0;
  for (let at = 0; at < count; at += 1) if (!Number.isNaN(chunk.durations[at] as number)) durations += 1;
  const sealed: SealedChunk = {
    first: chunk.first,
    count,
    source: chunk.source,
    base: chunk.base,
    firstLine: chunk.firstLine,
    columns: plans,
    scale: times.scale,
    exactTimes: times.exact.length,
    durations,
  };
  const layout = layoutOf(sealed);
  const buffer = new ArrayBuffer(layout.bytes);
  if (times.scale === 0) new Float64Array(buffer, 0, count).set(chunk.times.subarray(0, count));
  else new Float64Array(buffer, 0, times.exact.length).set(times.exact);
  packDurations(chunk.durations, count, buffer, layout.durations, durations);
  let column = 0;
  eachColumn(chunk, times.scale === 0 ? zeros : times.steps, (values) => {
    packIntegers(plans[column] as PackedIntegers, values, count, buffer, layout.columns[column] as number);
    column += 1;
  });
  return { sealed, bytes: new Uint8Array(buffer) };
}

export function unsealChunk(sealed: SealedChunk, buffer: ArrayBuffer): RecordChunk {
  const { count, columns } = sealed;
  const layout = layoutOf(sealed);
  let column = 0;
  const integers = (into: Uint32Array): Uint32Array => {
    unpackIntegers(columns[column] as PackedIntegers, count, buffer, layout.columns[column] as number, into);
    column += 1;
    return into;
  };
  const starts = sums(integers(new Uint32Array(count + 1)), count);
  const lines = sums(integers(new Uint32Array(count + 1)), count);
  const times = new Float64Array(count);
  const steps = integers(scratchTimes);
  if (sealed.scale === 0) times.set(new Float64Array(buffer, 0, count));
  else {
    const exact = Array.from(new Float64Array(buffer, 0, sealed.exactTimes));
    timesOf({ scale: sealed.scale, steps, exact }, count, times);
  }
  return {
    first: sealed.first,
    count,
    source: sealed.source,
    base: sealed.base,
    starts,
    firstLine: sealed.firstLine,
    lines,
    times,
    shapes: integers(new Uint32Array(count)),
    components: integers(new Uint32Array(count)),
    traces: integers(new Uint32Array(count)),
    errorGroups: integers(new Uint32Array(count)),
    levels: Uint8Array.from(integers(scratch).subarray(0, count)),
    durations: unpackDurations(count, buffer, layout.durations, sealed.durations),
  };
}

const zeros = new Uint32Array(CHUNK_RECORDS);

/** Hands each column of integers over in turn; the ones that are worked out are overwritten by the next. */
function eachColumn<T>(chunk: RecordChunk, times: Uint32Array, use: (values: Uint32Array) => T): T[] {
  const { count } = chunk;
  return [
    use(differences(chunk.starts, count)),
    use(differences(chunk.lines, count)),
    use(times),
    use(chunk.shapes),
    use(chunk.components),
    use(chunk.traces),
    use(chunk.errorGroups),
    use(widened(chunk.levels, count)),
  ];
}

function differences(values: Uint32Array, count: number): Uint32Array {
  for (let at = 0; at < count; at += 1) scratch[at] = (values[at + 1] as number) - (values[at] as number);
  return scratch;
}

function widened(values: Uint8Array, count: number): Uint32Array {
  for (let at = 0; at < count; at += 1) scratch[at] = values[at] as number;
  return scratch;
}

/** Differences back to sums, in place: `values` has one place more than there are differences. */
function sums(values: Uint32Array, count: number): Uint32Array {
  let sum = 0;
  for (let at = 0; at < count; at += 1) {
    const difference = values[at] as number;
    values[at] = sum;
    sum += difference;
  }
  values[count] = sum;
  return values;
}

/** First what needs 8 bytes of alignment, then what needs 4. */
function layoutOf({ count, columns, scale, exactTimes, durations }: SealedChunk) {
  let at = 8 * (scale === 0 ? count : exactTimes);
  const starts: number[] = [];
  for (const plan of columns) {
    starts.push(at);
    at += packedBytes(plan, count);
  }
  const durationsAt = at;
  if (durations > 0) at += 4 * durations + ((count + 31) >> 5) * 4;
  return { columns: starts, durations: durationsAt, bytes: at };
}

/** A bit for each record, and the durations of those that have one. */
function packDurations(values: Float32Array, count: number, buffer: ArrayBuffer, at: number, present: number): void {
  if (present === 0) return;
  const bits = new Uint32Array(buffer, at, (count + 31) >> 5);
  const floats = new Float32Array(buffer, at + bits.byteLength, present);
  let next = 0;
  for (let n = 0; n < count; n += 1) {
    const value = values[n] as number;
    if (Number.isNaN(value)) continue;
    bits[n >> 5] = (bits[n >> 5] as number) | (1 << (n & 31));
    floats[next] = value;
    next += 1;
  }
}

function unpackDurations(count: number, buffer: ArrayBuffer, at: number, present: number): Float32Array {
  const values = new Float32Array(count).fill(Number.NaN);
  if (present === 0) return values;
  const bits = new Uint32Array(buffer, at, (count + 31) >> 5);
  const floats = new Float32Array(buffer, at + bits.byteLength, present);
  let next = 0;
  for (let n = 0; n < count; n += 1) {
    if (((bits[n >> 5] as number) & (1 << (n & 31))) === 0) continue;
    values[n] = floats[next] as number;
    next += 1;
  }
  return values;
}
