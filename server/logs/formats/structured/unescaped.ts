/** The text of a JSON string as bytes, and where in the string each of its bytes came from. */
export class Unescaped {
  /** Holds at least `limit` bytes; longer texts are cut. */
  readonly bytes: Uint8Array;
  readonly #sources: Uint32Array;

  constructor(limit: number) {
    this.bytes = new Uint8Array(limit);
    this.#sources = new Uint32Array(limit + 1);
  }

  /** Offset in the scanned bytes of the byte at `at`, or of what stands behind the last one. */
  source(at: number): number {
    return this.#sources[at] as number;
  }

  /**
   * Resolves the escapes of bytes[start, end), the inside of a JSON string, to `to` and on.
   * @returns behind the last byte
   */
  fill(bytes: Uint8Array, start: number, end: number, to: number): number {
    const { bytes: text } = this;
    const limit = text.length - 4;
    let at = start;
    let next = to;
    while (at < end && next < limit) {
      const byte = bytes[at] as number;
      this.#sources[next] = at;
      if (byte !== 0x5c) {
        text[next] = byte;
        next += 1;
        at += 1;
        continue;
      }
      const kind = bytes[at + 1] as number;
      if (kind !== 0x75 || at + 6 > end) {
        text[next] = plain(kind);
        next += 1;
        at += 2;
        continue;
      }
      let code = hex(bytes, at + 2);
      let length = 6;
      if (code >= 0xd800 && code < 0xdc00 && bytes[at + 6] === 0x5c && bytes[at + 7] === 0x75 && at + 12 <= end) {
        const low = hex(bytes, at + 8);
        if (low >= 0xdc00 && low < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10) + low - 0xdc00;
          length = 12;
        }
      }
      const behind = encode(text, next, code);
      for (let filled = next; filled < behind; filled += 1) this.#sources[filled] = at;
      next = behind;
      at += length;
    }
    this.#sources[next] = Math.min(at, end);
    return next;
  }
}

function plain(kind: number): number {
  if (kind === 0x6e) return 0x0a;
  if (kind === 0x74) return 0x09;
  if (kind === 0x72) return 0x0d;
  if (kind === 0x62) return 0x08;
  return kind === 0x66 ? 0x0c : kind;
}

function hex(bytes: Uint8Array, at: number): number {
  let code = 0;
  for (let digit = at; digit < at + 4; digit += 1) {
    const byte = bytes[digit] as number;
    const value = byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57;
    if (!(value >= 0 && value <= 15)) return 0xfffd;
    code = code * 16 + value;
  }
  return code;
}

/** UTF-8 of a code point; @returns behind it */
function encode(text: Uint8Array, at: number, code: number): number {
  if (code < 0x80) {
    text[at] = code;
    return at + 1;
  }
  if (code < 0x800) {
    text[at] = 0xc0 | (code >> 6);
    text[at + 1] = 0x80 | (code & 63);
    return at + 2;
  }
  if (code < 0x10000) {
    text[at] = 0xe0 | (code >> 12);
    text[at + 1] = 0x80 | ((code >> 6) & 63);
    text[at + 2] = 0x80 | (code & 63);
    return at + 3;
  }
  text[at] = 0xf0 | (code >> 18);
  text[at + 1] = 0x80 | ((code >> 12) & 63);
  text[at + 2] = 0x80 | ((code >> 6) & 63);
  text[at + 3] = 0x80 | (code & 63);
  return at + 4;
}
