/**
 * What a format tells of one line. One object is reused for all lines, since there are millions: a format sets every
 * member that it knows and leaves the others as `resetHead` made them. Ranges are byte offsets in the scanned buffer,
 * end exclusive; an empty range (start === end) means "none".
 */
export interface Head {
  /** Milliseconds since the epoch; NaN: none. */
  time: number;
  /** A code of levels.ts. */
  level: number;
  /** Logger, module, program, class. */
  componentStart: number;
  componentEnd: number;
  /** What the record says, as it stands in the line (a JSON string keeps its escapes). */
  messageStart: number;
  messageEnd: number;
  /** Milliseconds, from a field that holds a duration; NaN: none. */
  durationMs: number;
  /** Trace, request or correlation id. */
  traceStart: number;
  traceEnd: number;
  /**
   * Only of a line that continues a record: it tells what the record's first line could not. The record takes over its
   * time, level, duration, component, trace and message range, each where the record has none (JUL's two lines, .NET's console,
   * MySQL's slow log, objects of JSON over several lines).
   */
  completes: boolean;
}

export function createHead(): Head {
  return {
    time: Number.NaN,
    level: 0,
    componentStart: 0,
    componentEnd: 0,
    messageStart: 0,
    messageEnd: 0,
    durationMs: Number.NaN,
    traceStart: 0,
    traceEnd: 0,
    completes: false,
  };
}

/** The whole line as message, nothing else known. */
export function resetHead(head: Head, start: number, end: number): void {
  head.time = Number.NaN;
  head.level = 0;
  head.componentStart = start;
  head.componentEnd = start;
  head.messageStart = start;
  head.messageEnd = end;
  head.durationMs = Number.NaN;
  head.traceStart = start;
  head.traceEnd = start;
  head.completes = false;
}

/**
 * One log format, ready to parse one source. Plain data made it (`FormatPlan`), so that every thread can make its own.
 * A format holds no memory from line to line: whether a line begins a record depends on that line, and at most on the
 * bytes of the line before it, so that a file may be parsed in any order and in any pieces with one result.
 */
export interface LogFormat {
  /** `json`, `logfmt`, `syslog-3164`, `log4j`, … */
  readonly id: string;
  /** For people: "JSON lines (pino)". */
  readonly title: string;
  /**
   * Parses the line bytes[start, end) (no line feed, no carriage return). The caller has called `resetHead`.
   * The line before stands ahead of `start` in the same buffer, unless there is none.
   * @returns whether the line begins a record; otherwise it continues the record before it
   */
  parse(bytes: Uint8Array, start: number, end: number, head: Head): boolean;
  /**
   * All fields of a record, by name, as the program wrote them; for the detail pane and field expressions, not for the
   * scan. Nested objects stay nested. Empty when the format has none.
   * @param text the whole record, decoded
   */
  fields(text: string): Record<string, unknown>;
  /** What the record says, decoded and whole (unescaped, the message's own line feeds kept), without header and trace. */
  message(text: string): string;
  /** The lines of a stack trace that a field carries (JSON `stack`, `exc_info`, …); undefined: none, or it stands in the text itself. */
  stack?(text: string): string | undefined;
}

/** What detection found out about one source: plain data that can be sent to another thread and kept with an index. */
export interface FormatPlan {
  /** Of the format that `formatOf` makes. */
  id: string;
  title: string;
  /** Minutes that local times without a zone are ahead of UTC. */
  zoneMinutes: number;
  /**
   * Set when times have no year (`yearless`) or no date (`dateless`): midnight UTC of the day that `parse` takes for the
   * first record (of its year's 1 January, when yearless). `parse` knows no more than its line; the scan, which knows
   * their order, adds a year when times fall back by more than 300 days, or a day when they fall back by more than 12 hours.
   */
  startMs?: number;
  lacks?: 'year' | 'date';
  /** Of the format's own: a learned header, the order of day and month, the columns of a W3C or CSV header, … */
  options?: unknown;
}
