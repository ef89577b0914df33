import { isAscii, isUtf8 } from 'node:buffer';

export type FileEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** UTF-16 writes a Latin text with a zero in every other byte; the share of zeros above which a half is taken for that. */
const ZERO_SHARE = 0.4;
/** Share of zeros that the half with the letters may have at most. */
const STRAY_SHARE = 0.02;

/**
 * The encoding by byte order mark, else by where the zero bytes stand.
 * @param head the first bytes of a log, some KiB
 */
export function encodingOf(head: Uint8Array): FileEncoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const pairs = head.length >> 1;
  if (pairs < 8) return 'utf-8';
  let evenZeros = 0;
  let oddZeros = 0;
  for (let at = 0; at < pairs * 2; at += 2) {
    if (head[at] === 0) evenZeros += 1;
    if (head[at + 1] === 0) oddZeros += 1;
  }
  if (oddZeros >= pairs * ZERO_SHARE && evenZeros <= pairs * STRAY_SHARE) return 'utf-16le';
  if (evenZeros >= pairs * ZERO_SHARE && oddZeros <= pairs * STRAY_SHARE) return 'utf-16be';
  return 'utf-8';
}

/** Bytes beyond which the verdict on the encoding no longer changes. */
const ENOUGH = 4 << 20;
/** Zeros among all bytes above which a log without lines counts as binary. */
const BINARY_SHARE = 0.05;
const LONGEST_CHARACTER = 4;

/**
 * Whether the bytes above 0x7f are UTF-8 or an 8-bit encoding, from samples; and whether they are text at all.
 * Latin-1 is what has invalid bytes and not one well-formed character of several bytes.
 */
export class EncodingEvidence {
  #seen = 0;
  #zeros = 0;
  #lineFeeds = 0;
  #characters = 0;
  #invalid = 0;

  get encoding(): 'utf-8' | 'latin1' {
    return this.#invalid > 0 && this.#characters === 0 ? 'latin1' : 'utf-8';
  }

  /** Many zeros, and hardly a line. */
  get isBinary(): boolean {
    return this.#zeros > this.#seen * BINARY_SHARE && this.#lineFeeds < this.#seen / 4096;
  }

  /** @param bytes may begin and end in the middle of a character */
  add(bytes: Uint8Array): void {
    if (this.#seen >= ENOUGH) return;
    const looked = bytes.length > 65_536 ? bytes.subarray(0, 65_536) : bytes;
    this.#seen += looked.length;
    for (const byte of looked) {
      if (byte === 0) this.#zeros += 1;
      else if (byte === 10) this.#lineFeeds += 1;
    }
    if (isAscii(looked)) return;
    this.#judge(looked);
  }

  #judge(bytes: Uint8Array): void {
    // What an edge cuts is neither well-formed nor wrong.
    let at = 0;
    while (at < LONGEST_CHARACTER && at < bytes.length && isContinuation(bytes[at])) at += 1;
    if (isUtf8(bytes.subarray(at))) {
      this.#characters += 1;
      return;
    }
    while (at < bytes.length) {
      const first = bytes[at] as number;
      if (first < 0x80) {
        at += 1;
        continue;
      }
      const length = characterLength(bytes, at);
      if (length === 0) this.#invalid += 1;
      else if (length > 0) this.#characters += 1;
      at += length > 0 ? length : 1;
    }
  }
}

/** Bytes of the well-formed character at `at`; 0: none is there; -1: the edge cuts it. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  const length = first >= 0xc2 && first <= 0xdf ? 2 : first >> 4 === 0xe ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (length === 0) return 0;
  for (let next = at + 1; next < at + length; next += 1) {
    if (next >= bytes.length) return -1;
    if (!isContinuation(bytes[next])) return 0;
  }
  return isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
