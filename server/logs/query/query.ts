/**
 * A query as it was understood. The language, in one line of text:
 *
 *   timeout "connection refused" -healthcheck        words and phrases (case does not matter), all of them; `-`/`NOT` excludes
 *   (oom OR killed) AND /exit code [1-9]/i           OR, AND, parentheses; regular expressions (`/…/`, `/…/i`)
 *   level:error  level>=warn  level:(warn OR fatal)  levels
 *   component:agent*  file:app.log  trace:4bf9*      dictionaries; `*` stands for anything, also in words
 *   template:t42  template:"connect to*"  group:*Timeout*  mark:new
 *   duration>1s  duration:100ms..2s  duration>=1000  with or without a unit; without one: ms
 *   time>=2026-11-24T10:00  time:10:00..10:05        of the log's last day when no date is told; in the log's own zone
 *   time:-15m..                                      counted from the log's end
 *   line:100..200  has:trace  has:stack  message:"ready"
 *   status>=500  req.method:POST  size>10kb          any other name: a field of the record; a missing field never matches
 *
 * Ends of ranges are part of them, to the precision that is written: `time:10:00..10:05` holds all of 10:05.
 */
export type Query =
  | { kind: 'all' }
  | { kind: 'and' | 'or'; parts: readonly Query[] }
  | { kind: 'not'; part: Query }
  | { kind: 'text'; match: TextMatch }
  /** Codes of levels.ts, both included. */
  | { kind: 'level'; from: number; to: number }
  /** ms. */
  | { kind: 'duration'; range: NumberRange }
  /** Both ends belong to it to their written precision, unless `above` or `below` excludes them. */
  | { kind: 'time'; from?: TimePoint; to?: TimePoint; above?: boolean; below?: boolean }
  | { kind: 'component' | 'trace' | 'group' | 'file' | 'message'; match: TextMatch }
  | { kind: 'template'; id: number }
  | { kind: 'templateText'; match: TextMatch }
  | { kind: 'mark'; mark: 'new' | 'rare' }
  /** 1-based lines of the source; a record matches when one of its lines is in the range. */
  | { kind: 'line'; from: number; to: number }
  | { kind: 'has'; what: HasWhat }
  | { kind: 'field'; path: string; test: FieldTest };

export type HasWhat = 'time' | 'level' | 'component' | 'duration' | 'trace' | 'stack';

/** How a text is held against a record's. Case does not matter, but for a regular expression without `i`. */
export type TextMatch =
  | { kind: 'exact'; text: string }
  /** `*` stands for any run of characters. */
  | { kind: 'glob'; glob: string }
  | { kind: 'regex'; pattern: string; ignoreCase: boolean };

/** Ends that are absent are open; both are included unless `above` or `below` says otherwise. */
export interface NumberRange {
  from?: number;
  to?: number;
  /** Excludes `from` itself. */
  above?: boolean;
  /** Excludes `to` itself. */
  below?: boolean;
}

export type FieldTest =
  | { kind: 'exists' }
  | { kind: 'text'; match: TextMatch; not?: boolean }
  /** `unit`: the numbers are ms (`time`) or bytes (`size`), since a unit was written. `text` is what was written, when it was one value. */
  | { kind: 'number'; range: NumberRange; unit?: 'time' | 'size'; text?: string; not?: boolean }
  /** By the order of characters: dates and versions. */
  | { kind: 'order'; op: '<' | '<=' | '>' | '>='; text: string }
  /** `name=value`, `name:value`: the field has that value, or that very text stands in the record (`user=42`, `Main.java:17`). */
  | { kind: 'pair'; field: FieldTest; pair: string };

/** A moment as it was written, with its precision; `resolveTime` makes it a range of ms. */
export type TimePoint =
  | { kind: 'date'; date: string; clock?: Clock; zoneMinutes?: number }
  | { kind: 'clock'; clock: Clock; zoneMinutes?: number }
  /** ms before the end of the log. */
  | { kind: 'fromEnd'; ms: number };

/** A time of day in ms since midnight, and how many ms the last written unit holds. */
export interface Clock {
  ms: number;
  precision: number;
}
