// The thread of the log engine, as `composeLogs.ts` starts it.
import { parentPort, workerData } from 'node:worker_threads';
import { composeLogParts } from './composeLogParts.ts';
import { createLogEngine } from './logs/engine/createLogEngine.ts';
import { serveEngine } from './logs/engine/serveEngine.ts';

if (!parentPort) throw new Error('logEngine is the module of a thread');
const { temporaryFolder } = workerData as { temporaryFolder: string };
serveEngine(parentPort, (onChange) => createLogEngine({ ...composeLogParts(temporaryFolder), onChange }));
