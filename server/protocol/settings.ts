import * as z from 'zod';
import { defineRequest } from './defineMessage.ts';

/** A format of logs that the user describes. */
export const LogFormatSetting = z.object({
  name: z.string().min(1).max(100),
  /** A regular expression (RE2) with the named groups time, level, component, message, trace, duration (ms). */
  pattern: z.string().min(1).max(2_000),
  /** How `time` is written, as strftime writes it; absent: found out from the log. */
  timeFormat: z.string().max(200).optional(),
});
export type LogFormatSetting = z.infer<typeof LogFormatSetting>;

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
  logs: z
    .object({
      /** Tried ahead of the formats that are known. */
      formats: z.array(LogFormatSetting).max(100).default([]),
    })
    .prefault({}),
});
export type Settings = z.infer<typeof Settings>;

/** client → server: replaces this window's settings. */
export const setSettings = defineRequest('tektra/settings/set', Settings, z.null());
