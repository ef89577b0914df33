// `npm test [-- vitest's arguments]`: builds, then types, lint and all suites. The last line is the total.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buildProduct } from './buildProduct.ts';
import { formatIncidents, type IncidentReport, readIncidentRows } from './formatIncidents.ts';
import { productRoot, TEMPORARY_PREFIX } from './locations.ts';
import { runTool } from './runTool.ts';

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

const bin = path.join(productRoot, 'node_modules');
const temporary = await mkdtemp(path.join(os.tmpdir(), `${TEMPORARY_PREFIX}tests-`));
const notVerifiedFile = path.join(temporary, 'not-verified');
const rowsFile = path.join(temporary, 'incident-rows');
const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
let ran = 0;
try {
  if (await check('build', buildProduct)) {
    await check('types (tsc)', () => mustSucceed([process.execPath, path.join(bin, 'typescript/bin/tsc'), '--pretty']));
    await check('lint and format (biome)', () =>
      mustSucceed([process.execPath, path.join(bin, '@biomejs/biome/bin/biome'), 'check', '--error-on-warnings']),
    );
    ran = await runSuites(process.argv.slice(2));
  }
  for (const line of await notVerified()) console.log(line);
} finally {
  await rm(temporary, { recursive: true, force: true });
}
if (ran === 0 && totals.failed === 0) {
  console.log('no test ran');
  totals.failed += 1;
}
process.exitCode = totals.failed === 0 ? 0 : 1;
console.log(
  `${totals.passed} passed, ${totals.failed} failed${totals.skipped === 0 ? '' : `, ${totals.skipped} skipped`}`,
);

/** Runs one check of the whole, counts it, and tells how it went. */
async function check(title: string, run: () => Promise<void>): Promise<boolean> {
  const started = Date.now();
  try {
    await run();
    totals.passed += 1;
    console.log(`✓ ${title} ${Date.now() - started} ms`);
    return true;
  } catch (error) {
    totals.failed += 1;
    console.log(`✗ ${title}\n${error instanceof Error ? error.message : error}`);
    return false;
  }
}

async function mustSucceed(argv: [string, ...string[]]): Promise<void> {
  const { exitCode, output } = await runTool(argv, { cwd: productRoot });
  if (exitCode !== 0) throw new Error(output.trim());
}

/** Runs vitest and adds its results. A file that does not load, and an error outside any test, count as one failure each. */
async function runSuites(args: string[]): Promise<number> {
  const reportFile = path.join(temporary, 'report.json');
  const vitest = [path.join(bin, 'vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json'];
  const { exitCode } = await runTool([process.execPath, ...vitest, `--outputFile.json=${reportFile}`, ...args], {
    cwd: productRoot,
    show: true,
    env: { ...process.env, TEKTRA_NOT_VERIFIED: notVerifiedFile, TEKTRA_INCIDENT_ROWS: rowsFile },
  });
  const report = await readFile(reportFile, 'utf8').then(
    (text) => JSON.parse(text) as IncidentReport,
    () => undefined,
  );
  const failedBefore = totals.failed;
  let count = 0;
  for (const file of report?.testResults ?? []) {
    for (const { status } of file.assertionResults) {
      if (status === 'passed') totals.passed += 1;
      else if (status === 'failed') totals.failed += 1;
      else totals.skipped += 1;
      if (status === 'passed' || status === 'failed') count += 1;
    }
    const ownFailure = file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed');
    if (ownFailure) totals.failed += 1;
  }
  if (exitCode !== 0 && totals.failed === failedBefore) totals.failed += 1;
  const rows = await readIncidentRows(rowsFile);
  if (report && rows.length > 0) console.log(`\n${formatIncidents(report, rows).table}\n`);
  return count;
}

/** One line for each system that a suite missed; see requireSystem. */
async function notVerified(): Promise<string[]> {
  const text = await readFile(notVerifiedFile, 'utf8').catch(() => '');
  return [...new Set(text.split('\n').filter((line) => line !== ''))].sort();
}
