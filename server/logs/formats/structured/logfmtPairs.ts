import { stringEnd } from './skipJson.ts';

/** Walks the `key=value` pairs of a line. Words that are no pair are stepped over. */
export class LogfmtPairs {
  /** Of the pair that `next` found; a quoted value is meant without its quotes. */
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  quoted = false;
  /** Words so far that are no pairs. */
  words = 0;
  #at = 0;

  begin(start: number): void {
    this.#at = start;
    this.words = 0;
  }

  /** Moves to the next pair; false: there is none. */
  next(bytes: Uint8Array, end: number): boolean {
    let at = this.#at;
    while (at < end) {
      while (at < end && (bytes[at] as number) <= 0x20) at += 1;
      const start = at;
      while (at < end && isKeyByte(bytes[at] as number)) at += 1;
      if (at > start && at < end && bytes[at] === 0x3d) {
        this.keyStart = start;
        this.keyEnd = at;
        this.#value(bytes, at + 1, end);
        return true;
      }
      this.words += 1;
      // A quoted text may hold pairs of its own.
      if (bytes[at] === 0x22) at = stringEnd(bytes, at + 1, end) + 1;
      while (at < end && (bytes[at] as number) > 0x20) at += 1;
    }
    this.#at = end;
    return false;
  }

  #value(bytes: Uint8Array, start: number, end: number): void {
    this.quoted = start < end && bytes[start] === 0x22;
    if (this.quoted) {
      this.valueStart = start + 1;
      this.valueEnd = stringEnd(bytes, start + 1, end);
      this.#at = this.valueEnd + 1;
      return;
    }
    let at = start;
    while (at < end && (bytes[at] as number) > 0x20) at += 1;
    this.valueStart = start;
    this.valueEnd = at;
    this.#at = at;
  }
}

/** Letters, digits and - . / @ _ : keys of logfmt; no other bytes, so that URLs and assignments in prose are no pairs. */
function isKeyByte(byte: number): boolean {
  const letter = byte | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (byte >= 0x2d && byte <= 0x39) || byte === 0x5f || byte === 0x40;
}
