import type { LogRecord } from '../../protocol/logRecord.ts';

/** Replaces secrets in a text by placeholders: `createRedactor` of server/security. */
export type Redact = (text: string) => string;

const PLACEHOLDER = /‹redacted:[^›]*›/;

/** The record, of which the fields nest as deep as `recordOf` lets them, with no secret in its texts; `password: "x"` counts by its name, also where name and value are apart. */
export function redactRecord(record: LogRecord, redact: Redact): LogRecord {
  const { component, message, fields, traceId, template } = record;
  return {
    ...record,
    ...(component === undefined ? {} : { component: redact(component) }),
    message: redact(message),
    ...(fields === undefined ? {} : { fields: redactFields(fields, redact) }),
    ...(traceId === undefined ? {} : { traceId: redact(traceId) }),
    template: { ...template, text: redact(template.text) },
  };
}

function redactFields(fields: object, redact: Redact): Record<string, unknown> {
  const entries = Object.entries(fields).map(([key, value]) => [redact(key), redactValue(key, value, redact)]);
  return Object.fromEntries(entries);
}

function redactValue(key: string, value: unknown, redact: Redact): unknown {
  if (typeof value === 'string' || typeof value === 'number') {
    const alone = redact(String(value));
    if (alone !== String(value)) return alone;
    const [placeholder] = PLACEHOLDER.exec(redact(JSON.stringify({ [key]: value }))) ?? [];
    return placeholder ?? value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redactValue(key, item, redact));
  return redactFields(value, redact);
}
