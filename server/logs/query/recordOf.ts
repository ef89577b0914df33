import type { LogRecord } from '../../protocol/logRecord.ts';
import type { LogFormat } from '../formats/logFormat.ts';
import type { LogIndex } from '../index/logIndex.ts';
import { levelName } from '../levels.ts';
import type { Template } from '../templates/template.ts';
import { boundedDepth } from './boundedDepth.ts';

/** Of a longer record no more is decoded. */
const LONGEST = 1_048_576;

/**
 * One record as the contract shows it; what it does not tell is left out. Reads its text.
 * @param format of the record's source
 * @throws TektraError log.gone
 */
export function recordOf(index: LogIndex, record: number, format: LogFormat): LogRecord {
  const chunk = index.chunk(index.chunkOf(record));
  const at = record - chunk.first;
  const text = withoutLineEnd(index.textOf(record, LONGEST));
  const line = chunk.firstLine + (chunk.lines[at] as number);
  const time = isoTime(chunk.times[at] as number);
  const level = levelName(chunk.levels[at] as number);
  const component = index.components.text(chunk.components[at] as number);
  const durationMs = shownDuration(chunk.durations[at] as number);
  const fields = boundedDepth(format.fields(text));
  const traceId = index.traces.text(chunk.traces[at] as number);
  const id = index.templateOf(chunk.shapes[at] as number);
  return {
    file: index.sources[chunk.source]?.name ?? '',
    line,
    endLine: Math.max(line, chunk.firstLine + (chunk.lines[at + 1] as number) - 1),
    ...(time === undefined ? {} : { time }),
    ...(level === undefined ? {} : { level }),
    ...(component === '' ? {} : { component }),
    ...(durationMs === undefined ? {} : { durationMs }),
    message: format.message(text),
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
    ...(traceId === '' ? {} : { traceId }),
    template: { id: `t${id}`, text: templateText(index.templates(), id) },
  };
}

function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

/** Years that the contract can write: 0 to 9999. */
export function isoTime(ms: number): string | undefined {
  return ms >= -62_167_219_200_000 && ms < 253_402_300_800_000 ? new Date(ms).toISOString() : undefined;
}

/** The column holds 32 bits: seven digits are the program's own, what follows is not. */
export function shownDuration(duration: number): number | undefined {
  if (!Number.isFinite(duration)) return undefined;
  return Number.isInteger(duration) ? duration : Number(duration.toPrecision(7));
}

/** Templates are sorted by id. */
export function templateText(templates: readonly Template[], id: number): string {
  let low = 0;
  let high = templates.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const template = templates[middle] as Template;
    if (template.id === id) return template.text;
    if (template.id < id) low = middle + 1;
    else high = middle - 1;
  }
  return '';
}
