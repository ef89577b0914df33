import { ERROR, FATAL, WARN } from '../levels.ts';

/** How bad a message is, whatever its program calls it: 0 ordinary, 1 a warning, 2 an error, 3 the end of something. */
export type Severity = 0 | 1 | 2 | 3;

/** Each alternative begins with its own word, so that a search is linear. */
const ENDS =
  /\b(?:fatal|panic(?:ked)?|segfault|segmentation fault|core dumped|out of memory|oom[- ]?kill\w*|cannot allocate memory|corrupt\w*|no space left|data loss|unrecoverable|emergency|uncaught|unhandled)\b/i;
const FAILS =
  /\b(?:errors?|errno|exceptions?|fail(?:ed|ure|ures|s|ing)?|refused|denied|unable|cannot|can't|couldn't|could not|timed? ?out|timeouts?|unreachable|exhausted|rejected|abort(?:ed|ing)?|unavailable|broken pipe|reset by peer|deadlocks?|crash\w*|killed|invalid|illegal|malformed|exceeded|overflow\w*|too many|dropped|violat\w+|giving up|warn(?:ing)?s?|critical|alert|degraded|fall(?:ing)? ?back|skew\w*|lags?|lagging|stale|mismatch\w*|missing|lost|leak\w*|expired|unexpected\w*|unhealthy|not responding|inconsisten\w+|conflict\w*|overload\w*|throttl\w+|starv\w+|unknown|not found|does not exist|too (?:long|slow|large)|is full|percent full)\b/i;
/** Names of exceptions and of system errors: NullPointerException, TypeError, ECONNREFUSED. */
const NAMED = /[a-z](?:Exception|Error)\b|\bE[A-Z]{5,}\b/;
/** Counters and reports of success that hold such a word. */
const HARMLESS =
  /\b(?:errors?|fail(?:ed|ures?)?|exceptions?|timeouts?)\s*[=:]\s*(?:0|false|none|null|ok)\b|\b(?:no|0|zero|without(?: any)?) (?:errors?|failures?|warnings?|exceptions?|problems?)\b|\b(?:recovered|succeeded|successful(?:ly)?|resolved|corrected)\b/i;
/** The ordinary end of a program's or a piece of work's life. */
const FAREWELL =
  /\b(?:shut(?:ting)? ?down|exit(?:ing|ed)?|stopp(?:ed|ing)|terminat(?:ed|ing)|clos(?:ed|ing)|finish(?:ed|ing)?|complet(?:ed|e)|done|goodbye|sig(?:term|int|quit|hup))\b/i;
/** A program that is asked to end complains a little. */
const SHUTDOWN = /\b(?:shut(?:ting)? ?down|shutdown request|sig(?:term|int|quit)|signal (?:2|15)|stopping)\b/i;
/** Words are looked for in this much of a text. */
const LOOKED_AT = 2_000;

/** How many of its records are this bad at least. */
export interface LevelCounts {
  records: number;
  warnings: number;
  errors: number;
  worst: number;
}

/** What the text of a template says, apart from any level. */
export function severityOfText(text: string): Severity {
  const part = text.slice(0, LOOKED_AT);
  if (HARMLESS.test(part)) return 0;
  if (ENDS.test(part)) return 2;
  return FAILS.test(part) || NAMED.test(part) ? 1 : 0;
}

/** A level decides where it is told; words may raise it by one step, since programs log failures as information. */
export function severityOf(text: string, { records, warnings, errors, worst }: LevelCounts): Severity {
  const words = severityOfText(text);
  if (worst >= FATAL && errors * 2 >= records) return 3;
  if (errors * 2 >= records && worst >= ERROR) return 2;
  if (warnings * 2 >= records && worst >= WARN) return words === 2 ? 2 : 1;
  return words;
}

export function isFarewell(text: string): boolean {
  return FAREWELL.test(text.slice(0, LOOKED_AT));
}

/** Somebody asked the program to end. */
export function isShutdown(text: string): boolean {
  return SHUTDOWN.test(text.slice(0, LOOKED_AT));
}
