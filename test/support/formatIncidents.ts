import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FixRow, IncidentRow } from './noteIncident.ts';

interface Assertion {
  ancestorTitles: string[];
  title: string;
  status: string;
  duration?: number;
}

/** The parts of vitest's JSON report that are read here. */
export interface IncidentReport {
  testResults: { name: string; assertionResults: Assertion[]; message: string; status: string }[];
}

/** What the tests wrote down in the file that `TEKTRA_INCIDENT_ROWS` names. */
export async function readIncidentRows(file: string): Promise<(IncidentRow | FixRow)[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as IncidentRow | FixRow);
}

/** One line for each incident of the project's own (what was found, seconds), and their totals. */
export function formatIncidents(
  report: IncidentReport,
  notes: readonly (IncidentRow | FixRow)[],
): { table: string; right: number; wrong: number } {
  const rows = notes.filter((row): row is IncidentRow => !('fixed' in row));
  const lines: string[] = [];
  const seconds: number[] = [];
  const count = { right: 0, wrong: 0, healthy: 0, misleading: 0, skipped: 0 };
  for (const file of report.testResults) {
    if (path.basename(path.dirname(file.name)) !== 'incidents') continue;
    const name = path.basename(file.name, '.test.ts');
    if (file.status === 'failed' && file.assertionResults.length === 0) {
      count.wrong += 1;
      lines.push(`WRONG  ${name}: ${file.message.split('\n')[0]}`);
    }
    for (const test of file.assertionResults) {
      const full = [...test.ancestorTitles, test.title].join(' > ');
      const own = rows.filter((row) => row.file === file.name && row.test === full);
      if (test.status !== 'passed' && test.status !== 'failed') {
        count.skipped += 1;
        continue;
      }
      const right = test.status === 'passed';
      // A test of the engine's manners that diagnoses nothing is no incident.
      if (own.length === 0 && right) continue;
      count[right ? 'right' : 'wrong'] += 1;
      const last = own.at(-1);
      if (own.length > 0 && own.every(({ findings }) => findings === 0)) count.healthy += 1;
      if (/mislead/i.test(full)) count.misleading += 1;
      const took = own.map(({ durationMs }) => durationMs / 1000);
      seconds.push(...took);
      const cause = last === undefined ? '-' : (last.cause ?? 'healthy');
      const time = took.length === 0 ? '-' : `${Math.max(...took).toFixed(2)} s`;
      lines.push(`${right ? 'right' : 'WRONG'}  ${cause.padEnd(30)} ${time.padStart(8)}  ${name}: ${test.title}`);
    }
  }
  const sorted = seconds.sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  lines.push(
    '',
    `own incidents: ${count.right} right, ${count.wrong} wrong, of them ${count.healthy} healthy and ${count.misleading} misleading` +
      `${count.skipped > 0 ? `, ${count.skipped} not run here` : ''}; median ${median.toFixed(2)} s, longest ${(sorted.at(-1) ?? 0).toFixed(2)} s`,
  );
  lines.push(formatFixes(notes));
  return { table: lines.join('\n'), right: count.right, wrong: count.wrong };
}

/** Whose fixes were offered, and whose were applied for real. */
function formatFixes(notes: readonly (IncidentRow | FixRow)[]): string {
  const offered = new Set(notes.flatMap((row) => ('fixed' in row ? [] : row.offered)));
  const causesOf = (kind: FixRow['fixed']): Set<string> =>
    new Set(notes.flatMap((row) => ('fixed' in row && row.fixed === kind ? [row.cause] : [])));
  const verified = causesOf('verified');
  const never = [...offered].filter((cause) => !verified.has(cause)).sort();
  return (
    `fixes: offered for ${offered.size} causes, verified for ${verified.size}, taken back byte for byte for ${causesOf('undone').size}` +
    `${never.length === 0 ? '' : `; never applied: ${never.join(', ')}`}`
  );
}
