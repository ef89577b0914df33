import { NameHash } from './nameHash.ts';
import type { StackGroup } from './scannedBlock.ts';

/** Finds the group of a stack trace: traces that differ in numbers and addresses alone are one. undefined: the text holds no trace. */
export type StackFingerprint = (text: string) => StackGroup | undefined;

/** Error groups of one block. The same trace is often written again and again: its fingerprint is worked out once. */
export class StackGroups {
  readonly #fingerprint: StackFingerprint;
  readonly #hash = new NameHash();
  readonly #seen = new Map<number, number>();
  readonly #numbers = new Map<string, number>();
  #groups: StackGroup[] = [];

  constructor(fingerprint: StackFingerprint) {
    this.#fingerprint = fingerprint;
  }

  /** @returns the block's number of the group, from 1; 0: no stack trace */
  ofBytes(bytes: Buffer, start: number, end: number, encoding: BufferEncoding): number {
    this.#hash.of(bytes, start, end);
    // 53 bits of the hash: exact as a number.
    const key = this.#hash.high * 0x20_0000 + (this.#hash.low >>> 11);
    const known = this.#seen.get(key);
    if (known !== undefined) return known;
    const number = this.ofText(bytes.toString(encoding, start, end));
    this.#seen.set(key, number);
    return number;
  }

  ofText(text: string): number {
    const group = this.#fingerprint(text);
    if (group === undefined) return 0;
    const known = this.#numbers.get(group.key);
    if (known !== undefined) return known;
    this.#groups.push(group);
    this.#numbers.set(group.key, this.#groups.length);
    return this.#groups.length;
  }

  /** Number n stands at n − 1. */
  groups(): readonly StackGroup[] {
    return this.#groups;
  }

  clear(): void {
    this.#seen.clear();
    this.#numbers.clear();
    this.#groups = [];
  }
}
