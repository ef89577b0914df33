/** The process's environment: the one place that reads it. Everything else is given what it needs. */
export const environment: Readonly<Record<string, string | undefined>> = process.env;
