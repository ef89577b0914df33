import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { formatIncidents, type IncidentReport, readIncidentRows } from './formatIncidents.ts';
import { productRoot, TEMPORARY_PREFIX } from './locations.ts';
import { runTool } from './runTool.ts';

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
    const report = JSON.parse(await readFile(reportFile, 'utf8')) as IncidentReport;
    const { table, right, wrong } = formatIncidents(report, await readIncidentRows(rowsFile));
    console.log(table);
    if (wrong > 0) console.log(`\n${output.trim().slice(-20_000)}`);
    console.log(`${right} passed, ${wrong} failed`);
    return right > 0 && wrong === 0;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
