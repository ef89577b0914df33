import type { ScannedBlock } from './scannedBlock.ts';

type Columns = Pick<
  ScannedBlock,
  'buffer' | 'starts' | 'lineNumbers' | 'times' | 'levels' | 'shapes' | 'components' | 'durations' | 'traces' | 'groups'
>;

const FIRST_CAPACITY = 4_096;
/** 8 bytes of time, 7 columns of 4, 1 of level. */
const BYTES_PER_RECORD = 37;

/** Columns of the block that is being scanned; reused from block to block. */
export class BlockColumns {
  count = 0;
  capacity = FIRST_CAPACITY;
  starts = new Uint32Array(FIRST_CAPACITY);
  lineNumbers = new Uint32Array(FIRST_CAPACITY);
  times = new Float64Array(FIRST_CAPACITY);
  levels = new Uint8Array(FIRST_CAPACITY);
  shapes = new Uint32Array(FIRST_CAPACITY);
  components = new Uint32Array(FIRST_CAPACITY);
  durations = new Float32Array(FIRST_CAPACITY);
  traces = new Uint32Array(FIRST_CAPACITY);
  groups = new Uint32Array(FIRST_CAPACITY);
  /** Whether any record of the block has one. */
  hasComponent = false;
  hasDuration = false;
  hasTrace = false;
  hasGroup = false;

  clear(): void {
    this.count = 0;
    this.hasComponent = false;
    this.hasDuration = false;
    this.hasTrace = false;
    this.hasGroup = false;
  }

  grow(): void {
    this.capacity *= 2;
    const longer = <T extends { set(other: T): void }>(Type: new (length: number) => T, old: T): T => {
      const column = new Type(this.capacity);
      column.set(old);
      return column;
    };
    this.starts = longer(Uint32Array, this.starts);
    this.lineNumbers = longer(Uint32Array, this.lineNumbers);
    this.times = longer(Float64Array, this.times);
    this.levels = longer(Uint8Array, this.levels);
    this.shapes = longer(Uint32Array, this.shapes);
    this.components = longer(Uint32Array, this.components);
    this.durations = longer(Float32Array, this.durations);
    this.traces = longer(Uint32Array, this.traces);
    this.groups = longer(Uint32Array, this.groups);
  }

  /** A copy that can be transferred, in `spare` when it is large enough. */
  pack(spare: ArrayBuffer | undefined): Columns {
    const { count } = this;
    const needed = BYTES_PER_RECORD * count;
    const buffer = spare !== undefined && spare.byteLength >= needed ? spare : new ArrayBuffer(needed);
    let at = 0;
    const floats = (column: Float64Array): Float64Array => {
      const copy = new Float64Array(buffer, at, count);
      copy.set(column.subarray(0, count));
      at += 8 * count;
      return copy;
    };
    const words = (column: Uint32Array): Uint32Array => {
      const copy = new Uint32Array(buffer, at, count);
      copy.set(column.subarray(0, count));
      at += 4 * count;
      return copy;
    };
    const times = floats(this.times);
    const starts = words(this.starts);
    const lineNumbers = words(this.lineNumbers);
    const shapes = words(this.shapes);
    const components = this.hasComponent ? words(this.components) : undefined;
    const traces = this.hasTrace ? words(this.traces) : undefined;
    const groups = this.hasGroup ? words(this.groups) : undefined;
    let durations: Float32Array | undefined;
    if (this.hasDuration) {
      durations = new Float32Array(buffer, at, count);
      durations.set(this.durations.subarray(0, count));
      at += 4 * count;
    }
    const levels = new Uint8Array(buffer, at, count);
    levels.set(this.levels.subarray(0, count));
    return { buffer, starts, lineNumbers, times, levels, shapes, components, durations, traces, groups };
  }
}
