import { isPackageManagerNoise } from './crashOutput.ts';
import { soundsLikeFailure } from './failureWords.ts';
import { isError, type LogRecord } from './record.ts';

const STARTING =
  /\b(?:start(?:ing|ed|up)?|boot(?:ing|ed)?|launch(?:ing|ed)|initiali[sz](?:ing|ed)|loading|loaded|connecting|connected|listening|ready|running (?:on|at)|serving|using|migrat\w+|config(?:uration)?|version|v\d+\.\d+)\b/i;
const EXIT_NOTICE =
  /\b(?:exit(?:ed|ing)?|terminat\w+|abort\w*|crash\w*|restart\w*|respawn\w*|giving up|shutting down|stopped|stopping|closing|back-off|scheduled restart|failed with result)\b|\bcode=?\s?[1-9]\d*\b/i;
/** The start came to its end: what went before is past, also when the process is gone since. */
const READY =
  /\b(?:listening|ready|up and running|running (?:on|at)|serving|accepting connections|started (?:in|on|successfully)|startup complete)\b/i;
/** Work done for someone: a service that serves requests is past its start. */
const WORK = /\b(?:GET|POST|PUT|PATCH|DELETE|HEAD) \/|" \d{3} \d|\bstatus(?:Code)?["=: ]+\d{3}\b/;

/** At most this many starts and crashes lie between two crashes of one loop. */
const MAX_RECORDS_BETWEEN_CRASHES = 30;
const MAX_CLOSING_RECORDS = 6;
/** A process that lived longer than this between two crashes did not crash on its start. */
const MAX_LIFE_MS = 10 * 60_000;

/** A crash block, or a logger's own fatal record. */
export function isCrash(record: LogRecord): boolean {
  return record.crash || record.level === 'fatal';
}

export function isStartTalk(record: LogRecord): boolean {
  return STARTING.test(record.message) || isPackageManagerNoise(record.message);
}

/** Whether the run ended with this record: nothing but closing words, or the next start, follow it. */
export function endsRun(records: readonly LogRecord[], index: number): boolean {
  const rest = records.slice(index + 1, index + 1 + MAX_CLOSING_RECORDS);
  let others = 0;
  for (const record of rest) {
    if (isPackageManagerNoise(record.message) || EXIT_NOTICE.test(record.message)) return true;
    if (WORK.test(record.message) || READY.test(record.message) || ++others > 2) return false;
  }
  return records.length <= index + 1 + MAX_CLOSING_RECORDS;
}

/**
 * The failures that ended the last runs, oldest first: between two of them only a start, errors and exit notices.
 * A program without a logger names its reason in a plain line, which counts as one when its run ends there.
 */
export function crashesAtEnd(records: readonly LogRecord[]): LogRecord[] {
  const crashes: LogRecord[] = [];
  let between = 0;
  let later: Date | undefined;
  for (let index = records.length - 1; index >= 0; index--) {
    const record = records[index] as LogRecord;
    const limit = crashes.length === 0 ? MAX_CLOSING_RECORDS : MAX_RECORDS_BETWEEN_CRASHES;
    if (later && record.time && later.getTime() - record.time.getTime() > MAX_LIFE_MS) break;
    if (isCrash(record) || isLastWord(records, index, crashes[0])) {
      // Several crash lines of one death stand together: the shell's, the package manager's, a second handler's.
      const sameDeath =
        between === 0 &&
        crashes[0] !== undefined &&
        shapeOf(crashes[0]) !== shapeOf(record) &&
        crashes[0].line === record.endLine + 1;
      if (!sameDeath) crashes.unshift(record);
      else if (isCrash(record)) crashes[0] = record;
      between = 0;
      later = record.time ?? later;
      continue;
    }
    between++;
    const closing = isError(record) || record.level === 'warn' || isPackageManagerNoise(record.message);
    const talk =
      crashes.length > 0
        ? !WORK.test(record.message)
        : EXIT_NOTICE.test(record.message) || (isStartTalk(record) && !READY.test(record.message));
    if (!(closing || talk) || between > limit) break;
    // After the last crash only its own aftermath: an error of another kind would be the last word itself.
    later = record.time ?? later;
  }
  return crashes;
}

/**
 * An unlevelled line that announces failure, with nothing of that run after it; or a logged error that ends the log,
 * or that ended an earlier run just as it ended the last.
 */
function isLastWord(records: readonly LogRecord[], index: number, later: LogRecord | undefined): boolean {
  const record = records[index] as LogRecord;
  const next = records[index + 1];
  const ends = next === undefined || isPackageManagerNoise(next.message) || EXIT_NOTICE.test(next.message);
  if (record.level === 'error') return later === undefined ? ends : shapeOf(later) === shapeOf(record);
  if (record.level !== undefined || isPackageManagerNoise(record.message) || !soundsLikeFailure(record.text))
    return false;
  return ends || (next.time === undefined && records[index + 2] === undefined) || isStartTalk(next);
}

/** The message without its numbers, ids and quoted parts. */
export function shapeOf(record: LogRecord): string {
  return record.message.replace(/["'][^"']*["']|\b[0-9a-f]{6,}\b|\d+/gi, '#').slice(0, 160);
}
