import type { IndexedSource, LogIndex } from '../../server/logs/index/logIndex.ts';
import type { RecordChunk } from '../../server/logs/index/recordChunk.ts';
import { type MemoryRecord, memoryIndex } from './memoryIndex.ts';

export interface GrowingRecord extends MemoryRecord {
  /** Which source it comes from; default 0. */
  source?: number;
}

export interface GrowingIndex extends LogIndex {
  /** Shows so many records from now on. */
  grow(records: number): void;
  end(): void;
}

/**
 * An index that shows only its first records, in small chunks, each of one source: what a view sees while a log is read.
 * Several sources are merged by time. `templateOf` may be replaced to let templates merge.
 * @param names of the sources; `format` is the id of their plans
 */
export function growingIndex(
  records: readonly GrowingRecord[],
  {
    chunkRecords = 50,
    names = ['app.log'],
    format = 'plain',
  }: { chunkRecords?: number; names?: readonly string[]; format?: string } = {},
): GrowingIndex {
  const whole = memoryIndex(records);
  const chunks: { first: number; count: number; source: number }[] = [];
  records.forEach(({ source = 0 }, record) => {
    const last = chunks.at(-1);
    if (last?.source === source && last.count < chunkRecords) last.count += 1;
    else chunks.push({ first: record, count: 1, source });
  });
  const parts = new Map<string, RecordChunk>();
  let shown = 0;
  let isComplete = false;
  let order: { at: number[]; of: number[] } | undefined;
  let visible: typeof chunks = [];
  const ordered = (): { at: number[]; of: number[] } => {
    order ??= byTime(records.slice(0, shown));
    return order;
  };
  const source = (name: string): IndexedSource => ({
    ...(whole.sources[0] as IndexedSource),
    name,
    plan: { id: format, title: format, zoneMinutes: 0 },
  });
  const index = Object.create(whole, {
    complete: { get: () => isComplete },
    records: { get: () => shown },
    chunkCount: { get: () => visible.length },
  }) as LogIndex;
  return Object.assign(index, {
    grow(count: number) {
      shown = count;
      visible = chunks
        .filter(({ first }) => first < count)
        .map((chunk) => ({ ...chunk, count: Math.min(chunk.count, count - chunk.first) }));
      order = undefined;
    },
    end: () => {
      isComplete = true;
    },
    sources: names.map(source),
    chunk: (number: number) => {
      const wanted = visible[number] ?? { first: 0, count: 0, source: 0 };
      const key = `${wanted.first}+${wanted.count}`;
      const known = parts.get(key) ?? part(whole, wanted);
      parts.set(key, known);
      return known;
    },
    chunkOf: (record: number) => chunks.findLastIndex(({ first }) => first <= record),
    recordAt: (position: number) => (names.length > 1 ? (ordered().at[position] ?? -1) : position),
    // Half of the indexes know it: both ways must lead to the same order.
    ...(records.length % 2 === 0
      ? { recordsAt: (from: number, to: number) => Uint32Array.from(ordered().at.slice(from, to)) }
      : {}),
    positionOf: (record: number) => (names.length > 1 ? (ordered().of[record] ?? -1) : record),
  });
}

/** Records by time; those without one stay behind the one before them. */
function byTime(records: readonly GrowingRecord[]): { at: number[]; of: number[] } {
  const last = new Map<number, number>();
  const times = records.map(({ time, source = 0 }) => {
    const known = time === undefined ? (last.get(source) ?? 0) : new Date(time).getTime();
    last.set(source, known);
    return known;
  });
  const at = records.map((_, record) => record).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
  const of: number[] = [];
  at.forEach((record, position) => {
    of[record] = position;
  });
  return { at, of };
}

function part(
  whole: LogIndex,
  { first, count, source }: { first: number; count: number; source: number },
): RecordChunk {
  const chunk = whole.chunk(0);
  const begin = chunk.starts[first] ?? 0;
  const line = chunk.lines[first] ?? 0;
  const slice = <T extends Float64Array | Float32Array | Uint32Array | Uint8Array>(column: T): T =>
    column.slice(first, first + count) as T;
  return {
    first,
    count,
    source,
    base: chunk.base + begin,
    starts: chunk.starts.slice(first, first + count + 1).map((start) => start - begin),
    firstLine: chunk.firstLine + line,
    lines: chunk.lines.slice(first, first + count + 1).map((one) => one - line),
    times: slice(chunk.times),
    levels: slice(chunk.levels),
    shapes: slice(chunk.shapes),
    components: slice(chunk.components),
    durations: slice(chunk.durations),
    traces: slice(chunk.traces),
    errorGroups: slice(chunk.errorGroups),
  };
}
