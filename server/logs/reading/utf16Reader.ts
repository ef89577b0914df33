/**
 * Turns UTF-16 into UTF-8, piece by piece. A lone surrogate and an odd byte at the end become U+FFFD; the byte order
 * mark goes.
 */
export class Utf16Reader {
  readonly #decoder: TextDecoder;
  readonly #encoder = new TextEncoder();

  constructor(encoding: 'utf-16le' | 'utf-16be') {
    this.#decoder = new TextDecoder(encoding);
  }

  push(bytes: Uint8Array): Uint8Array {
    return this.#encoder.encode(this.#decoder.decode(bytes, { stream: true }));
  }

  /** What an incomplete end leaves. */
  end(): Uint8Array {
    return this.#encoder.encode(this.#decoder.decode());
  }
}
