import {
  beginsCrash,
  beginsPythonSyntaxError,
  continuesCrash,
  headlineIndex,
  isPackageManagerNoise,
} from './crashOutput.ts';
import { soundsLikeFailure } from './failureWords.ts';
import { type Header, parseHeader } from './parseHeader.ts';
import type { LogRecord } from './record.ts';
import { stripTransport, type Transported } from './transport.ts';

interface Open {
  header: Header | undefined;
  /** From the collector, when the program itself gave none. */
  time: Date | undefined;
  line: number;
  /** As the program wrote them. */
  lines: string[];
  crash: boolean;
}

interface Line extends Transported {
  header: Header | undefined;
}

/**
 * Groups the lines of a log into records. Every line belongs to exactly one record.
 * @param firstLine 1-based number of lines[0] in its file
 */
export function parseRecords(lines: readonly string[], firstLine = 1): LogRecord[] {
  const records: LogRecord[] = [];
  const parsed = lines.map((text): Line => {
    const transported = stripTransport(text);
    return { ...transported, header: transported.body === '' ? undefined : parseHeader(transported.body) };
  });
  let open: Open | undefined;
  const begin = (next: Open): void => {
    if (open) records.push(toRecord(open));
    open = next;
  };
  parsed.forEach(({ body, time, header }, index) => {
    const line = firstLine + index;
    const plain = header === undefined || isBareTime(header) ? (header?.message ?? body) : undefined;
    if (plain !== undefined && beginsPythonSyntaxError(plain, () => followingOf(parsed, index), open?.lines ?? [])) {
      begin({ header: undefined, time: header?.time ?? time, line, lines: [plain], crash: true });
    } else if (plain !== undefined && open && continues(plain, header?.indented === true, open, parsed, index)) {
      open.lines.push(plain);
    } else if (plain !== undefined && beginsCrash(plain)) {
      begin({ header: undefined, time: header?.time ?? time, line, lines: [plain], crash: true });
    } else if (header) {
      begin({ header, time: header.time ?? time, line, lines: [body], crash: false });
    } else {
      begin({ header: undefined, time, line, lines: [body], crash: false });
    }
  });
  if (open) records.push(toRecord(open));
  return mergeHandledTraces(records);
}

/** A time and nothing else: the program's plain output, stamped by what collected it, or a logger without levels. */
function isBareTime(header: Header): boolean {
  return header.level === undefined && header.detail === undefined && header.time !== undefined;
}

/** Whether a line without a header of its own belongs to the open record. */
function continues(text: string, indented: boolean, open: Open, parsed: readonly Line[], index: number): boolean {
  const own = parsed[index]?.header === undefined;
  if (open.crash) {
    if (text === '' || indented || /^\s/.test(text)) return true;
    return continuesCrash(text, open.lines, followingOf(parsed, index));
  }
  // A stamp on the line makes it a record, unless it goes on with a block.
  if (!own) return false;
  if (text === '' || /^\s/.test(text)) return true;
  if (isPackageManagerNoise(text)) return open.lines.every(isPackageManagerNoise);
  if (beginsCrash(text)) return false;
  if (/^[}\])]/.test(text)) return true;
  // Plain output (print, console.log) is one record a line.
  if (open.header === undefined) return false;
  // Below an error everything explains it; below normal work a line that announces failure is another voice.
  return open.header.level === 'error' || open.header.level === 'fatal' || !soundsLikeFailure(text);
}

/** The lines after one, up to the next with a header. */
function followingOf(parsed: readonly Line[], index: number): string[] {
  const following: string[] = [];
  for (const next of parsed.slice(index + 1, index + 16)) {
    if (next.header && !isBareTime(next.header)) break;
    following.push(next.header?.message ?? next.body);
  }
  return following;
}

function toRecord({ header, time, line, lines, crash }: Open): LogRecord {
  // uvicorn and others log the traceback itself as the message of an error.
  const traced = header !== undefined && /^Traceback \(most recent call last\)/.test(header.message);
  const block = traced ? [header.message, ...lines.slice(1)] : lines;
  const headline = crash || traced ? headlineIndex(block) : 0;
  const message = header && !traced ? header.message : (block[headline] ?? '');
  const detail = header?.detail === undefined ? '' : ` ${header.detail}`;
  return {
    line,
    endLine: line + lines.length - 1,
    time,
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
      (previous.level === 'warn' || previous.level === 'error' || previous.level === 'fatal') &&
      previous.endLine + 1 === record.line &&
      (previous.level !== 'warn' ||
        (previous.time !== undefined &&
          next?.time !== undefined &&
          next.time.getTime() - previous.time.getTime() < 5_000));
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
