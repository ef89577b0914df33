import { readSync } from 'node:fs';
import type { FormatPlan, LogFormat } from '../formats/logFormat.ts';
import type { ShapeTable } from '../templates/template.ts';
import { BlockScanner } from './scanBlock.ts';
import { READ_BEFORE, READ_BEHIND } from './scanLimits.ts';
import type { BlockJob, ScannedBlock } from './scannedBlock.ts';
import type { StackFingerprint } from './stackGroups.ts';

/** What a scan is made of; every thread has its own. */
export interface ScanParts {
  formatOf(plan: FormatPlan): LogFormat;
  createShapeTable(): ShapeTable;
  fingerprint: StackFingerprint;
}

/** Scans blocks of any source, one at a time. */
export class JobScanner {
  readonly #parts: ScanParts;
  readonly #scanners = new Map<string, BlockScanner>();
  /** The largest block so far with what stands around it: 2 MiB and 200 KiB. */
  #bytes = Buffer.alloc(0);

  constructor(parts: ScanParts) {
    this.#parts = parts;
  }

  /** @param spare a buffer of an earlier result that is not needed any more */
  scan(job: BlockJob, spare?: ArrayBuffer): ScannedBlock {
    const { from, base, limit, final } = job;
    const origin = Math.max(base, from - READ_BEFORE);
    const wanted = Math.min(limit, job.to + READ_BEHIND) - origin;
    if (this.#bytes.length < wanted) this.#bytes = Buffer.allocUnsafeSlow(wanted);
    const read = readFully(job.descriptor, this.#bytes, wanted, origin);
    const short = read < wanted;
    const to = Math.max(from, Math.min(job.to, origin + read));
    const scanner = this.#scannerOf(job);
    const shapes = this.#parts.createShapeTable();
    scanner.scan(
      this.#bytes.subarray(0, read),
      {
        from: from - origin,
        to: to - origin,
        first: from === base,
        atLimit: short || origin + read >= limit,
        final: final || short,
      },
      shapes,
    );
    const columns = scanner.columns.pack(spare);
    const shapeCounts = new Uint32Array(shapes.size);
    for (const shape of columns.shapes) shapeCounts[shape] = (shapeCounts[shape] as number) + 1;
    return {
      ...columns,
      from,
      to: scanner.resume + origin,
      count: scanner.columns.count,
      lines: scanner.lines,
      unfinished: scanner.unfinished < 0 ? -1 : scanner.unfinished + origin,
      short,
      shapeTexts: shapes.texts(),
      shapeCounts,
      componentNames: scanner.components.texts(job.encoding),
      stackGroups: scanner.stacks.groups(),
      traceHashes: scanner.traces.hashes(),
      traceRecords: Uint32Array.from(scanner.traceRecords),
      longLines: scanner.longLines,
      firstLong: scanner.firstLong,
      failedLines: scanner.failedLines,
      firstFailed: scanner.firstFailed,
    };
  }

  #scannerOf({ plan, planKey, encoding }: BlockJob): BlockScanner {
    let scanner = this.#scanners.get(planKey);
    if (!scanner) {
      scanner = new BlockScanner(this.#parts.formatOf(plan), encoding, this.#parts.fingerprint);
      // Scanners are cheap to make again; a pool that many logs pass through must not keep one for each.
      if (this.#scanners.size >= MAX_SCANNERS) this.#scanners.clear();
      this.#scanners.set(planKey, scanner);
    }
    return scanner;
  }
}

const MAX_SCANNERS = 16;

/** @returns how many bytes there were, at most `length` */
export function readFully(descriptor: number, into: Uint8Array, length: number, position: number): number {
  let read = 0;
  while (read < length) {
    const count = readSync(descriptor, into, read, length - read, position + read);
    if (count === 0) break;
    read += count;
  }
  return read;
}
