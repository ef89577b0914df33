import { isError, type LogRecord } from './record.ts';

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

const GRACEFUL =
  /\b(?:graceful(?:ly)?|shut(?:ting)? ?down|shutdown (?:complete|finished)|stopp(?:ed|ing) (?:server|service|listening|worker)|received (?:signal )?(?:SIGTERM|SIGINT|signal 15|signal 2)|SIG(?:TERM|INT) received|exit(?:ed|ing)?(?: normally)?(?: with)?(?: code)?:? 0\b|finished successfully|goodbye|bye\b)/i;
const STARTING =
  /\b(?:start(?:ing|ed|up)?|boot(?:ing|ed)?|launch(?:ing|ed)|initiali[sz](?:ing|ed)|loading|loaded|connecting|connected|listening|ready|running (?:on|at)|migrat\w+|config(?:uration)?|version)\b/i;
const EXIT_NOTICE =
  /\b(?:exit(?:ed|ing)?|terminat\w+|abort\w*|crash\w*|restart\w*|respawn\w*|giving up|shutting down|stopped|closing)\b|\bcode=?\s?[1-9]\d*\b/i;

/** At most this many starts and crashes lie between two crashes of one loop. */
const MAX_RECORDS_BETWEEN_CRASHES = 30;
/** What a program writes about its own end after the error that ended it. */
const MAX_CLOSING_RECORDS = 6;
/** Errors of one failing start lie close together. */
const FAILING_START_MS = 120_000;
/** A running service: how far back its errors count as present. */
const RECENT_MS = 10 * 60_000;
/** A running service recovered when this many quiet records follow the last error. */
const QUIET_AFTER_RECOVERY = 3;

/**
 * Tells present trouble from past trouble.
 * A service that does not run is judged by its last run; a running one by its last records.
 */
export function readLogState(records: readonly LogRecord[], options: { running: boolean; now: Date }): LogState {
  const lastTime = records.findLast((record) => record.time !== undefined)?.time;
  const last = records.at(-1);
  const crashes = options.running ? [] : crashesAtEnd(records);
  const stretch = options.running ? recentStretch(records, options.now) : lastRun(records, crashes);
  return {
    errors: stretch.filter(isError),
    warnings: stretch.filter((record) => record.level === 'warn'),
    crashes,
    stoppedOrderly:
      crashes.length === 0 &&
      last !== undefined &&
      records.slice(-4).some((record) => !isError(record) && GRACEFUL.test(record.message)),
    lastTime,
  };
}

/** The crashes that end the log: between two of them only start-up talk, errors and exit notices. */
function crashesAtEnd(records: readonly LogRecord[]): LogRecord[] {
  const crashes: LogRecord[] = [];
  let between = 0;
  for (let index = records.length - 1; index >= 0; index--) {
    const record = records[index] as LogRecord;
    if (isCrash(record)) {
      crashes.unshift(record);
      between = 0;
      continue;
    }
    between++;
    const limit = crashes.length === 0 ? MAX_CLOSING_RECORDS : MAX_RECORDS_BETWEEN_CRASHES;
    const allowed =
      isError(record) ||
      record.level === 'warn' ||
      EXIT_NOTICE.test(record.message) ||
      (crashes.length > 0 && STARTING.test(record.message));
    if (!allowed || between > limit) break;
  }
  return crashes;
}

/** A crash block, or a logger's own fatal record. */
function isCrash(record: LogRecord): boolean {
  return record.crash || record.level === 'fatal';
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
      if (!isError(record) && record.level !== 'warn' && !STARTING.test(record.message)) break;
      if (crashTime && record.time && crashTime.getTime() - record.time.getTime() > FAILING_START_MS) break;
      begin--;
    }
    return records.slice(begin);
  }
  // No crash: errors count only where nothing but closing words follows them.
  let end = records.length;
  let closing = 0;
  while (end > 0 && closing < MAX_CLOSING_RECORDS) {
    const record = records[end - 1] as LogRecord;
    if (isError(record)) break;
    if (!EXIT_NOTICE.test(record.message) && closing >= 2) return [];
    closing++;
    end--;
  }
  if (end === 0 || !isError(records[end - 1] as LogRecord)) return [];
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

/** The message without its numbers, ids and quoted parts. */
function shapeOf(record: LogRecord): string {
  return record.message.replace(/["'][^"']*["']|\b[0-9a-f]{6,}\b|\d+/gi, '#').slice(0, 160);
}
