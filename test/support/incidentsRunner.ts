import { readdirSync } from 'node:fs';
import path from 'node:path';
import { productRoot, tektraCli } from './locations.ts';

const folder = path.resolve(productRoot, '../shared/incidents');

/** The program that sets incidents up, grades and tears them down. It lies beside the checkout, and may be absent. */
export const incidentsRunner = path.join(folder, 'run');

/** The built `tektra`, as the runner wants it: one string that it splits as a shell would. */
export const tektraCommand = [process.execPath, tektraCli]
  .map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
  .join(' ');

/** The names of the incidents, `01-port-conflict` …; empty when there are none. */
export function incidentNames(): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d\d-/.test(name))
      .sort();
  } catch {
    return [];
  }
}
