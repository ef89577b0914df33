// `npm run incidents [-- the runner's arguments]`: grades `tektra diagnose` with the incidents that lie beside the checkout,
// then with the project's own below test/incidents, and prints a table. With arguments, only the first.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { buildProduct } from './buildProduct.ts';
import { incidentsRunner, tektraCommand } from './incidentsRunner.ts';
import { productRoot } from './locations.ts';
import { runOwnIncidents } from './runOwnIncidents.ts';
import { runTool } from './runTool.ts';

const args = process.argv.slice(2);
await buildProduct();
let shared: 'passed' | 'failed' | 'absent' = 'absent';
if (existsSync(incidentsRunner)) {
  const named = args.some((arg) => arg === '--tektra' || arg.startsWith('--tektra='));
  const tektra = named ? [] : ['--tektra', tektraCommand];
  const { exitCode } = await runTool([incidentsRunner, ...tektra, ...args], { cwd: productRoot, show: true });
  shared = exitCode === 0 ? 'passed' : 'failed';
} else {
  console.log(`The graded incidents are not here: ${path.relative(productRoot, incidentsRunner)} is missing.`);
  if (process.env.TEKTRA_REQUIRE_ALL === '1') shared = 'failed';
}
if (args.length > 0) {
  if (shared === 'absent') console.log('incidents: 0 ran');
  process.exitCode = shared === 'passed' ? 0 : 1;
} else {
  const own = await runOwnIncidents();
  process.exitCode = own && shared !== 'failed' ? 0 : 1;
}
