import * as z from 'zod';
import { defineRequest } from './defineMessage.ts';

/** The user's settings that the backend needs; the client reads them from the editor and sends them after the handshake and on each change. */
export const Settings = z.object({
  diagnosis: z
    .object({
      /** The whole run's time limit, in seconds. */
      timeoutSeconds: z.number().min(1).max(600).default(30),
      /** Log files to read besides those found in the workspace; relative to the workspace. */
      extraLogs: z.array(z.string()).default([]),
    })
    .prefault({}),
});
export type Settings = z.infer<typeof Settings>;

/** client → server: replaces this window's settings. */
export const setSettings = defineRequest('tektra/settings/set', Settings, z.null());
