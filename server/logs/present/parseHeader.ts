import type { Level } from './record.ts';

/** What the first line of a record tells. */
export interface Header {
  time: Date | undefined;
  level: Level | undefined;
  message: string;
  /** Text that belongs to the message but stands in a field of its own (an error's message or stack). */
  detail?: string;
  /** The message is indented behind its time: the continuation of a block whose every line got a time of its own. */
  indented?: boolean;
}

const LEVELS: Readonly<Record<string, Level>> = {
  trace: 'trace',
  trce: 'trace',
  verbose: 'trace',
  silly: 'trace',
  debug: 'debug',
  dbug: 'debug',
  fine: 'debug',
  info: 'info',
  information: 'info',
  log: 'info',
  hint: 'info',
  notice: 'notice',
  statement: 'info',
  detail: 'info',
  warn: 'warn',
  warning: 'warn',
  wrn: 'warn',
  http: 'info',
  err: 'error',
  error: 'error',
  severe: 'error',
  fail: 'error',
  eror: 'error',
  crit: 'fatal',
  critical: 'fatal',
  fatal: 'fatal',
  alert: 'fatal',
  emerg: 'fatal',
  panic: 'fatal',
  emergency: 'fatal',
};
const LEVEL_WORD =
  'TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|CRIT|CRITICAL|FATAL|SEVERE|ALERT|EMERG|PANIC|LOG|HINT|DETAIL|STATEMENT|VERBOSE';

export function levelOf(word: string | number | undefined): Level | undefined {
  if (typeof word === 'number') {
    if (word >= 60) return 'fatal';
    if (word >= 50) return 'error';
    if (word >= 40) return 'warn';
    if (word >= 30) return 'info';
    return word >= 20 ? 'debug' : 'trace';
  }
  return word === undefined ? undefined : LEVELS[word.toLowerCase()];
}

const ISO = String.raw`\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?`;
const LEADING_ISO = new RegExp(String.raw`^\[?(${ISO})\]?[\s:|-]*`);
const LEADING_LEVEL = new RegExp(
  String.raw`^(?:\[\s*(${LEVEL_WORD})\s*\]|\((${LEVEL_WORD})\)|<(${LEVEL_WORD})>|(${LEVEL_WORD})(?=[\s:|\]/-]|$))[\s:|-]*`,
  'i',
);
/** A level that stands after a pid, a thread or a logger's name: `[1234] ERROR:`, `wiki.http ERROR`, `12#0: `. */
const NEAR_LEVEL = new RegExp(
  String.raw`^(?:\[[^\]]{1,60}\]\s*|\([^)]{1,60}\)\s*|[\w.$/-]{1,60}(?:\[\d+\])?[:\s]\s*|-+\s*){1,3}?(?:\[\s*(${LEVEL_WORD})\s*\]|(${LEVEL_WORD}))(?=[\s:\]])[\s:\]-]*`,
);
const LEVEL_ONLY = new RegExp(
  String.raw`^(?:\[(${LEVEL_WORD})\]|(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|CRITICAL|FATAL))(?::|\s+[-[(:]|\s{2,}|\s+in\s+\w+:)\s*`,
);
/** winston's simple format and .NET's console: `error: text`, `fail: Category[0]`. A capital `Error: ` is an exception. */
const LOWER_LEVEL = /^(trace|trce|silly|debug|dbug|verbose|http|info|warn|warning|error|fail|crit|fatal): /;
/** Ruby's Logger: `E, [2026-11-23T18:04:05.123456 #4121] ERROR -- app: text`. */
const RUBY = /^[A-Z], \[(\S+) #\d+\]\s+(\w+) -- [^:]*: /;
/** PHP-FPM and PHP: `[24-Nov-2026 18:04:05] WARNING: text`, `[24-Nov-2026 18:04:05 UTC] PHP Warning:  text`. */
const PHP = /^\[(\d{2})-(\w{3})-(\d{4}) (\d{2}:\d{2}:\d{2})(?:\.\d{1,6})?( UTC)?[^\]]{0,40}\] /;
/** logback, pino-pretty and others that leave the date out: `18:04:05.123 [main] ERROR`, `[18:04:05.123] ERROR (4121): `. */
const TIME_OF_DAY = /^\[?\d{2}:\d{2}:\d{2}(?:[.,]\d{1,6})?\]?(?=\s|$)[\s|-]*/;
const REDIS = /^\d+:[A-Z] (\d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2}(?:\.\d{3})?) ([.\-*#]) /;
const KLOG = /^([IWEF])(\d{2})(\d{2}) (\d{2}:\d{2}:\d{2}\.\d+)\s+\d+ [\w.-]+:\d+\] /;
const ACCESS = /^\S+ \S+ \S+ \[(\d{2})\/(\w{3})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2})\] "/;
/** What nginx prints on the terminal: before it has a log, and beside it. */
const NGINX = /^nginx: \[(\w{1,10})\] /;
const LOGFMT = /^(?:[\w.@-]+=(?:"(?:[^"\\]|\\.)*"|\S*)\s*){2,}/;
const LOGFMT_PAIR = /([\w.@-]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g;

/** Reads the first line of a record; undefined when the line carries neither time nor level, so that it belongs to the record before it. */
export function parseHeader(line: string): Header | undefined {
  if (line.startsWith('{')) return parseJson(line);
  const iso = LEADING_ISO.exec(line);
  if (iso?.[1])
    return {
      ...withLevel(line.slice(iso[0].length), parseTime(iso[1])),
      ...(/(?:\s{2,}|\t)$/.test(iso[0]) ? { indented: true } : {}),
    };
  if (LOGFMT.test(line)) return parseLogfmt(line);
  const nginx = NGINX.exec(line);
  if (nginx) return { time: undefined, level: levelOf(nginx[1]), message: line.slice(nginx[0].length) };
  const redis = REDIS.exec(line);
  if (redis?.[1])
    return {
      time: parseTime(redis[1]),
      level: redis[2] === '#' ? 'warn' : redis[2] === '*' ? 'notice' : 'debug',
      message: line.slice(redis[0].length),
    };
  const klog = KLOG.exec(line);
  if (klog) {
    const level = ({ I: 'info', W: 'warn', E: 'error', F: 'fatal' } as const)[klog[1] as 'I' | 'W' | 'E' | 'F'];
    return {
      time: parseTime(`${new Date().getFullYear()}-${klog[2]}-${klog[3]} ${klog[4]}`),
      level,
      message: line.slice(klog[0].length),
    };
  }
  const ruby = RUBY.exec(line);
  if (ruby?.[1]) return { time: parseTime(ruby[1]), level: levelOf(ruby[2]), message: line.slice(ruby[0].length) };
  const access = ACCESS.exec(line);
  if (access) {
    const status = Number(/" (\d{3}) /.exec(line)?.[1] ?? 0);
    return {
      time: parseTime(`${access[1]} ${access[2]} ${access[3]} ${access[4]} ${access[5]}:${access[6]}`),
      level: status >= 500 ? 'error' : 'info',
      message: line,
    };
  }
  const php = PHP.exec(line);
  if (php) {
    const time = parseTime(`${php[1]} ${php[2]} ${php[3]} ${php[4]}${php[5] === undefined ? '' : ' GMT'}`);
    return withLevel(line.slice(php[0].length), time);
  }
  const clock = TIME_OF_DAY.exec(line);
  if (clock) return withLevel(line.slice(clock[0].length), undefined);
  const lower = LOWER_LEVEL.exec(line);
  if (lower) return { time: undefined, level: levelOf(lower[1]), message: line.slice(lower[0].length) };
  const only = LEVEL_ONLY.exec(line);
  if (only) return { time: undefined, level: levelOf(only[1] ?? only[2]), message: line.slice(only[0].length) };
  return undefined;
}

function withLevel(rest: string, time: Date | undefined): Header {
  const leading = LEADING_LEVEL.exec(rest);
  if (leading)
    return {
      time,
      level: levelOf(leading[1] ?? leading[2] ?? leading[3] ?? leading[4]),
      message: rest.slice(leading[0].length),
    };
  const near = NEAR_LEVEL.exec(rest);
  if (near) return { time, level: levelOf(near[1] ?? near[2]), message: rest.slice(near[0].length) };
  return { time, level: undefined, message: rest };
}

export function parseTime(text: string): Date | undefined {
  const normal = text
    .replace(/^(\d{4})\/(\d{2})\/(\d{2})/, '$1-$2-$3')
    .replace(',', '.')
    .replace(/(\.\d{3})\d+/, '$1')
    .replace(/\s?UTC$/, 'Z');
  const time = new Date(normal);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

function parseJson(line: string): Header | undefined {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const first = (...names: string[]): unknown =>
    names.map((name) => fields[name]).find((value) => value !== undefined && value !== null);
  const level = first('level', 'severity', 'lvl', 'levelname', 'log.level', '@level', 'Level', 'loglevel');
  const time = first('time', 'timestamp', '@timestamp', 'ts', 't', 'datetime', 'asctime', '@t', 'Timestamp');
  const message = first('msg', 'message', '@m', 'event', 'text', 'Message', 'log', 'body');
  const error = first(
    'err',
    'error',
    'exception',
    'exc_info',
    'stack',
    'stack_trace',
    'error.message',
    'error.stack_trace',
    'cause',
  );
  const detail = error === undefined ? undefined : typeof error === 'string' ? error : errorText(error);
  return {
    time:
      typeof time === 'number'
        ? new Date(time > 1e17 ? time / 1e6 : time > 1e14 ? time / 1e3 : time > 1e11 ? time : time * 1000)
        : typeof time === 'string'
          ? parseTime(time)
          : undefined,
    level: typeof level === 'number' || typeof level === 'string' ? levelOf(level) : undefined,
    message: typeof message === 'string' ? message : line,
    ...(detail === undefined ? {} : { detail }),
  };
}

function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { message, stack, code } = error as Record<string, unknown>;
  return [message, code, stack].filter((part) => typeof part === 'string').join(' ');
}

function parseLogfmt(line: string): Header | undefined {
  const fields = new Map<string, string>();
  for (const pair of line.matchAll(LOGFMT_PAIR))
    if (pair[1]) fields.set(pair[1], pair[2]?.replace(/\\(.)/g, '$1') ?? pair[3] ?? '');
  const level = fields.get('level') ?? fields.get('lvl') ?? fields.get('severity');
  const time = fields.get('time') ?? fields.get('ts') ?? fields.get('timestamp') ?? fields.get('t');
  if (level === undefined && time === undefined) return undefined;
  const detail = fields.get('err') ?? fields.get('error') ?? fields.get('exception');
  const message = fields.get('msg') ?? fields.get('message') ?? line;
  return {
    time: time === undefined ? undefined : parseTime(time),
    level: levelOf(level),
    message,
    ...(detail === undefined ? {} : { detail }),
  };
}
