import { skipSpace, stringEnd, valueEnd } from './skipJson.ts';
import { Unescaped } from './unescaped.ts';

/** A scanned line and the one before it, 64 KiB each. */
const SCRATCH = 131_072 + 16;

/** Reads a line of an inner log out of one key of an object of JSON. */
export class LayerReader {
  readonly text = new Unescaped(SCRATCH);
  /** Of the line read last: it lacks the line feed that ends the inner log's lines, so that the next entry goes on with it. */
  open = false;
  readonly key: string;
  /** Whether lines of the inner log end with a line feed, and are split where they do not. */
  readonly splits: boolean;
  readonly #name: Uint8Array;
  readonly #stream = new TextEncoder().encode('stream');
  #valueStart = 0;
  #valueEnd = 0;

  constructor(key: string) {
    this.key = key;
    this.splits = key === 'log';
    this.#name = new TextEncoder().encode(key);
  }

  /**
   * Puts the inner line of the line bytes[start, end) into `text` at `to`, without its line feed.
   * @returns behind its last byte; -1: the key has no text there
   */
  read(bytes: Uint8Array, start: number, end: number, to: number): number {
    this.open = false;
    if (!this.#find(bytes, start, end, this.#name)) return -1;
    const from = this.#valueStart;
    const close = this.#valueEnd;
    // What is longer than a scanned line is cut.
    let behind = this.text.fill(bytes, from, Math.min(close, from + 65_536), to);
    const { bytes: text } = this.text;
    this.open = this.splits && !endsWithFeed(bytes, from, close);
    if (behind > to && text[behind - 1] === 0x0a) behind -= 1;
    if (behind > to && text[behind - 1] === 0x0d) behind -= 1;
    return behind;
  }

  /** Whether two lines came from one stream of the program, stdout or stderr. */
  sameStream(bytes: Uint8Array, one: number, other: number, end: number): boolean {
    if (!this.#find(bytes, one, other, this.#stream)) return true;
    const start = this.#valueStart;
    const length = this.#valueEnd - start;
    if (!this.#find(bytes, other, end, this.#stream)) return true;
    if (this.#valueEnd - this.#valueStart !== length) return false;
    for (let at = 0; at < length; at += 1) if (bytes[start + at] !== bytes[this.#valueStart + at]) return false;
    return true;
  }

  /** Finds the text of a key in the object that the line holds. */
  #find(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
    let at = skipSpace(bytes, start, end);
    if (bytes[at] !== 0x7b) return false;
    at += 1;
    while (at < end) {
      while (at < end && ((bytes[at] as number) <= 0x20 || bytes[at] === 0x2c)) at += 1;
      if (at >= end || bytes[at] !== 0x22) return false;
      const keyStart = at + 1;
      const keyEnd = stringEnd(bytes, keyStart, end);
      at = skipSpace(bytes, keyEnd + 1, end);
      if (at >= end || bytes[at] !== 0x3a) return false;
      at = skipSpace(bytes, at + 1, end);
      if (at >= end) return false;
      const found = isName(bytes, keyStart, keyEnd, name);
      if (bytes[at] === 0x22) {
        const close = stringEnd(bytes, at + 1, end);
        if (found) {
          this.#valueStart = at + 1;
          this.#valueEnd = close;
          return true;
        }
        at = close + 1;
        continue;
      }
      if (found) return false;
      at = valueEnd(bytes, at, end);
    }
    return false;
  }
}

function isName(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  if (end - start !== name.length) return false;
  for (let at = 0; at < name.length; at += 1) if (bytes[start + at] !== name[at]) return false;
  return true;
}

/** Whether the JSON string bytes[start, end) ends with an escaped line feed: an `n` behind an odd number of backslashes. */
function endsWithFeed(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 2 || bytes[end - 1] !== 0x6e) return false;
  let at = end - 2;
  while (at >= start && bytes[at] === 0x5c) at -= 1;
  return (end - 2 - at) % 2 === 1;
}
