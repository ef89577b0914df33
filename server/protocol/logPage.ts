import * as z from 'zod';
import { defineNotification, defineRequest } from './defineMessage.ts';
import { LogSource, LogSummary } from './logs.ts';

// What the page of a log asks of the client itself. What it asks of the server stands in logs.ts; the client passes that on.

/** What a log page needs before it can ask for anything else. */
export const LogPageState = z.object({
  /** What was opened, for people. */
  title: z.string(),
  /** Kept by the page, so that the editor can bring it back after a reload. A document that is no file has no path to come back to. */
  sources: z.array(LogSource),
  /** Absent while the log is being opened, or when it cannot be. */
  summary: LogSummary.optional(),
  /** What the user came for: shown once, and again only with another number. */
  place: z
    .object({
      number: z.number(),
      /** What the filter holds; left out: what it held before. */
      query: z.string().optional(),
      /** The record of this line of the first source is selected, 1-based. */
      line: z.number().optional(),
      /** Only this time is listed, ms since the epoch. */
      range: z.object({ from: z.number(), to: z.number() }).optional(),
    })
    .optional(),
  /** Why it cannot be shown, for a person, with the next step. */
  error: z.object({ message: z.string(), action: z.string().optional() }).optional(),
});
export type LogPageState = z.infer<typeof LogPageState>;

/** webview → client: the page loaded and wants its log. */
export const getLogPage = defineRequest('tektra/logs/page/get', z.object({}), LogPageState);

/** client → webview: the log was opened, opened anew, or could not be. */
export const logPageChanged = defineNotification('tektra/logs/page/changed', LogPageState);

/** webview → client: open the log anew, after it failed or the backend ended. */
export const reopenLog = defineRequest('tektra/logs/page/reopen', z.object({}), z.null());

const place = { log: z.string(), record: z.number().int().min(0) };

/** webview → client: show a record where it stands, in the editor. `because`: why it is not shown there. */
export const openLogRecord = defineRequest(
  'tektra/logs/page/openRecord',
  z.object(place),
  z.object({ opened: z.boolean(), because: z.string().optional() }),
);

/** webview → client: show the source file that a frame of a record's stack trace names; only files of the workspace. */
export const openLogFrame = defineRequest(
  'tektra/logs/page/openFrame',
  z.object({ ...place, frame: z.number().int().min(0) }),
  z.object({ opened: z.boolean(), because: z.string().optional() }),
);

/** webview → client: which frames of a record's stack trace can be shown. */
export const findLogFrames = defineRequest(
  'tektra/logs/page/findFrames',
  z.object(place),
  z.object({ frames: z.array(z.boolean()) }),
);

/** webview → client: put text on the clipboard. */
export const copyLogText = defineRequest(
  'tektra/logs/page/copy',
  z.object({ text: z.string().max(4_194_304) }),
  z.null(),
);

/** webview → client: ask the user for a form and a file, and write a view there. `file` is absent when the user gave up. */
export const saveLogView = defineRequest(
  'tektra/logs/page/save',
  z.object({ log: z.string(), view: z.string() }),
  z.object({ file: z.string().optional(), records: z.number().optional() }),
);

/** webview → client: ask the user how long and why a finding is not to be told. */
export const askLogSuppression = defineRequest(
  'tektra/logs/page/suppress',
  z.object({ fingerprint: z.string(), summary: z.string() }),
  z.object({ suppressed: z.boolean() }),
);

/** webview → client: let the user choose another log to compare with. Null: the user gave up. */
export const openComparedLog = defineRequest('tektra/logs/page/openCompared', z.object({}), LogSummary.nullable());
