import * as z from 'zod';
import { defineRequest } from './defineMessage.ts';
import { LogFinding, LogLevel } from './logRecord.ts';

/** Most entries of each list of an outline: an editor draws no more in one document. */
export const MAX_OUTLINE = 5_000;

/** One group of errors that have one stack trace, as the outline of a document shows it. */
const ErrorGroup = z.object({
  /** The headline of the trace. */
  name: z.string(),
  count: z.number(),
  /** The first of its records, 1-based lines, inclusive. */
  records: z.array(z.object({ line: z.number(), endLine: z.number(), time: z.number().optional() })),
});

/** What an editor draws around the text of a log: the source 0 of an opened log. */
export const LogOutline = z.object({
  records: z.number(),
  /** Lines of that many bytes were covered; a file that grew since is covered by the next answer. */
  lines: z.number(),
  /** Records of more than one line. */
  folds: z.array(z.object({ line: z.number(), endLine: z.number() })),
  restarts: z.array(z.object({ line: z.number(), time: z.number().optional(), text: z.string() })),
  errorGroups: z.array(ErrorGroup),
  /** First records of templates that are new or rare. */
  marks: z.array(z.object({ line: z.number(), mark: z.enum(['new', 'rare']), why: z.string() })),
  /** By level, in the order of `logLevels`. */
  levels: z.array(z.number()).length(8),
  templates: z.number(),
  /** The most important ones. */
  findings: z.array(LogFinding),
  /** Some list was cut at `MAX_OUTLINE`. */
  cut: z.boolean(),
});
export type LogOutline = z.infer<typeof LogOutline>;

/** client → server: what an editor draws around the text. Errors: log.unknown. */
export const getLogOutline = defineRequest('tektra/logs/outline', z.object({ log: z.string() }), LogOutline);

/** The record of one line, as a hover tells it. */
export const LogLine = z.object({
  record: z.number(),
  line: z.number(),
  endLine: z.number(),
  time: z.number().optional(),
  level: LogLevel.optional(),
  component: z.string().optional(),
  traceId: z.string().optional(),
  durationMs: z.number().optional(),
  template: z.object({
    id: z.number(),
    text: z.string(),
    count: z.number(),
    first: z.number().optional(),
    last: z.number().optional(),
    /** Records a minute between its first and last; absent for fewer than two moments. */
    perMinute: z.number().optional(),
  }),
  mark: z.enum(['new', 'rare']).optional(),
});
export type LogLine = z.infer<typeof LogLine>;

/** client → server: the record that a line of source 0 belongs to; null: there is no such line. Errors: log.unknown. */
export const getLogLine = defineRequest(
  'tektra/logs/line',
  z.object({ log: z.string(), line: z.number().int().min(1) }),
  LogLine.nullable(),
);
