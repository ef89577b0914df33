import * as z from 'zod';
import { defineRequest } from './defineMessage.ts';

/** One check of Tektra itself or of what it needs. `absent`: an optional part is not there; what works without it is said in `detail`. */
export const DoctorCheck = z.object({
  name: z.string(),
  title: z.string(),
  status: z.enum(['pass', 'warn', 'fail', 'absent']),
  detail: z.string(),
  action: z.string().optional(),
  durationMs: z.number(),
});
export type DoctorCheck = z.infer<typeof DoctorCheck>;

export const DoctorReport = z.object({
  schema: z.literal(1),
  status: z.enum(['pass', 'warn', 'fail']),
  version: z.string(),
  checks: z.array(DoctorCheck),
});
export type DoctorReport = z.infer<typeof DoctorReport>;

/** client → server: runs all doctor checks, or the named ones. */
export const runDoctor = defineRequest(
  'tektra/doctor/run',
  z.object({ checks: z.array(z.string()).optional() }),
  DoctorReport,
);
