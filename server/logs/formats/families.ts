import type { FormatFamily } from './formatFamily.ts';
import { layerFamily } from './layers/layerFamily.ts';
import { structuredFamilies } from './structured/structuredFamilies.ts';
import { textFamily } from './text/textFamily.ts';
import { w3cFamily } from './text/w3cFamily.ts';

/** Everything that can be detected. The order decides only between equal scores. */
export const families: readonly FormatFamily[] = [...structuredFamilies, layerFamily, w3cFamily, textFamily];
