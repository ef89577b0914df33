import { createHead, type LogFormat, resetHead } from '../../server/logs/formats/logFormat.ts';
import { type LevelName, levelName } from '../../server/logs/levels.ts';

/** One record of a log, as a format reads it. */
export interface ReadRecord {
  /** 1-based. */
  line: number;
  lines: number;
  time?: string;
  level?: LevelName;
  component?: string;
  message: string;
  durationMs?: number;
  trace?: string;
}

/** Reads a log line by line as the scan does: a line that begins no record belongs to the one before it. */
export function readLog(format: LogFormat, bytes: Uint8Array): ReadRecord[] {
  const records: ReadRecord[] = [];
  const head = createHead();
  const text = (start: number, end: number): string => Buffer.from(bytes.subarray(start, end)).toString();
  let line = 0;
  for (let start = 0; start < bytes.length; line += 1) {
    const feed = bytes.indexOf(10, start);
    const next = feed < 0 ? bytes.length : feed;
    const end = next > start && bytes[next - 1] === 13 ? next - 1 : next;
    resetHead(head, start, end);
    const begins = format.parse(bytes, start, end, head) || records.length === 0;
    const last = records.at(-1);
    if (begins || head.completes) {
      const told: Omit<ReadRecord, 'line' | 'lines' | 'message'> = {
        ...(Number.isNaN(head.time) ? {} : { time: new Date(head.time).toISOString() }),
        ...(head.level === 0 ? {} : { level: levelName(head.level) as LevelName }),
        ...(head.componentEnd > head.componentStart ? { component: text(head.componentStart, head.componentEnd) } : {}),
        ...(Number.isNaN(head.durationMs) ? {} : { durationMs: head.durationMs }),
        ...(head.traceEnd > head.traceStart ? { trace: text(head.traceStart, head.traceEnd) } : {}),
      };
      const message = text(head.messageStart, head.messageEnd);
      if (begins) records.push({ line: line + 1, lines: 1, message, ...told });
      else if (last) Object.assign(last, { ...told, ...last, message: last.message === '' ? message : last.message });
    }
    if (!begins && last) last.lines += 1;
    start = next + 1;
  }
  return records;
}
