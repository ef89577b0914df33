// `npm run incidents [-- the runner's arguments]`: grades `tektra diagnose` with the incidents that lie beside the checkout.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { buildProduct } from './buildProduct.ts';
import { incidentsRunner, tektraCommand } from './incidentsRunner.ts';
import { productRoot } from './locations.ts';
import { runTool } from './runTool.ts';

const args = process.argv.slice(2);
if (!existsSync(incidentsRunner)) {
  console.error(`The incidents are not here: ${path.relative(productRoot, incidentsRunner)} is missing.`);
  console.log('incidents: 0 ran');
  process.exitCode = 1;
} else {
  await buildProduct();
  const tektra = args.some((arg) => arg === '--tektra' || arg.startsWith('--tektra='))
    ? []
    : ['--tektra', tektraCommand];
  const { exitCode } = await runTool([incidentsRunner, ...tektra, ...args], { cwd: productRoot, show: true });
  process.exitCode = exitCode ?? 1;
}
