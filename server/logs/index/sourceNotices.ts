import type { PlainLog } from '../reading/plainLog.ts';
import { LOOK_BYTES } from './scanLimits.ts';
import type { ScannedBlock } from './scannedBlock.ts';

/** What a user is told of the reading of one source: one notice of each kind. */
export class SourceNotices {
  readonly #log: PlainLog;
  #long = 0;
  #firstLong = 0;
  #failed = 0;
  #firstFailed = 0;
  #shrank = false;
  #error: string | undefined;

  constructor(log: PlainLog) {
    this.#log = log;
  }

  /** @param lines of the source before the block */
  add(block: ScannedBlock, lines: number): void {
    if (this.#long === 0) this.#firstLong = lines + block.firstLong + 1;
    this.#long += block.longLines;
    if (this.#failed === 0) this.#firstFailed = lines + block.firstFailed + 1;
    this.#failed += block.failedLines;
  }

  shrank(): void {
    this.#shrank = true;
  }

  failed(error: unknown): void {
    this.#error = error instanceof Error ? error.message : String(error);
  }

  list(): { line?: number; text: string }[] {
    const list: { line?: number; text: string }[] = this.#log.notices.map((text) => ({ text }));
    if (this.#long > 0) {
      const lines = this.#long === 1 ? 'A line is' : `${this.#long} lines are`;
      list.push({
        line: this.#firstLong,
        text: `${lines} longer than ${LOOK_BYTES / 1024} KiB: no more was searched for fields`,
      });
    }
    if (this.#failed > 0) {
      const lines = this.#failed === 1 ? 'A line' : `${this.#failed} lines`;
      list.push({ line: this.#firstFailed, text: `${lines} could not be parsed` });
    }
    if (this.#shrank) list.push({ text: 'The file became shorter while it was read: what was behind is missing' });
    if (this.#error !== undefined) list.push({ text: `It could not be read to its end: ${this.#error}` });
    return list;
  }
}
