import * as z from 'zod';
import { defineRequest } from './defineMessage.ts';
import { AppliedFix } from './fix.ts';

/** How far the fix is that the user chose in the view; one at a time in a window. */
export const FixState = z.discriminatedUnion('phase', [
  /** It is made ready against the system as it is now, or the user is asked. */
  z.object({ phase: z.literal('asking'), title: z.string(), label: z.string() }),
  /** A change is open in the editor, for the user to look at as long as they like; nothing is asked meanwhile. */
  z.object({
    phase: z.literal('reviewing'),
    title: z.string(),
    /** Which change, from 1, of how many. */
    change: z.number().int(),
    of: z.number().int(),
  }),
  z.object({ phase: z.literal('running'), title: z.string(), label: z.string() }),
  /** Applied, or taken back: what came of it. */
  z.object({
    phase: z.literal('done'),
    applied: AppliedFix,
    /** What is left to the user to see that it worked; absent once it was taken back. */
    verify: z.string().optional(),
  }),
  /** It did not come to that; nothing is changed now unless `message` says so. */
  z.object({
    phase: z.literal('stopped'),
    title: z.string(),
    message: z.string(),
    action: z.string().optional(),
    /** The user did not want it; else something was in the way. */
    cancelled: z.boolean(),
  }),
]);
export type FixState = z.infer<typeof FixState>;

/**
 * webview → client: make a fix of the report that is shown ready, show each of its changes and ask for it, apply it and judge again.
 * Answers when that has begun; the state tells the rest.
 */
export const startFix = defineRequest(
  'tektra/fix/start',
  z.object({
    finding: z.string(),
    fix: z.number().int().min(0),
    /** Leave the changes in place although the cause is still there. */
    keep: z.boolean().optional(),
  }),
  z.null(),
);

/** webview → client: the user has looked at the change that is open in the editor; ask now. */
export const continueFix = defineRequest('tektra/fix/continue', z.object({}), z.null());

/** webview → client: cancel the fix that goes on; what it had changed is taken back. */
export const stopFix = defineRequest('tektra/fix/stop', z.object({}), z.null());

/** webview → client: the user has read what came of the fix. */
export const closeFix = defineRequest('tektra/fix/close', z.object({}), z.null());

/** webview → client: ask whether to take an applied fix back, and do it. */
export const takeBackFix = defineRequest('tektra/fix/takeBack', z.object({ id: z.string() }), z.null());

/** webview → client: show what the commands of an applied fix printed. */
export const openFixOutput = defineRequest('tektra/fix/openOutput', z.object({ id: z.string() }), z.null());
