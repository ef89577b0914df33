import { logLevels } from '../../server/protocol/logLevels.ts';

export type LevelCode = number;

export const ERROR = logLevels.indexOf('error');
export const WARN = logLevels.indexOf('warn');

/** What a level is called on the page. */
export function levelText(code: LevelCode): string {
  return code === 0 ? 'no level' : (logLevels[code] ?? '');
}

/** @param name of a finding or a template; none: 0 */
export function levelOf(name: string | undefined): LevelCode {
  return name === undefined ? 0 : Math.max(0, (logLevels as readonly string[]).indexOf(name));
}

/** A shape for each level on a 12 × 12 grid, so that no level is told by its colour alone; filled from `warn` on. */
export const levelShapes: readonly string[] = [
  'M3 6h6',
  'M5.25 6h1.5',
  'M3.75 6h4.500',
  'M6 3.250a2.750 2.750 0 1 0 .01 0Z',
  'M6 2 10 6 6 10 2 6Z',
  'M6 1.250 11.250 10.500H.750Z',
  'M6 1a5 5 0 1 0 .01 0Z',
  'M3.750.750h4.500L11.250 3.750v4.500L8.250 11.250h-4.500L.750 8.250v-4.500Z',
];

/** What is drawn on a filled shape, in the colour of what is below it. */
export const levelSigns: readonly string[] = [
  '',
  '',
  '',
  '',
  '',
  'M6 4.500v2.750M6 8.900v.01',
  'm4.250 4.250 3.500 3.500m0-3.500-3.500 3.500',
  'M6 3.250v3.500M6 8.700v.01',
];
