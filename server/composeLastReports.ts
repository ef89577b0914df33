import path from 'node:path';
import { stateHome } from './runtime/stateHome.ts';
import { createLastReports, type LastReports } from './storage/lastReportFile.ts';

/** What terminals were shown, in the state folder. */
export function composeLastReports(environment: Readonly<Record<string, string | undefined>>): LastReports {
  return createLastReports(path.join(stateHome(environment).home, 'reports'));
}
