import { ProgressType } from 'vscode-jsonrpc';
import * as z from 'zod';
import { defineNotification, defineRequest } from './defineMessage.ts';
import { LogFinding, LogRecord, LogTemplate } from './logRecord.ts';

/** Where a log comes from. */
export const LogSource = z.discriminatedUnion('kind', [
  /** `rotated`: with its predecessors (`app.log.1`, `app.log.2.gz`, …) as one stream. */
  z.object({ kind: z.literal('file'), path: z.string().min(1), rotated: z.boolean().optional() }),
  z.object({ kind: z.literal('stdin') }),
  z.object({ kind: z.literal('journal'), unit: z.string().optional() }),
  z.object({ kind: z.literal('container'), name: z.string().min(1) }),
  z.object({
    kind: z.literal('pod'),
    name: z.string().min(1),
    namespace: z.string().optional(),
    container: z.string().optional(),
  }),
  /** A document of the editor that is no local file: remote, virtual, unsaved. */
  z.object({ kind: z.literal('text'), name: z.string(), text: z.string() }),
]);
export type LogSource = z.infer<typeof LogSource>;

/** What is known of an opened log as a whole, at the moment. */
export const LogSummary = z.object({
  /** Of this opened log, until it is closed. */
  log: z.string(),
  state: z.enum(['reading', 'following', 'complete', 'failed']),
  /** Why it failed, and what to do. */
  error: z.string().optional(),
  sources: z.array(
    z.object({
      name: z.string(),
      /** "log4j", "JSON lines (pino)". */
      format: z.string(),
      indexedBytes: z.number(),
      totalBytes: z.number(),
      records: z.number(),
      lines: z.number(),
    }),
  ),
  records: z.number(),
  templates: z.number(),
  /** ms since the epoch of the earliest and latest record; absent while no record has a time. */
  from: z.number().optional(),
  to: z.number().optional(),
  /** Records by level, `none` first: 8 numbers in the order of `logLevels`. */
  levels: z.array(z.number()).length(8),
  components: z.number(),
  /** What was cut, skipped or could not be read. */
  notices: z.array(z.object({ source: z.string(), line: z.number().optional(), text: z.string() })),
});
export type LogSummary = z.infer<typeof LogSummary>;

/** A filtered list of a log's records. `all` is always there: every record. */
const view = z.string();
const log = z.string();

/** client → server: opens sources as one log, merged by time; answers as soon as the first screen can be shown. Errors: log.unreadable, request.invalid. */
export const openLog = defineRequest(
  'tektra/logs/open',
  z.object({ sources: z.array(LogSource).min(1), follow: z.boolean().optional() }),
  LogSummary,
);

/** client → server: forgets an opened log. */
export const closeLog = defineRequest('tektra/logs/close', z.object({ log }), z.null());

/** client → server: what is known of it now. Errors: log.unknown. */
export const getLog = defineRequest('tektra/logs/get', z.object({ log }), LogSummary);

/** server → client: it grew, or its state changed; at most 10 times a second. */
export const logChanged = defineNotification('tektra/logs/changed', LogSummary);

/** What a query found so far. */
export const LogView = z.object({
  view,
  /** Records that match so far. */
  matches: z.number(),
  /** Records that were looked at. */
  scanned: z.number(),
  done: z.boolean(),
  /** The query in words, for those who do not see it; absent in progress. */
  described: z.string().optional(),
});
export type LogView = z.infer<typeof LogView>;

export const logQueryProgress = new ProgressType<LogView>();

/**
 * client → server: filters; answers when the whole log was looked at, and reports progress until then. A view that is
 * not complete can be listed already. A log that grows later makes its views grow. Errors: log.unknown, log.query-invalid (with the place).
 */
export const queryLog = defineRequest(
  'tektra/logs/query',
  z.object({
    log,
    /** Empty: every record. The language: `server/logs/query`. */
    query: z.string(),
    from: z.number().optional(),
    to: z.number().optional(),
    progressToken: z.union([z.string(), z.number()]).optional(),
  }),
  LogView,
);

/** client → server: what may stand at the cursor of the filter box. Errors: log.unknown. */
export const completeLogQuery = defineRequest(
  'tektra/logs/complete',
  z.object({ log, text: z.string().max(10_000), cursor: z.number().int().min(0) }),
  z.object({
    /** What a suggestion replaces: offsets in the text. */
    from: z.number(),
    to: z.number(),
    suggestions: z.array(
      z.object({
        text: z.string(),
        label: z.string(),
        kind: z.enum(['key', 'value', 'field', 'operator']),
        detail: z.string().optional(),
      }),
    ),
  }),
);

/** One line of the table. */
export const LogRow = z.object({
  /** Number of the record; stays the same while the log is open. */
  record: z.number(),
  /** Index into `LogSummary.sources`. */
  source: z.number(),
  line: z.number(),
  time: z.number().optional(),
  /** Index into `logLevels`. */
  level: z.number(),
  component: z.string().optional(),
  /** One line, at most 1,000 characters; control and direction characters are spelled out. */
  message: z.string(),
  /** Further lines below the first (a stack trace). */
  moreLines: z.number(),
  durationMs: z.number().optional(),
  template: z.number(),
  /** Its template is new or rare in this log. */
  mark: z.enum(['new', 'rare']).optional(),
});
export type LogRow = z.infer<typeof LogRow>;

/** client → server: a piece of a view, in order of time. `position` counts within the view. Errors: log.unknown, log.view-unknown. */
export const listLogRows = defineRequest(
  'tektra/logs/rows',
  z.object({ log, view, position: z.number().int().min(0), count: z.number().int().min(1).max(1000) }),
  z.object({ rows: z.array(LogRow), matches: z.number() }),
);

/** client → server: where in a view a record, a time or a line of a source stands, or the next behind it; -1: none. */
export const findLogPosition = defineRequest(
  'tektra/logs/position',
  z.object({
    log,
    view,
    record: z.number().optional(),
    time: z.number().optional(),
    line: z.object({ source: z.number(), line: z.number() }).optional(),
  }),
  z.object({ position: z.number() }),
);

/** client → server: one record whole. Errors: log.unknown, log.gone (its file shrank or vanished). */
export const getLogRecord = defineRequest(
  'tektra/logs/record',
  z.object({ log, record: z.number() }),
  LogRecord.extend({
    record: z.number(),
    /** As it stands in the file, at most 1 MiB. */
    text: z.string(),
    cut: z.boolean(),
    /** Values of the template's parameters, in order. */
    parameters: z.array(z.object({ type: z.string(), text: z.string() })),
    /** How often its template occurs, and when first and last. */
    templateCount: z.number(),
    templateFirst: z.number().optional(),
    templateLast: z.number().optional(),
    /** What can be said of it without being asked, most telling first: sentences for a person. */
    notes: z.array(z.string()),
    /** Why the template holds what it holds. */
    because: z.string().optional(),
    /** Frames of the stack trace: `file:line` where the frame names one. */
    frames: z.array(z.object({ text: z.string(), file: z.string().optional(), line: z.number().optional() })),
  }),
);

/** client → server: records of a view over time, by level. Records without a time are left out. */
export const getLogHistogram = defineRequest(
  'tektra/logs/histogram',
  z.object({
    log,
    view,
    buckets: z.number().int().min(1).max(2000),
    from: z.number().optional(),
    to: z.number().optional(),
  }),
  z.object({
    from: z.number(),
    /** Width of a bucket in ms; 0: no record has a time. */
    step: z.number(),
    /** For each of the 8 levels its counts, bucket by bucket; a level without records is an empty list. */
    levels: z.array(z.array(z.number())),
  }),
);

/** client → server: templates of a view, with counts over time. */
export const listLogTemplates = defineRequest(
  'tektra/logs/templates',
  z.object({
    log,
    view,
    order: z.enum(['count', 'first', 'last', 'rare']).optional(),
    limit: z.number().int().max(5000).optional(),
  }),
  z.object({
    total: z.number(),
    templates: z.array(
      LogTemplate.extend({
        /** Counts in 24 equal parts of the view's time; empty when no record has a time. */
        spark: z.array(z.number()),
        /** Records a minute in the last quarter of the time over those before; absent without times. */
        trend: z.number().optional(),
        /** Percentiles of durations, ms. */
        p50: z.number().optional(),
        p99: z.number().optional(),
      }),
    ),
  }),
);

/** client → server: ranked findings, most important first; suppressed ones apart. */
export const listLogFindings = defineRequest(
  'tektra/logs/findings',
  z.object({ log, view: view.optional() }),
  z.object({ findings: z.array(LogFinding), suppressed: z.array(LogFinding) }),
);

/** client → server: counts by the value of a field, most first; with percentiles of durations. */
export const groupLog = defineRequest(
  'tektra/logs/group',
  z.object({ log, view, by: z.string().min(1), limit: z.number().int().min(1).max(1000).optional() }),
  z.object({
    groups: z.array(
      z.object({
        value: z.string(),
        count: z.number(),
        errors: z.number(),
        p50: z.number().optional(),
        p95: z.number().optional(),
        p99: z.number().optional(),
      }),
    ),
    /** Different values beyond the limit. */
    others: z.number(),
    /** Records that have no such field. */
    without: z.number(),
  }),
);

/** client → server: what differs between two views of one log, or of two: templates by change of their share. */
export const compareLogs = defineRequest(
  'tektra/logs/compare',
  z.object({ a: z.object({ log, view }), b: z.object({ log, view }), limit: z.number().int().max(1000).optional() }),
  z.object({
    recordsA: z.number(),
    recordsB: z.number(),
    templates: z.array(
      z.object({
        text: z.string(),
        level: z.string().optional(),
        countA: z.number(),
        countB: z.number(),
        record: z.number().optional(),
      }),
    ),
  }),
);

/** client → server: writes a view into a file. Errors: log.export-failed. */
export const exportLog = defineRequest(
  'tektra/logs/export',
  z.object({ log, view, format: z.enum(['jsonl', 'csv', 'text']), redact: z.boolean(), file: z.string().min(1) }),
  z.object({ records: z.number(), bytes: z.number() }),
);

/** client → server: does not tell of a kind of finding or of a template again, until then. Kept for all logs. */
export const suppressLogFinding = defineRequest(
  'tektra/logs/suppress',
  z.object({ fingerprint: z.string(), summary: z.string(), reason: z.string(), until: z.iso.datetime().optional() }),
  z.null(),
);

/** client → server: tells of it again. */
export const unsuppressLogFinding = defineRequest(
  'tektra/logs/unsuppress',
  z.object({ fingerprint: z.string() }),
  z.null(),
);
