import { closeSync, readSync } from 'node:fs';
import type { PlainLog } from './plainLog.ts';
import { BINARY_NOTICE } from './spool.ts';
import { EncodingEvidence } from './textEncoding.ts';

/** Where a file is looked at to tell its encoding: its begin, and as many places behind it. */
const SAMPLES = 8;
const SAMPLE_BYTES = 65_536;

/** A plain file that is read where it lies. */
export class FileLog implements PlainLog {
  readonly name: string;
  readonly notices: string[] = [];
  readonly encoding: 'utf-8' | 'latin1';
  descriptor: number;
  size: number;
  complete: boolean;
  /** Closed at the end: a descriptor that was replaced may be in use when it is. */
  readonly #descriptors: number[] = [];

  /** @param complete it is not followed */
  constructor(name: string, descriptor: number, size: number, complete: boolean) {
    this.name = name;
    this.descriptor = descriptor;
    this.size = size;
    this.complete = complete;
    this.#descriptors.push(descriptor);
    const evidence = new EncodingEvidence();
    const piece = new Uint8Array(SAMPLE_BYTES);
    const step = Math.max(SAMPLE_BYTES, Math.floor(size / SAMPLES));
    for (let at = 0; at < size; at += step) {
      evidence.add(piece.subarray(0, readSync(descriptor, piece, 0, SAMPLE_BYTES, at)));
    }
    this.encoding = evidence.encoding;
    if (evidence.isBinary) this.notices.push(BINARY_NOTICE);
  }

  /** Its bytes lie in another file now, which has so many of them. */
  moveTo(descriptor: number, size: number): void {
    this.#descriptors.push(descriptor);
    this.descriptor = descriptor;
    this.size = size;
  }

  dispose(): void {
    for (const descriptor of this.#descriptors.splice(0)) closeSync(descriptor);
  }
}
