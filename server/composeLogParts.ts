import { availableParallelism } from 'node:os';
import type { LogParts } from './logs/engine/openedLog.ts';
import { createScanPool } from './logs/index/scanPool.ts';
import { moduleUrl } from './runtime/moduleUrl.ts';

/** More threads than this would only wait for the disk and for each other. */
const MAX_SCAN_THREADS = 4;

/** What opening logs needs, on this thread: scan threads of its own, one fewer than there are cores. */
export function composeLogParts(temporaryFolder: string): LogParts {
  const threads = Math.min(MAX_SCAN_THREADS, Math.max(1, availableParallelism() - 1));
  return {
    temporaryFolder,
    pool: createScanPool(moduleUrl('logScan', './logs/index/logScan.ts', import.meta.url), threads),
  };
}
