import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { productRoot, TEMPORARY_PREFIX } from './locations.ts';
import type { IncidentRow } from './noteIncident.ts';
import { runTool } from './runTool.ts';

interface Assertion {
  ancestorTitles: string[];
  title: string;
  status: string;
  duration?: number;
}

interface VitestReport {
  testResults: { name: string; assertionResults: Assertion[]; message: string; status: string }[];
}

const vitest = path.join(productRoot, 'node_modules/vitest/vitest.mjs');

/**
 * Runs the project's own incidents and prints them as a table: what was found, whether the test agrees, seconds.
 * @returns whether there were any and all were right
 */
export async function runOwnIncidents(): Promise<boolean> {
  const temporary = await mkdtemp(path.join(os.tmpdir(), `${TEMPORARY_PREFIX}incidents-`));
  try {
    const reportFile = path.join(temporary, 'report.json');
    const rowsFile = path.join(temporary, 'rows');
    const argv = [vitest, 'run', '--project', 'incidents', '--reporter=json', `--outputFile.json=${reportFile}`];
    const { output } = await runTool([process.execPath, ...argv], {
      cwd: productRoot,
      env: { ...process.env, TEKTRA_INCIDENT_ROWS: rowsFile },
    });
    const report = JSON.parse(await readFile(reportFile, 'utf8')) as VitestReport;
    const rows = (await readFile(rowsFile, 'utf8').catch(() => ''))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as IncidentRow);
    return print(report, rows, output);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function print(report: VitestReport, rows: readonly IncidentRow[], output: string): boolean {
  const lines: string[] = [];
  const seconds: number[] = [];
  const count = { right: 0, wrong: 0, healthy: 0, misleading: 0, skipped: 0 };
  for (const file of report.testResults) {
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
      if (/healthy|silent|nothing/i.test(full)) count.healthy += 1;
      if (/mislead/i.test(full)) count.misleading += 1;
      const last = own.at(-1);
      const took = own.map(({ durationMs }) => durationMs / 1000);
      seconds.push(...took);
      const cause = last === undefined ? '-' : (last.cause ?? 'healthy');
      const time = took.length === 0 ? '-' : `${Math.max(...took).toFixed(2)} s`;
      lines.push(`${right ? 'right' : 'WRONG'}  ${cause.padEnd(30)} ${time.padStart(8)}  ${name}: ${test.title}`);
    }
  }
  console.log(lines.join('\n'));
  if (count.wrong > 0) console.log(`\n${output.trim().slice(-20_000)}`);
  const sorted = seconds.sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  console.log(
    `\nown incidents: ${count.right} right, ${count.wrong} wrong, of them ${count.healthy} healthy and ${count.misleading} misleading` +
      `${count.skipped > 0 ? `, ${count.skipped} not run here` : ''}; median ${median.toFixed(2)} s, longest ${(sorted.at(-1) ?? 0).toFixed(2)} s`,
  );
  console.log(`${count.right} passed, ${count.wrong} failed`);
  return count.right > 0 && count.wrong === 0;
}
