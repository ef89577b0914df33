import { causes } from 'virtual:causes';
import type { Cause } from './cause.ts';

/** Every cause below `causes/`, found by the bundler; ordered by id so that nothing depends on file names. */
export const allCauses: readonly Cause[] = (causes as unknown[]).filter(isCause).sort((a, b) => (a.id < b.id ? -1 : 1));

function isCause(value: unknown): value is Cause {
  return typeof value === 'object' && value !== null && 'judge' in value && 'id' in value;
}
