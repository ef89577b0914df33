import type * as z from 'zod';
import { inertText } from '../../protocol/inertText.ts';
import type { getLogRecord } from '../../protocol/logs.ts';
import { stackFingerprint } from '../formats/stackFingerprint.ts';
import { recordOf } from '../query/recordOf.ts';
import { parametersOf } from '../templates/parametersOf.ts';
import type { OpenedLog } from './openedLog.ts';
import { recordNotes } from './recordNotes.ts';

const TEXT_BYTES = 1 << 20;

/** Everything known of one record. @throws TektraError log.gone */
export function recordDetails(log: OpenedLog, record: number): z.input<(typeof getLogRecord)['result']> {
  const { index } = log;
  const place = log.records.place(record);
  const format = log.formatOf(place.chunk.source);
  const { cut } = index.read(record, TEXT_BYTES);
  const text = index.textOf(record, TEXT_BYTES);
  const template = log.templateOf(place.chunk.shapes[place.at] as number);
  const tally = log.tally.of(template.id);
  const message = format.message(text);
  const values = parametersOf(template.text, message) ?? [];
  const trace = stackFingerprint(format.stack?.(text) ?? text);
  return {
    ...recordOf(index, record, format),
    record,
    text: inertText(text),
    cut,
    parameters: values.map((value, at) => ({ type: template.parameters[at] ?? 'word', text: inertText(value) })),
    templateCount: tally?.count ?? 1,
    ...(tally?.first === undefined ? {} : { templateFirst: tally.first }),
    ...(tally?.last === undefined ? {} : { templateLast: tally.last }),
    ...(template.because === undefined ? {} : { because: template.because }),
    notes: recordNotes(log, record),
    frames: (trace?.frames ?? []).map(({ text: frame, file, line }) => ({
      text: inertText(frame),
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
    })),
  };
}
