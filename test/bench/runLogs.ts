// `npm run bench:logs`: what the log analysis promises, beside its peers in the same run.
import { measureExplosion } from './logs/measureExplosion.ts';
import { measureFindings } from './logs/measureFindings.ts';
import { measureJson } from './logs/measureJson.ts';
import { measureQuery } from './logs/measureQuery.ts';
import { measureScan } from './logs/measureScan.ts';
import { measureTemplates } from './logs/measureTemplates.ts';
import { measureView } from './logs/measureView.ts';
import { runGroups } from './runGroups.ts';

const large = process.argv.includes('--large');
const groups = {
  templates: measureTemplates,
  explosion: measureExplosion,
  findings: measureFindings,
  scan: () => measureScan({ large }),
  json: measureJson,
  query: measureQuery,
  view: measureView,
};

const chosen = process.argv.slice(2).filter((name) => name !== '--large');
process.exitCode = await runGroups(groups, chosen);
