import * as z from 'zod';
import { defineNotification, defineRequest } from './defineMessage.ts';
import { Check, DiagnosisQuestion, DiagnosisReport } from './diagnosis.ts';
import { AppliedFix } from './fix.ts';
import { FixState } from './fixState.ts';
import { BackendState, HealthStatus } from './health.ts';
import { HistoryEntry } from './history.ts';

/** All that the troubleshooting view needs to draw itself. */
export const TroubleshootingState = z.object({
  backend: BackendState,
  /** Folders open in this window; the view offers a choice when there are several. */
  workspaces: z.array(z.object({ path: z.string(), name: z.string(), status: HealthStatus.optional() })),
  /** Names of open folders that are not on the local disk (virtual file systems): they cannot be diagnosed. */
  unsupported: z.array(z.string()).optional(),
  selected: z.string().optional(),
  report: DiagnosisReport.optional(),
  /** A run that goes on now, started from anywhere in this window. */
  running: z
    .object({
      done: z.number(),
      total: z.number(),
      label: z.string(),
      checks: z.array(Check).optional(),
      /** Nobody asked for it: it must not push aside what the user reads. */
      background: z.boolean().optional(),
    })
    .optional(),
  /** The user wants to choose a category or to describe a symptom. */
  guide: z.boolean().optional(),
  /** Why the last run failed, for a person, with the next step. Absent after a success or a cancellation. */
  error: z.object({ message: z.string(), action: z.string().optional() }).optional(),
  /** Workspace Trust: in an untrusted workspace nothing is diagnosed. */
  trusted: z.boolean(),
  /** The fix that is being applied, or what came of the last one. */
  fix: FixState.optional(),
  /** Fixes that were applied in the selected folder, newest first. */
  applied: z.array(AppliedFix).optional(),
  /** Past diagnoses of the selected folder, newest first; once they were asked for. */
  history: z.array(HistoryEntry).optional(),
  /** A report of the past that is shown in place of `report`, to be read only. */
  past: DiagnosisReport.optional(),
});
export type TroubleshootingState = z.infer<typeof TroubleshootingState>;

/** webview → client: the view loaded and wants its state. */
export const getTroubleshooting = defineRequest('tektra/troubleshooting/get', z.object({}), TroubleshootingState);

/** client → webview: the state changed; it replaces the old one whole. */
export const troubleshootingChanged = defineNotification('tektra/troubleshooting/changed', TroubleshootingState);

/**
 * webview → client: diagnose the selected folder; answers when the run was started, the state tells the rest.
 * Without a question, what was asked last is asked again.
 */
export const startTroubleshooting = defineRequest(
  'tektra/troubleshooting/start',
  z.object({ workspace: z.string().optional(), question: DiagnosisQuestion.optional() }),
  z.null(),
);

/** webview → client: show another folder of the window; a folder never diagnosed is not run by this. */
export const selectTroubleshooting = defineRequest(
  'tektra/troubleshooting/select',
  z.object({ workspace: z.string() }),
  z.null(),
);

/** webview → client: stop the run that goes on. */
export const stopTroubleshooting = defineRequest('tektra/troubleshooting/stop', z.object({}), z.null());

/** webview → client: give up one check of the run that goes on; what needs it becomes unknown. */
export const skipTroubleshooting = defineRequest(
  'tektra/troubleshooting/skip',
  z.object({ check: z.string() }),
  z.null(),
);

/** webview → client: let the user choose a category or describe a symptom. */
export const openGuide = defineRequest('tektra/guide/open', z.object({}), z.null());

/** webview → client: back to the verdict. */
export const closeGuide = defineRequest('tektra/guide/close', z.object({}), z.null());

/** webview → client: open the place that a piece of evidence names (`path:line`, relative to the workspace). */
export const openEvidence = defineRequest(
  'tektra/evidence/open',
  z.object({ source: z.string() }),
  z.object({ opened: z.boolean() }),
);

/** webview → client: show what a fix would change, as a diff or as the exact argv; changes nothing. */
export const previewFix = defineRequest(
  'tektra/fix/preview',
  z.object({ finding: z.string(), fix: z.number().int().min(0) }),
  z.null(),
);

/** webview → client: restart the backend after it failed. */
export const restartBackend = defineRequest('tektra/backend/restart', z.object({}), z.null());

/** webview → client: open Tektra's own log. */
export const openLog = defineRequest('tektra/log/open', z.object({}), z.null());

/** webview → client: let the user decide whether to trust this workspace. */
export const openTrust = defineRequest('tektra/trust/open', z.object({}), z.null());

/** webview → client: let the user choose a folder to open. */
export const openFolder = defineRequest('tektra/folder/open', z.object({}), z.null());
