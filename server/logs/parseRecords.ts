import { beginsCrash, beginsNextCrash, headlineIndex, isPackageManagerNoise } from './crashOutput.ts';
import { type Header, parseHeader } from './parseHeader.ts';
import type { LogRecord } from './record.ts';

interface Open {
  header: Header | undefined;
  line: number;
  lines: string[];
  crash: boolean;
}

/**
 * Groups the lines of a log into records. Every line belongs to exactly one record.
 * @param firstLine 1-based number of lines[0] in its file
 */
export function parseRecords(lines: readonly string[], firstLine = 1): LogRecord[] {
  const records: LogRecord[] = [];
  let open: Open | undefined;
  const close = (): void => {
    if (open) records.push(toRecord(open));
  };
  lines.forEach((text, index) => {
    const line = firstLine + index;
    const header = text === '' ? undefined : parseHeader(text);
    if (header) {
      close();
      open = { header, line, lines: [text], crash: false };
    } else if (startsOwnRecord(text, open)) {
      close();
      open = { header: undefined, line, lines: [text], crash: beginsCrash(text) };
    } else if (open) {
      open.lines.push(text);
    } else {
      open = { header: undefined, line, lines: [text], crash: false };
    }
  });
  close();
  return mergeHandledTraces(records);
}

/** A line without a header opens a record when it begins a crash, or when no logger's header governs the lines around it. */
function startsOwnRecord(text: string, open: Open | undefined): boolean {
  if (text === '' || /^\s/.test(text)) return false;
  if (!open) return true;
  if (open.crash) return beginsNextCrash(text, open.lines);
  if (isPackageManagerNoise(text)) return !open.lines.every(isPackageManagerNoise);
  if (beginsCrash(text)) return true;
  // Plain output (print, console.log) is one record a line; a header's own continuation stays with it unless it looks like a new sentence.
  return open.header === undefined && !/^[}\])]/.test(text);
}

function toRecord({ header, line, lines, crash }: Open): LogRecord {
  const headline = crash ? headlineIndex(lines) : 0;
  const message = header ? header.message : (lines[headline] ?? '');
  const detail = header?.detail === undefined ? '' : ` ${header.detail}`;
  return {
    line,
    endLine: line + lines.length - 1,
    time: header?.time,
    level: crash ? 'fatal' : header?.level,
    message: `${message}${detail}`.trim(),
    text: header?.detail?.includes('\n') ? `${lines.join('\n')}\n${header.detail}` : lines.join('\n'),
    crash,
    headline: line + headline,
  };
}

/**
 * A trace below a warning or an error that a logger wrote was caught by the program: it belongs to that record.
 * It is a crash only when the program wrote nothing afterwards, or began again.
 */
function mergeHandledTraces(records: readonly LogRecord[]): LogRecord[] {
  const merged: LogRecord[] = [];
  records.forEach((record, index) => {
    const previous = merged.at(-1);
    const next = records[index + 1];
    const caught =
      record.crash &&
      previous !== undefined &&
      !previous.crash &&
      previous.time !== undefined &&
      (previous.level === 'warn' || previous.level === 'error' || previous.level === 'fatal') &&
      previous.endLine + 1 === record.line &&
      (previous.level !== 'warn' ||
        (next?.time !== undefined && next.time.getTime() - previous.time.getTime() < 5_000));
    if (caught && previous) {
      merged[merged.length - 1] = {
        ...previous,
        endLine: record.endLine,
        text: `${previous.text}\n${record.text}`,
        message: `${previous.message}: ${record.message}`,
      };
    } else merged.push(record);
  });
  return merged;
}
