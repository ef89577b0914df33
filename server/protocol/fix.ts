import { ProgressType } from 'vscode-jsonrpc';
import * as z from 'zod';
import { defineRequest } from './defineMessage.ts';
import { Change, Fix } from './diagnosis.ts';

/** One change of a plan, as it will be made. Its texts have no secrets: what is redacted in them stays as it is in the file. */
export const PlannedChange = z.object({
  /** Names exactly this change of exactly this plan; to approve a change is to send it back. */
  digest: z.string(),
  change: Change,
});
export type PlannedChange = z.infer<typeof PlannedChange>;

/** A fix that was made ready against the system as it is now: what is shown here is what would be done. */
export const FixPlan = z.object({
  /** Names the plan; it is good for one application and for a few minutes. */
  token: z.string(),
  workspace: z.string(),
  cause: z.string(),
  target: z.string(),
  summary: z.string(),
  fix: Fix,
  changes: z.array(PlannedChange),
});
export type FixPlan = z.infer<typeof FixPlan>;

/** What came of a fix. */
export const FixOutcome = z.discriminatedUnion('kind', [
  /** The cause was judged again and is gone. `because`: the fact that refutes it now, when there is one. */
  z.object({ kind: z.literal('verified'), because: z.string().optional() }),
  /** The cause is still there. `undone`: the changes were taken back. */
  z.object({ kind: z.literal('stillThere'), because: z.string(), undone: z.boolean() }),
  /** The changes were made, but the cause could not be judged again. */
  z.object({ kind: z.literal('unverified'), because: z.string() }),
  /** A change could not be made; those before it were taken back where `undone` says so. */
  z.object({ kind: z.literal('failed'), because: z.string(), undone: z.boolean() }),
  /** Taken back by the user later. */
  z.object({ kind: z.literal('undone') }),
]);
export type FixOutcome = z.infer<typeof FixOutcome>;

/** A fix that was applied, whatever came of it. */
export const AppliedFix = z.object({
  id: z.string(),
  workspace: z.string(),
  cause: z.string(),
  target: z.string(),
  summary: z.string(),
  title: z.string(),
  appliedAt: z.iso.datetime(),
  outcome: FixOutcome,
  /** What the commands of it printed, the end of it, redacted. */
  output: z.string().optional(),
  /** Tektra can take it back now. */
  undo: z.boolean(),
});
export type AppliedFix = z.infer<typeof AppliedFix>;

export const FixRequest = z.object({
  workspace: z.string().min(1),
  /** The finding, by what it is: ids of findings belong to one report only. */
  cause: z.string(),
  target: z.string(),
  /** Of the finding; tells it from another of the same cause and target. */
  fingerprint: z.string().optional(),
  /** Which of its fixes, from 0. */
  fix: z.number().int().min(0),
  /** Answers to the fix's inputs, by name. */
  inputs: z.record(z.string(), z.string()).optional(),
});
export type FixRequest = z.infer<typeof FixRequest>;

export const RunFixRequest = z.object({
  token: z.string(),
  /** The digests of all changes, in order: whoever sends them has shown each change to a person who agreed to it. */
  approved: z.array(z.string()),
  /** Leave the changes in place although the cause is still there. Default: they are taken back. */
  keep: z.boolean().optional(),
  /** Correlates `$/progress` with this run. */
  progressToken: z.union([z.string(), z.number()]).optional(),
});
export type RunFixRequest = z.infer<typeof RunFixRequest>;

/** What happens now, for a person: "Changing .env", "Judging port.conflict again". */
export interface FixProgress {
  label: string;
}

/**
 * client → server: judges the cause again and makes one of its fixes ready; changes nothing.
 * Errors: finding.unknown (the cause is gone by now), fix.unknown, fix.stale, request.invalid (an input is missing), workspace.unreadable.
 */
export const getFix = defineRequest('tektra/fix/get', FixRequest, FixPlan);

/**
 * client → server: applies a plan, judges the cause again, and takes the changes back when it is still there.
 * Cancel with `$/cancelRequest`: what was changed is taken back. Errors: fix.stale (the plan is too old, or a file changed since), fix.refused.
 */
export const runFix = defineRequest('tektra/fix/run', RunFixRequest, AppliedFix);

/** client → server: takes an applied fix back, byte for byte. Errors: fix.unknown, fix.stale (a file changed since). */
export const undoFix = defineRequest(
  'tektra/fix/undo',
  z.object({ workspace: z.string().min(1), id: z.string() }),
  AppliedFix,
);

/** client → server: the fixes that were applied in a folder, newest first. */
export const listFixes = defineRequest(
  'tektra/fix/list',
  z.object({ workspace: z.string().min(1) }),
  z.array(AppliedFix),
);

/** Progress of `runFix`, under the token of its request. */
export const fixProgress = new ProgressType<FixProgress>();
