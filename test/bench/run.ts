// `npm run bench`: the numbers that the product promises, measured on this machine after a build.
import type { Measure } from './measure.ts';
import { measureBackend } from './measureBackend.ts';
import { measureDiagnosis } from './measureDiagnosis.ts';
import { measureSizes } from './measureSizes.ts';
import { measureStack } from './measureStack.ts';
import { measureWorkbench } from './measureWorkbench.ts';

const groups = {
  sizes: measureSizes,
  diagnosis: measureDiagnosis,
  stack: measureStack,
  backend: measureBackend,
  workbench: measureWorkbench,
};

let passed = 0;
let failed = 0;
let skipped = 0;
console.log(`${'measure'.padEnd(34)} ${'value'.padStart(10)} ${'limit'.padStart(10)}  ok    remark`);
const chosen = process.argv.slice(2);
for (const [name, measure] of Object.entries(groups)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  try {
    for (const result of await measure()) print(result);
  } catch (error) {
    failed += 1;
    console.log(
      `${name.padEnd(34)} ${'-'.padStart(10)} ${'-'.padStart(10)}  FAIL  ${error instanceof Error ? error.message : error}`,
    );
  }
}
console.log(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function print({ title, unit, limit, value, remark }: Measure): void {
  const ok = value === undefined ? 'skip' : value <= limit ? 'ok' : 'FAIL';
  if (ok === 'skip') skipped += 1;
  else if (ok === 'ok') passed += 1;
  else failed += 1;
  const shown = value === undefined ? '-' : `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
  console.log(
    `${title.padEnd(34)} ${shown.padStart(10)} ${`${limit} ${unit}`.padStart(10)}  ${ok.padEnd(4)}  ${remark}`,
  );
}
