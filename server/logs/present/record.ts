export type Level = 'trace' | 'debug' | 'info' | 'notice' | 'warn' | 'error' | 'fatal';

/** One entry of a log: a header line with all lines that belong to it, or a block of crash output that has no header. */
export interface LogRecord {
  /** 1-based, inclusive. */
  line: number;
  endLine: number;
  time: Date | undefined;
  level: Level | undefined;
  /** What the entry says, in one line: the message, or the headline of a crash. */
  message: string;
  /** All lines as written. */
  text: string;
  /** Output that no logger wrote: an uncaught exception, a panic, a shell's complaint. The process ended or is ending. */
  crash: boolean;
  /** 1-based line of the headline inside the file. */
  headline: number;
}

const SEVERE: ReadonlySet<Level | undefined> = new Set<Level | undefined>(['error', 'fatal']);

export function isError(record: LogRecord): boolean {
  return record.crash || SEVERE.has(record.level);
}
