/**
 * A hash of 64 bits in two halves, FNV-1a and a multiplicative mix, so that names can be told apart without being kept:
 * among a million names the chance of one collision is about 1 in 37 million.
 */
export class NameHash {
  high = 0;
  low = 0;

  /** Sets `high` and `low` (unsigned) to the hash of bytes[start, end). */
  of(bytes: Uint8Array, start: number, end: number): void {
    let a = 0x811c9dc5;
    let b = 0x9e3779b9 ^ (end - start);
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] as number;
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(b ^ byte, 0x5bd1e995);
      b ^= b >>> 13;
    }
    a ^= a >>> 15;
    this.high = Math.imul(a, 0x2c1b3c6d) >>> 0;
    this.low = Math.imul(b ^ (b >>> 15), 0x297a2d39) >>> 0;
  }
}
