/** Levels by their number in rows and counts. A file of its own, so that a scan thread does not load the schemas. */
export const logLevels = ['none', 'trace', 'debug', 'info', 'notice', 'warn', 'error', 'fatal'] as const;
