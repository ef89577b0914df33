import { createHash } from 'node:crypto';
import type { Dictionary, LogIndex } from '../../server/logs/index/logIndex.ts';
import { CHUNK_RECORDS, type RecordChunk } from '../../server/logs/index/recordChunk.ts';
import { type LevelName, levelCode } from '../../server/logs/levels.ts';

/** One record of an index that a test makes by hand. */
export interface MemoryRecord {
  text: string;
  /** ms since the epoch, or an ISO string. */
  time?: number | string;
  level?: LevelName;
  component?: string;
  durationMs?: number;
  trace?: string;
  errorGroup?: string;
  /** What its template is called; default: the text with its numbers masked. */
  template?: string;
}

/** A complete index over records that a test gives: every record of one source, one record a line unless its text holds more. */
export function memoryIndex(records: readonly MemoryRecord[], name = 'memory.log'): LogIndex {
  const components = new MemoryDictionary();
  const traces = new MemoryDictionary();
  const errorGroups = new MemoryDictionary();
  const shapes = new Map<string, number>();
  const texts = records.map(({ text }) => Buffer.from(`${text}\n`));
  const chunks: RecordChunk[] = [];
  let base = 0;
  let firstLine = 1;
  for (let first = 0; first < records.length; first += CHUNK_RECORDS) {
    const part = records.slice(first, first + CHUNK_RECORDS);
    const chunk = emptyChunk(first, part.length, base, firstLine);
    let offset = 0;
    let line = 0;
    part.forEach((record, at) => {
      chunk.starts[at] = offset;
      chunk.lines[at] = line;
      chunk.times[at] = record.time === undefined ? Number.NaN : new Date(record.time).getTime();
      chunk.levels[at] = record.level === undefined ? 0 : levelCode(record.level);
      chunk.components[at] = components.add(record.component ?? '');
      chunk.durations[at] = record.durationMs ?? Number.NaN;
      chunk.traces[at] = traces.add(record.trace ?? '');
      chunk.errorGroups[at] = errorGroups.add(record.errorGroup ?? '');
      const shape = record.template ?? record.text.replace(/\d+/g, '<*>');
      if (!shapes.has(shape)) shapes.set(shape, shapes.size);
      chunk.shapes[at] = shapes.get(shape) ?? 0;
      offset += texts[first + at]?.length ?? 0;
      line += record.text.split('\n').length;
    });
    chunk.starts[part.length] = offset;
    chunk.lines[part.length] = line;
    chunks.push(chunk);
    base += offset;
    firstLine += line;
  }
  return {
    sources: [
      {
        name,
        plan: { id: 'plain', title: 'plain text', zoneMinutes: 0 },
        indexedBytes: base,
        totalBytes: base,
        records: records.length,
        lines: firstLine - 1,
      },
    ],
    complete: true,
    records: records.length,
    notices: [],
    chunkCount: chunks.length,
    chunk: (number) => chunks[number] ?? emptyChunk(0, 0, 0, 1),
    chunkOf: (record) => Math.floor(record / CHUNK_RECORDS),
    components,
    traces,
    errorGroups,
    templates: () => [...shapes].map(([text, id]) => ({ id, text, parameters: [], shapes: [id] })),
    templateOf: (shape) => shape,
    shapeCount: shapes.size,
    read: (record, limit = 1_048_576) => {
      const bytes = texts[record] ?? Buffer.alloc(0);
      return { bytes, start: 0, end: Math.min(bytes.length, limit), cut: bytes.length > limit };
    },
    textOf: (record) => records[record]?.text ?? '',
    readRange: (from, to) => {
      const bytes = Buffer.concat(texts.slice(from, to));
      return { bytes, start: 0, end: bytes.length, cut: false };
    },
    recordAt: (position) => position,
    positionOf: (record) => record,
  };
}

/** For assertions on indexes: a short name of what an index holds. */
export function fingerprintOf(index: LogIndex): string {
  const hash = createHash('sha256');
  for (let number = 0; number < index.chunkCount; number += 1) {
    const chunk = index.chunk(number);
    hash.update(chunk.starts.subarray(0, chunk.count + 1)).update(chunk.times.subarray(0, chunk.count));
    hash.update(chunk.levels.subarray(0, chunk.count)).update(chunk.shapes.subarray(0, chunk.count));
  }
  return hash.digest('hex').slice(0, 16);
}

class MemoryDictionary implements Dictionary {
  readonly #texts = [''];
  readonly #numbers = new Map([['', 0]]);

  get size(): number {
    return this.#texts.length;
  }

  add(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  text(number: number): string {
    return this.#texts[number] ?? '';
  }

  find(text: string): number {
    return this.#numbers.get(text) ?? 0;
  }
}

function emptyChunk(first: number, count: number, base: number, firstLine: number): RecordChunk {
  return {
    first,
    count,
    source: 0,
    base,
    starts: new Uint32Array(count + 1),
    firstLine,
    lines: new Uint32Array(count + 1),
    times: new Float64Array(count),
    levels: new Uint8Array(count),
    shapes: new Uint32Array(count),
    components: new Uint32Array(count),
    durations: new Float32Array(count),
    traces: new Uint32Array(count),
    errorGroups: new Uint32Array(count),
  };
}
