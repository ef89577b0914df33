import { isPackageManagerNoise } from './crashOutput.ts';
import { soundsLikeFailure } from './failureWords.ts';
import { isError, type LogRecord } from './record.ts';
import { crashesAtEnd, endsRun, isCrash, isStartTalk, shapeOf } from './runs.ts';

/** What the end of a log says about now. */
export interface LogState {
  /** Error records that describe the present state, oldest first. Old trouble that was followed by normal work is not in it. */
  errors: LogRecord[];
  /** Warnings of the same stretch: they may support a finding that a live observation proves; they never convict. */
  warnings: LogRecord[];
  /** Crashes in a row at the end of the log, oldest first; empty when the log ends otherwise. */
  crashes: LogRecord[];
  /** Whether the last entry says that the program was asked to stop or finished its work. */
  stoppedOrderly: boolean;
  lastTime: Date | undefined;
}

export interface LogContext {
  running: boolean;
  now: Date;
  /** When the running process began: what an earlier one logged is past. */
  startedAt?: Date | undefined;
  /** When the log was last written. */
  modifiedAt?: Date | undefined;
}

const GRACEFUL =
  /\b(?:graceful(?:ly)?|shut(?:ting)? ?down|shutdown (?:complete|finished)|stopp(?:ed|ing) (?:server|service|listening|worker)|(?:server|service|worker) (?:stopped|closed)|received (?:signal )?(?:SIGTERM|SIGINT|signal 15|signal 2)|SIG(?:TERM|INT) received|SIG(?:TERM|INT), (?:stopping|closing|exiting)|exit(?:ed|ing)?(?: normally)?(?: with)?(?: code)?:? 0\b|finished successfully|completed successfully|goodbye|bye\b|KeyboardInterrupt|all done)|^(?:done|finished|completed?)\b[.!]?$|\b(?:done|finished)[.!]$/i;

/** What a program writes about its own end after the error that ended it. */
const MAX_CLOSING_RECORDS = 6;
/** Errors of one failing start lie close together. */
const FAILING_START_MS = 120_000;
/** A running service: how far back its errors count as present. */
const RECENT_MS = 10 * 60_000;
/** A running service recovered when this many quiet records follow the last error. */
const QUIET_AFTER_RECOVERY = 3;
/** Clocks of the kernel's process table tick at 10 ms, and a program's first line may carry whole seconds. */
const CLOCK_SLACK_MS = 1_500;

/**
 * Tells present trouble from past trouble.
 * A service that does not run is judged by its last run; a running one by what it wrote since it began.
 */
export function readLogState(records: readonly LogRecord[], context: LogContext): LogState {
  const lastTime = records.findLast((record) => record.time !== undefined)?.time;
  const crashes = context.running ? [] : crashesAtEnd(records);
  const stretch = context.running
    ? recentStretch(sinceStart(records, context), context.now)
    : lastRun(records, crashes);
  // Nobody levels its last words: a plain line that announces failure counts once the program is gone.
  const isTrouble = (record: LogRecord): boolean =>
    isError(record) || (!context.running && saysFailure(record)) || crashes.includes(record);
  return {
    errors: stretch.filter(isTrouble),
    warnings: stretch.filter((record) => record.level === 'warn'),
    crashes,
    stoppedOrderly:
      crashes.length === 0 &&
      records.slice(-4).some((record) => (!isError(record) || record.crash) && GRACEFUL.test(record.message)),
    lastTime,
  };
}

function saysFailure(record: LogRecord): boolean {
  return record.level === undefined && !isPackageManagerNoise(record.message) && soundsLikeFailure(record.text);
}

/** Records of the last run of a service that is down: the failing start, or the errors right before the end. */
function lastRun(records: readonly LogRecord[], crashes: readonly LogRecord[]): LogRecord[] {
  const crash = crashes.at(-1);
  if (crash) {
    const end = records.indexOf(crash);
    const previousCrash = crashes.length > 1 ? records.indexOf(crashes.at(-2) as LogRecord) : -1;
    const crashTime = crash.time ?? records.slice(0, end).findLast((record) => record.time)?.time;
    let begin = end;
    while (begin - 1 > previousCrash) {
      const record = records[begin - 1] as LogRecord;
      // Only what leads into the crash: errors and warnings with start-up talk between them, not earlier normal work.
      if (!isError(record) && record.level !== 'warn' && !saysFailure(record) && !isStartTalk(record)) break;
      if (crashTime && record.time && crashTime.getTime() - record.time.getTime() > FAILING_START_MS) break;
      begin--;
    }
    return records.slice(begin);
  }
  // No crash: errors count only where nothing but closing words follows them.
  let end = records.length;
  while (end > 0 && records.length - end < MAX_CLOSING_RECORDS && !isError(records[end - 1] as LogRecord)) end--;
  if (end === 0 || !isError(records[end - 1] as LogRecord) || !endsRun(records, end - 1)) return [];
  const lastErrorTime = records.slice(0, end).findLast((record) => record.time)?.time;
  let begin = end - 1;
  let quiet = 0;
  while (begin > 0 && end - begin < 60) {
    const record = records[begin - 1] as LogRecord;
    if (lastErrorTime && record.time && lastErrorTime.getTime() - record.time.getTime() > FAILING_START_MS) break;
    quiet = isError(record) || record.level === 'warn' ? 0 : quiet + 1;
    if (quiet > QUIET_AFTER_RECOVERY) break;
    begin--;
  }
  return records.slice(begin);
}

/** What the running process itself wrote, as far as times and its own announcement tell. */
function sinceStart(records: readonly LogRecord[], { startedAt, modifiedAt }: LogContext): readonly LogRecord[] {
  if (!startedAt) return records;
  const start = startedAt.getTime() - CLOCK_SLACK_MS;
  if (modifiedAt && modifiedAt.getTime() < start) return [];
  const first = records.findIndex((record) => record.time !== undefined && record.time.getTime() >= start);
  if (first >= 0) return records.slice(first);
  const before = records.findLastIndex((record) => record.time !== undefined);
  const rest = records.slice(before + 1);
  // Plain output without times: a crash ended a process, and what began again after it is the one that runs.
  const crash = rest.findLastIndex(isCrash);
  const again = rest.findIndex((record, index) => index > crash && isStartTalk(record));
  return crash >= 0 && again >= 0 ? rest.slice(again) : rest;
}

/** The last records of a running service, or none when it went back to normal work after its last error. */
function recentStretch(records: readonly LogRecord[], now: Date): LogRecord[] {
  const recent = records
    .slice(-80)
    .filter((record) => record.time === undefined || now.getTime() - record.time.getTime() <= RECENT_MS);
  const errors = recent.filter(isError);
  const lastError = errors.at(-1);
  if (!lastError) return recent;
  const after = recent
    .slice(recent.indexOf(lastError) + 1)
    .filter(
      (record) => !isError(record) && record.level !== 'warn' && record.level !== 'debug' && record.level !== 'trace',
    );
  const failing = errors.filter((record) => shapeOf(record) === shapeOf(lastError)).length;
  // An intermittent failure goes on between successes: many of the same kind in few minutes still describe now.
  if (after.length >= QUIET_AFTER_RECOVERY && failing * 3 < recent.length)
    return recent.filter((record) => !isError(record));
  return recent;
}
