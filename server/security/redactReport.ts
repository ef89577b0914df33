import type { DiagnosisReport } from '../protocol/diagnosis.ts';
import { createRedactor } from './redactText.ts';
import type { Secret } from './secret.ts';

/** Fields that hold no free text; the names of files and targets must stay as they are to be resolved. */
const KEPT = new Set([
  'schema',
  'status',
  'workspace',
  'startedAt',
  'durationMs',
  'time',
  'id',
  'cause',
  'category',
  'confidence',
  'explains',
  'kind',
  'risk',
  'file',
  'source',
  'line',
  'name',
  'dependsOn',
  'target',
]);

/** The report with no secret in any of its texts. The one border that every surface's report has passed. */
export function redactReport(report: DiagnosisReport, secrets: readonly Secret[]): DiagnosisReport {
  return redactTexts(report, secrets);
}

/** Any answer about findings with no secret in its texts: every string but those of the fields that name things. */
export function redactTexts<T>(answer: T, secrets: readonly Secret[]): T {
  const redact = createRedactor(secrets);
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return redact(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, KEPT.has(key) && !isNested(inner) ? inner : walk(inner)]),
      );
    return value;
  };
  return walk(answer) as T;
}

function isNested(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(Array.isArray(value) && value.every((item) => typeof item === 'string'))
  );
}
