import { inertLine } from '../../protocol/inertText.ts';
import { type LogLine, type LogOutline, MAX_OUTLINE } from '../../protocol/logDocument.ts';
import { findFindings } from '../findings/findFindings.ts';
import { restartsOf } from '../findings/restartsOf.ts';
import { levelName } from '../levels.ts';
import type { OpenedLog } from './openedLog.ts';
import type { TemplateCount } from './templateTally.ts';

/** Records of one error group that an outline names. */
const MAX_GROUP_RECORDS = 200;
/** Findings that stand at the top of a document. */
const MAX_FINDINGS = 10;
const MINUTE_MS = 60_000;

/** What an editor draws around the text of source 0. @param held fingerprints of suppressed findings @throws the signal's reason */
export async function outlineOf(log: OpenedLog, held: ReadonlySet<string>, signal: AbortSignal): Promise<LogOutline> {
  await log.marked(signal);
  const { index } = log;
  const summary = log.summary();
  const folds: LogOutline['folds'] = [];
  const marks: LogOutline['marks'] = [];
  const groups = new Map<number, LogOutline['errorGroups'][number]>();
  let cut = false;
  for (let number = 0; number < index.chunkCount; number += 1) {
    const chunk = index.chunk(number);
    if (chunk.source !== 0) continue;
    for (let at = 0; at < chunk.count; at += 1) {
      const line = chunk.firstLine + (chunk.lines[at] as number);
      const endLine = chunk.firstLine + (chunk.lines[at + 1] as number) - 1;
      if (endLine > line) {
        if (folds.length < MAX_OUTLINE) folds.push({ line, endLine });
        else cut = true;
      }
      const group = chunk.errorGroups[at] as number;
      if (group !== 0) {
        const time = chunk.times[at] as number;
        const known: LogOutline['errorGroups'][number] = groups.get(group) ?? {
          name: inertLine(index.errorGroups.text(group)),
          count: 0,
          records: [],
        };
        known.count += 1;
        if (known.records.length < MAX_GROUP_RECORDS)
          known.records.push({ line, endLine, ...(Number.isNaN(time) ? {} : { time }) });
        groups.set(group, known);
      }
    }
    signal.throwIfAborted();
  }
  for (const { id } of index.templates()) {
    const mark = log.markOf(id);
    const tally = mark && log.tally.of(id);
    if (!mark || !tally) continue;
    const { chunk, line } = log.records.place(tally.record);
    if (chunk.source !== 0) continue;
    if (marks.length === MAX_OUTLINE) {
      cut = true;
      break;
    }
    const times = tally.count === 1 ? 'once' : `${tally.count} times`;
    marks.push({ line, mark, why: mark === 'new' ? `New in this log; occurs ${times}` : `Rare: occurs ${times}` });
  }
  const restarts = (await restartsOf(index, signal)).slice(0, MAX_OUTLINE).flatMap(({ record }) => {
    const place = log.records.place(record);
    if (place.chunk.source !== 0) return [];
    const time = place.chunk.times[place.at] as number;
    const text = log.records.message(record, place);
    return [{ line: place.line, text, ...(Number.isNaN(time) ? {} : { time }) }];
  });
  const findings = await findFindings(index, { signal, held, limit: MAX_FINDINGS });
  return {
    records: summary.records,
    lines: index.sources[0]?.lines ?? 0,
    folds,
    restarts,
    errorGroups: [...groups.values()].sort((a, b) => b.count - a.count).slice(0, MAX_OUTLINE),
    marks: marks.sort((a, b) => a.line - b.line),
    levels: summary.levels,
    templates: summary.templates,
    findings,
    cut,
  };
}

/** The record that a line of source 0 belongs to. */
export function lineOf(log: OpenedLog, line: number): LogLine | null {
  const { index } = log;
  const record = log.records.atLine(0, line);
  if (record < 0) return null;
  const { chunk, at, ...lines } = log.records.place(record);
  const template = log.templateOf(chunk.shapes[at] as number);
  const tally: Partial<TemplateCount> = log.tally.of(template.id) ?? {};
  const { count = 1, first, last } = tally;
  const time = chunk.times[at] as number;
  const duration = chunk.durations[at] as number;
  const level = levelName(chunk.levels[at] as number);
  const component = chunk.components[at] as number;
  const trace = chunk.traces[at] as number;
  const mark = log.markOf(template.id);
  return {
    record,
    ...lines,
    ...(Number.isNaN(time) ? {} : { time }),
    ...(level === undefined ? {} : { level }),
    ...(component === 0 ? {} : { component: inertLine(index.components.text(component)) }),
    ...(trace === 0 ? {} : { traceId: inertLine(index.traces.text(trace)) }),
    ...(Number.isNaN(duration) ? {} : { durationMs: duration }),
    template: {
      id: template.id,
      text: inertLine(template.text),
      count,
      ...(first === undefined ? {} : { first }),
      ...(last === undefined ? {} : { last }),
      ...(first !== undefined && last !== undefined && last > first && count > 1
        ? { perMinute: ((count - 1) * MINUTE_MS) / (last - first) }
        : {}),
    },
    ...(mark === undefined ? {} : { mark }),
  };
}
