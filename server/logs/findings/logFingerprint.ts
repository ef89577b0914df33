import { createHash } from 'node:crypto';
import type { LogFinding } from '../../protocol/logRecord.ts';

/** Names a finding over many runs and logs: its kind and its template, headline or component, without numbers. */
export function logFingerprint(kind: LogFinding['kind'], name: string): string {
  const text = name
    .replace(/\d+(?:[.,:]\d+)*/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
  return createHash('sha256')
    .update(JSON.stringify([kind, text]))
    .digest('base64url')
    .slice(0, 22);
}
