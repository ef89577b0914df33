import { TektraError } from '../../protocol/errors.ts';
import type { LogFormat } from '../formats/logFormat.ts';
import { CSV_HEADER, csvRow } from './csvRow.ts';
import type { ExportSink } from './exportSink.ts';
import type { FormatOf } from './fieldPredicate.ts';
import type { LogView } from './logView.ts';
import { recordOf } from './recordOf.ts';
import { type Redact, redactRecord } from './redactRecord.ts';
import { Turns, type WalkOptions } from './takeTurns.ts';

export type ExportFormat = 'jsonl' | 'csv' | 'text';

export interface ExportOptions extends WalkOptions {
  formatOf: FormatOf;
  /** Absent: the records as they are. */
  redact?: Redact;
  /** Hears how many records are written. */
  onProgress?: (records: number) => void;
}

/** Characters that are collected before they are written. */
const BATCH = 262_144;
/** Records that are looked up at a time. */
const RECORDS = 512;
/** The text of a longer record is cut; bounds memory. */
const LONGEST = 67_108_864;

/**
 * Writes the records that a view holds now, in its order: JSON lines as the contract shows records, CSV, or their own
 * text. One batch is in memory at a time, and the sink tells when it takes the next. A failure or a cancel leaves nothing behind.
 * @returns records and bytes that were written
 * @throws TektraError log.export-failed; log.gone when a record cannot be read any more; the signal's reason
 */
export async function exportView(
  view: LogView,
  format: ExportFormat,
  sink: ExportSink,
  options: ExportOptions,
): Promise<{ records: number; bytes: number }> {
  try {
    const written = await writeAll(view, format, sink, options);
    options.signal?.throwIfAborted();
    await sink.finish();
    return written;
  } catch (error) {
    await sink.abandon();
    throw error;
  }
}

async function writeAll(
  view: LogView,
  format: ExportFormat,
  sink: ExportSink,
  options: ExportOptions,
): Promise<{ records: number; bytes: number }> {
  const turns = new Turns(options);
  const line = lineWriter(view, format, options);
  const total = view.matches;
  let batch = format === 'csv' ? CSV_HEADER : '';
  let records = 0;
  let bytes = 0;
  const flush = async (): Promise<void> => {
    bytes += Buffer.byteLength(batch);
    await sink.write(batch);
    batch = '';
    options.onProgress?.(records);
  };
  while (records < total) {
    const found = view.slice(records, Math.min(RECORDS, total - records));
    // The view began anew meanwhile, and holds less by now.
    if (found.length === 0) break;
    for (const record of found) {
      batch += line(record);
      records += 1;
      if (batch.length >= BATCH) await flush();
      if (turns.isOver) await turns.rest();
    }
  }
  if (batch !== '') await flush();
  return { records, bytes };
}

/** Makes the text of one record. */
function lineWriter(
  view: LogView,
  format: ExportFormat,
  { formatOf, redact }: ExportOptions,
): (record: number) => string {
  const { index } = view;
  if (format === 'text')
    return (record) => {
      const text = index.textOf(record, LONGEST).replace(/\r?\n$/, '');
      return `${redact ? redact(text) : text}\n`;
    };
  const formats: LogFormat[] = [];
  return (record) => {
    const { source } = index.chunk(index.chunkOf(record));
    const plan = index.sources[source]?.plan;
    if (!plan) throw new TektraError('internal', `record ${record} is of no source`, { audience: 'log' });
    formats[source] ??= formatOf(plan);
    const plain = recordOf(index, record, formats[source]);
    const shown = redact ? redactRecord(plain, redact) : plain;
    return format === 'csv' ? csvRow(shown) : `${JSON.stringify(shown)}\n`;
  };
}
