import { formatOf } from '../formats/formatOf.ts';
import { stackFingerprint } from '../formats/stackFingerprint.ts';
import { createShapeTable } from '../templates/createShapeTable.ts';
import type { ScanParts } from './scanJob.ts';

/** What the product scans with, on any thread: the same everywhere, so that it does not matter which one scans a block. */
export function createScanParts(): ScanParts {
  return {
    formatOf,
    createShapeTable,
    fingerprint(text) {
      const trace = stackFingerprint(text);
      return trace && { key: trace.fingerprint, title: trace.headline };
    },
  };
}
