// `npm run bench`: the numbers that the product promises, measured on this machine after a build.
import { measureBackend } from './measureBackend.ts';
import { measureDiagnosis } from './measureDiagnosis.ts';
import { measureSizes } from './measureSizes.ts';
import { measureStack } from './measureStack.ts';
import { measureWorkbench } from './measureWorkbench.ts';
import { runGroups } from './runGroups.ts';

const groups = {
  sizes: measureSizes,
  diagnosis: measureDiagnosis,
  stack: measureStack,
  backend: measureBackend,
  workbench: measureWorkbench,
};

process.exitCode = await runGroups(groups, process.argv.slice(2));
