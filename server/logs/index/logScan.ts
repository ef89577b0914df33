// The entry of a scan thread; `createScanPool` starts it.
import { parentPort } from 'node:worker_threads';
import { createScanParts } from './createScanParts.ts';
import { serveScans } from './serveScans.ts';

if (parentPort) serveScans(parentPort, createScanParts());
