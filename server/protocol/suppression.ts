import * as z from 'zod';
import { defineRequest } from './defineMessage.ts';

/** What the user said about one finding: do not tell me of it, because of this, until then. */
export const Suppression = z.object({
  id: z.string(),
  workspace: z.string(),
  /** Of the finding; another fault of the same cause has another. */
  fingerprint: z.string(),
  cause: z.string(),
  target: z.string(),
  /** What the finding said when it was suppressed. */
  summary: z.string(),
  reason: z.string(),
  since: z.iso.datetime(),
  /** Absent: until the finding changes. */
  until: z.iso.datetime().optional(),
});
export type Suppression = z.infer<typeof Suppression>;

/** Long enough for a sentence and a ticket's address. */
export const MAX_REASON = 300;

/** client → server: holds a finding of the folder's last report back. Errors: finding.unknown, request.invalid, storage.unavailable. */
export const createSuppression = defineRequest(
  'tektra/suppression/create',
  z.object({
    workspace: z.string().min(1),
    fingerprint: z.string(),
    reason: z.string(),
    until: z.iso.datetime().optional(),
  }),
  Suppression,
);

/** client → server: tells of the finding again. Errors: suppression.unknown, storage.unavailable. */
export const removeSuppression = defineRequest(
  'tektra/suppression/remove',
  z.object({ workspace: z.string().min(1), id: z.string() }),
  Suppression,
);

/** client → server: what is suppressed in a folder now, newest first. Errors: storage.unavailable. */
export const listSuppressions = defineRequest(
  'tektra/suppression/list',
  z.object({ workspace: z.string().min(1) }),
  z.array(Suppression),
);

/** webview → client: ask the user for reason and expiry, and suppress a finding of the report that is shown. */
export const startSuppression = defineRequest('tektra/suppression/start', z.object({ finding: z.string() }), z.null());

/** webview → client: tell of a suppressed finding again. */
export const stopSuppression = defineRequest('tektra/suppression/stop', z.object({ id: z.string() }), z.null());
