import { HashTable } from './hashTable.ts';
import type { Dictionary } from './logIndex.ts';
import { NameHash } from './nameHash.ts';
import { NAME_BYTES } from './scanLimits.ts';

/**
 * Traces by the hash of their ids: there may be one for each few records. Their texts are not kept but read again from
 * the record that each stands in first. At most `limit` traces (28 bytes each, 40 while the table grows); those that
 * come later have number 0, as if their records told none.
 */
export class TraceDictionary implements Dictionary {
  readonly #limit: number;
  readonly #textIn: (record: number, hash: readonly [high: number, low: number]) => string;
  readonly #table = new HashTable();
  readonly #hash = new NameHash();
  #records = new Uint32Array(1_024);
  #refused = false;

  /** @param textIn finds the trace with this hash in a record; '' when it cannot be read any more */
  constructor(limit: number, textIn: (record: number, hash: readonly [high: number, low: number]) => string) {
    this.#limit = limit;
    this.#textIn = textIn;
  }

  get size(): number {
    return this.#table.size;
  }

  get full(): boolean {
    return this.#refused;
  }

  /** @param record that tells it */
  add(high: number, low: number, record: number): number {
    const known = this.#table.find(high, low);
    if (known !== 0) return known;
    if (this.#table.size > this.#limit) {
      this.#refused = true;
      return 0;
    }
    const number = this.#table.add(high, low);
    if (number >= this.#records.length) {
      const records = new Uint32Array(2 * this.#records.length);
      records.set(this.#records);
      this.#records = records;
    }
    this.#records[number] = record;
    return number;
  }

  text(number: number): string {
    if (!(number > 0 && number < this.#table.size)) return '';
    return this.#textIn(this.#records[number] as number, this.#table.hash(number));
  }

  find(text: string): number {
    for (const encoding of ['utf8', 'latin1'] as const) {
      const bytes = Buffer.from(text, encoding);
      this.#hash.of(bytes, 0, Math.min(bytes.length, NAME_BYTES));
      const number = this.#table.find(this.#hash.high, this.#hash.low);
      if (number !== 0) return number;
    }
    return 0;
  }
}
