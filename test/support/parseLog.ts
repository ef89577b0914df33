import { detectFormat } from '../../server/logs/formats/detectFormat.ts';
import type { SampleFacts } from '../../server/logs/formats/formatFamily.ts';
import { formatOf } from '../../server/logs/formats/formatOf.ts';
import { createHead, type FormatPlan, type LogFormat, resetHead } from '../../server/logs/formats/logFormat.ts';
import { levelName } from '../../server/logs/levels.ts';

/** One record as a format reads it; absent values are left out. */
export interface ParsedRecord {
  /** 1-based, of its first line. */
  line: number;
  text: string;
  time?: string;
  level?: string;
  component?: string;
  /** The bytes that the head calls the message. */
  rawMessage: string;
  durationMs?: number;
  traceId?: string;
}

export interface ParsedLog {
  plan: FormatPlan;
  format: LogFormat;
  records: ParsedRecord[];
}

/** Reads a log line by line as the scan does: the whole of it stands in one buffer. */
export function parseLog(content: string | Uint8Array, facts: SampleFacts = {}, plan?: FormatPlan): ParsedLog {
  const bytes = Buffer.from(content as string);
  const found = structuredClone(plan ?? detectFormat(bytes.subarray(0, 262_144), facts));
  const format = formatOf(found);
  const records: ParsedRecord[] = [];
  const head = createHead();
  let start = 0;
  for (let line = 1; start < bytes.length; line += 1) {
    const feed = bytes.indexOf(10, start);
    const next = feed < 0 ? bytes.length : feed + 1;
    let end = feed < 0 ? bytes.length : feed;
    if (end > start && bytes[end - 1] === 13) end -= 1;
    const cut = Math.min(end, start + 65_536);
    resetHead(head, start, cut);
    const begins = format.parse(bytes, start, cut, head) || records.length === 0;
    const previous = records.at(-1);
    const text = (from: number, to: number): string => bytes.toString('utf8', from, to);
    const told = {
      ...(Number.isNaN(head.time) ? {} : { time: new Date(head.time).toISOString() }),
      ...(head.level === 0 ? {} : { level: levelName(head.level) as string }),
      ...(head.componentEnd > head.componentStart ? { component: text(head.componentStart, head.componentEnd) } : {}),
      ...(Number.isNaN(head.durationMs) ? {} : { durationMs: head.durationMs }),
      ...(head.traceEnd > head.traceStart ? { traceId: text(head.traceStart, head.traceEnd) } : {}),
    };
    if (begins) {
      records.push({ line, text: text(start, end), rawMessage: text(head.messageStart, head.messageEnd), ...told });
    } else if (previous) {
      previous.text += `\n${text(start, end)}`;
      if (head.completes) records[records.length - 1] = { ...told, ...previous };
    }
    start = next;
  }
  return { plan: found, format, records };
}
