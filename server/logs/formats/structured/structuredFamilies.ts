import type { FormatFamily } from '../formatFamily.ts';
import { csvFamily } from './csvFamily.ts';
import { jsonFamily } from './jsonFamily.ts';
import { logfmtFamily } from './logfmtFamily.ts';

/** Formats whose records name their fields: JSON lines, logfmt, CSV and their kin. */
export const structuredFamilies: readonly FormatFamily[] = [jsonFamily, logfmtFamily, csvFamily];
