import * as z from 'zod';
import { defineRequest } from './defineMessage.ts';
import { DiagnosisReport } from './diagnosis.ts';

/** Diagnoses of one folder that came to the same verdict, one after the other, as one entry. */
export const HistoryEntry = z.object({
  id: z.number().int(),
  /** When the first and the last of them began. */
  startedAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  /** How many. */
  runs: z.number().int().min(1),
  status: z.enum(['pass', 'warn', 'fail']),
  /** The root cause; absent when nothing was found. */
  root: z.object({ cause: z.string(), target: z.string(), summary: z.string() }).optional(),
  /** Findings, and suppressed ones, of the last of them. */
  findings: z.number().int(),
  suppressed: z.number().int(),
  /** Of the last of them. */
  durationMs: z.number(),
});
export type HistoryEntry = z.infer<typeof HistoryEntry>;

/** client → server: the past diagnoses of a folder, newest first. Errors: storage.unavailable. */
export const listHistory = defineRequest(
  'tektra/history/list',
  z.object({ workspace: z.string().min(1) }),
  z.array(HistoryEntry),
);

/** client → server: the last report of an entry, as it was. Errors: history.unknown, storage.unavailable. */
export const getHistory = defineRequest(
  'tektra/history/get',
  z.object({ workspace: z.string().min(1), id: z.number().int() }),
  DiagnosisReport,
);

/** webview → client: load the past diagnoses of the selected folder into the state, and keep them up to date. */
export const openHistory = defineRequest('tektra/history/open', z.object({}), z.null());

/** webview → client: show the report of one entry in place of the last one; without an id, the last one again. */
export const openPast = defineRequest(
  'tektra/history/openPast',
  z.object({ id: z.number().int().optional() }),
  z.null(),
);
