import { logLevels } from '../../protocol/logLevels.ts';
import { ERROR, WARN } from '../levels.ts';
import type { OpenedLog } from './openedLog.ts';

/** Records before and after one that are looked at. */
const AROUND = 2_000;

/** What can be said of a record by counting alone, most telling first. One sentence each. */
export function recordNotes(log: OpenedLog, record: number): string[] {
  const { index } = log;
  const { chunk, at } = log.records.place(record);
  const template = log.templateOf(chunk.shapes[at] as number);
  const tally = log.tally.of(template.id);
  const notes: string[] = [];
  const mark = log.markOf(template.id);
  const count = tally?.count ?? 1;
  if (count === 1) notes.push(`It is the only record of its kind among ${number(index.records)}.`);
  else if (tally?.record === record) notes.push(`It is the first of ${number(count)} records of its kind.`);
  else notes.push(`There are ${number(count)} records of its kind.`);
  if (mark === 'new') notes.push('Its kind is new: it was not seen in the earlier part of the log.');
  const group = chunk.errorGroups[at] as number;
  if (group !== 0) notes.push(errorGroupNote(log, group));
  notes.push(...neighbourNotes(log, record));
  return notes;
}

function errorGroupNote({ index }: OpenedLog, group: number): string {
  let count = 0;
  for (let number = 0; number < index.chunkCount; number += 1) {
    const chunk = index.chunk(number);
    for (let at = 0; at < chunk.count; at += 1) if (chunk.errorGroups[at] === group) count += 1;
  }
  const name = index.errorGroups.text(group);
  return count === 1
    ? `No other record has its stack trace (${name}).`
    : `${number(count)} records have its stack trace (${name}).`;
}

/** What stands close before it: the first error of a flood is more telling than the flood. */
function neighbourNotes({ index, records }: OpenedLog, record: number): string[] {
  const position = index.positionOf(record);
  const own = records.place(record);
  const level = own.chunk.levels[own.at] as number;
  const trace = own.chunk.traces[own.at] as number;
  const notes: string[] = [];
  let firstError: number | undefined;
  let errors = 0;
  let sameTrace = 0;
  for (let before = Math.max(0, position - AROUND); before < position; before += 1) {
    const other = records.place(index.recordAt(before));
    if (trace !== 0 && other.chunk.traces[other.at] === trace) sameTrace += 1;
    if ((other.chunk.levels[other.at] as number) < WARN) continue;
    errors += 1;
    firstError ??= before;
  }
  if (trace !== 0 && sameTrace > 0)
    notes.push(
      `${number(sameTrace)} of the ${number(Math.min(AROUND, position))} records before it belong to the same trace.`,
    );
  if (level >= ERROR && firstError !== undefined && errors > 0) {
    const first = records.place(index.recordAt(firstError));
    const what = logLevels[first.chunk.levels[first.at] as number] ?? '';
    notes.push(
      `${number(errors)} warnings and errors stand close before it; the first is the ${what} of line ${first.line}.`,
    );
  }
  return notes;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
