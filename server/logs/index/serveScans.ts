import type { MessagePort } from 'node:worker_threads';
import { JobScanner, type ScanParts } from './scanJob.ts';
import type { BlockJob, ScannedBlock } from './scannedBlock.ts';

/** To a scan thread. `spare`: the buffer of an earlier result, to be used again. */
export interface ScanRequest {
  id: number;
  job: BlockJob;
  spare?: ArrayBuffer;
}

/** From a scan thread, in the order of the requests. */
export type ScanAnswer = { id: number; block: ScannedBlock } | { id: number; error: Error };

/** Answers a pool from the thread of a worker. */
export function serveScans(port: MessagePort, parts: ScanParts): void {
  const scanner = new JobScanner(parts);
  port.on('message', ({ id, job, spare }: ScanRequest) => {
    let answer: ScanAnswer;
    try {
      answer = { id, block: scanner.scan(job, spare) };
    } catch (thrown) {
      answer = { id, error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
    }
    port.postMessage(answer, 'block' in answer ? [answer.block.buffer] : []);
  });
}
