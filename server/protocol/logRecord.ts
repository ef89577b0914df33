import * as z from 'zod';

export const LogLevel = z.enum(['trace', 'debug', 'info', 'notice', 'warn', 'error', 'fatal']);

/** One record, as `tektra logs --json` prints it. Absent values are left out. */
export const LogRecord = z.object({
  file: z.string(),
  /** 1-based, inclusive; every line of the file belongs to exactly one record. */
  line: z.number(),
  endLine: z.number(),
  time: z.iso.datetime().optional(),
  level: LogLevel.optional(),
  component: z.string().optional(),
  durationMs: z.number().optional(),
  message: z.string(),
  fields: z.record(z.string(), z.unknown()).optional(),
  traceId: z.string().optional(),
  template: z.object({ id: z.string(), text: z.string() }),
});
export type LogRecord = z.infer<typeof LogRecord>;

/** One template, as `tektra logs --templates --json` prints it. */
export const LogTemplate = z.object({
  id: z.string(),
  text: z.string(),
  count: z.number(),
  firstLine: z.number(),
  lastLine: z.number(),
  firstTime: z.iso.datetime().optional(),
  lastTime: z.iso.datetime().optional(),
  /** The most frequent of its records' levels. */
  level: LogLevel.optional(),
});
export type LogTemplate = z.infer<typeof LogTemplate>;

/** One thing worth looking at, as `tektra logs --anomalies --json` prints it. */
export const LogFinding = z.object({
  kind: z.enum(['new', 'rare', 'burst', 'silence', 'cascade', 'restart', 'error-group', 'slow']),
  /** Why it matters, in words, with its numbers. */
  reason: z.string(),
  file: z.string(),
  line: z.number(),
  /** Number of the record; only while the log is open. */
  record: z.number().optional(),
  time: z.iso.datetime().optional(),
  level: LogLevel.optional(),
  template: z.object({ id: z.string(), text: z.string() }).optional(),
  /** 0–1. */
  score: z.number(),
  /** Stays the same for the same finding in another run; what a suppression holds back. */
  fingerprint: z.string(),
  /** Why the user does not want to be told, when they said so. */
  suppressed: z.object({ reason: z.string(), until: z.string().optional() }).optional(),
});
export type LogFinding = z.infer<typeof LogFinding>;
