import type * as z from 'zod';
import type { LogRow } from '../../protocol/logs.ts';
import type { LogView } from '../query/logView.ts';
import type { OpenedLog } from './openedLog.ts';

/** A piece of a view as a table shows it. */
export function rowsOf(
  log: OpenedLog,
  view: LogView,
  { position, count }: { position: number; count: number },
): z.input<typeof LogRow>[] {
  const { index, records } = log;
  const rows: z.input<typeof LogRow>[] = [];
  for (const record of view.slice(position, count)) {
    const place = records.place(record);
    const { chunk } = place;
    const template = index.templateOf(chunk.shapes[place.at] as number);
    const time = chunk.times[place.at] as number;
    const duration = chunk.durations[place.at] as number;
    const component = chunk.components[place.at] as number;
    const mark = log.markOf(template);
    rows.push({
      record,
      source: chunk.source,
      line: place.line,
      level: chunk.levels[place.at] as number,
      message: records.message(record, place),
      moreLines: place.endLine - place.line,
      template,
      ...(Number.isNaN(time) ? {} : { time }),
      ...(component === 0 ? {} : { component: index.components.text(component) }),
      ...(Number.isNaN(duration) ? {} : { durationMs: duration }),
      ...(mark === undefined ? {} : { mark }),
    });
  }
  return rows;
}
