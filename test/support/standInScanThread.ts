import { parentPort } from 'node:worker_threads';
import { serveScans } from '../../server/logs/index/serveScans.ts';
import { standInParts } from './plainStandIns.ts';

if (parentPort) serveScans(parentPort, standInParts());
