import * as z from 'zod';
import { defineNotification, defineRequest } from './defineMessage.ts';

export const HealthStatus = z.enum(['pass', 'warn', 'fail']);
export type HealthStatus = z.infer<typeof HealthStatus>;

/** One named check of the backend or of the machine (draft-inadarei-api-health-check). */
export const HealthCheck = z.object({
  component: z.string(),
  status: HealthStatus,
  observedValue: z.union([z.number(), z.string()]).optional(),
  observedUnit: z.string().optional(),
  output: z.string().optional(),
  time: z.iso.datetime(),
});
export type HealthCheck = z.infer<typeof HealthCheck>;

export const HealthReport = z.object({
  status: HealthStatus,
  version: z.string(),
  pid: z.number().int(),
  uptimeSeconds: z.number(),
  checks: z.array(HealthCheck),
});
export type HealthReport = z.infer<typeof HealthReport>;

/** client → server: all checks, now. */
export const getHealth = defineRequest('tektra/health/get', z.object({}), HealthReport);

/** What the status bar shows of the backend process. The client derives it; the webview receives it. */
export const BackendState = z.object({
  phase: z.enum(['stopped', 'starting', 'running', 'failed']),
  /** Why it failed or stopped, for a person. */
  message: z.string().optional(),
  httpPort: z.number().int().optional(),
});
export type BackendState = z.infer<typeof BackendState>;

/** client → webview: the backend process started, stopped or failed. */
export const backendChanged = defineNotification('tektra/backend/changed', BackendState);
