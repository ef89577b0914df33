/** One bit a record, the lowest of a word first; bits behind the last record are 0. */
export type Bitmap = Uint32Array;

export function wordsFor(bits: number): number {
  return (bits + 31) >>> 5;
}

/** Bits that are set in one word. */
export function countOf(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  bits = (bits + (bits >>> 4)) & 0x0f0f0f0f;
  return Math.imul(bits, 0x01010101) >>> 24;
}

/** Bits that are set in words[0, end). */
export function countBits(bitmap: Bitmap, end = bitmap.length): number {
  let count = 0;
  for (let at = 0; at < end; at += 1) {
    const word = bitmap[at] as number;
    if (word !== 0) count += countOf(word);
  }
  return count;
}

export function hasBit(bitmap: Bitmap, bit: number): boolean {
  return (((bitmap[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
}

export function setBit(bitmap: Bitmap, bit: number): void {
  bitmap[bit >>> 5] = (bitmap[bit >>> 5] ?? 0) | (1 << (bit & 31));
}

/** Sets the first `bits` bits and clears the others. */
export function fillBits(bitmap: Bitmap, bits: number): void {
  const whole = bits >>> 5;
  bitmap.fill(0xffffffff, 0, whole);
  bitmap.fill(0, whole);
  if ((bits & 31) !== 0) bitmap[whole] = (1 << (bits & 31)) - 1;
}

/** The first set bit at `from` or behind it; -1: none. */
export function nextBit(bitmap: Bitmap, from: number): number {
  let at = from >>> 5;
  if (at >= bitmap.length) return -1;
  let word = ((bitmap[at] as number) >>> (from & 31)) << (from & 31);
  while (word === 0) {
    at += 1;
    if (at >= bitmap.length) return -1;
    word = bitmap[at] as number;
  }
  return (at << 5) + 31 - Math.clz32(word & -word);
}

/** Set bits before `bit`. */
export function rankOf(bitmap: Bitmap, bit: number): number {
  const at = Math.min(bit >>> 5, bitmap.length);
  const rest = bit & 31;
  const part = at < bitmap.length && rest !== 0 ? countOf((bitmap[at] as number) & ((1 << rest) - 1)) : 0;
  return countBits(bitmap, at) + part;
}

/** The bit of which `rank` set bits stand before; -1: there are not so many. */
export function selectBit(bitmap: Bitmap, rank: number): number {
  let left = rank;
  for (let at = 0; at < bitmap.length; at += 1) {
    let word = bitmap[at] as number;
    if (word === 0) continue;
    const count = countOf(word);
    if (left >= count) {
      left -= count;
      continue;
    }
    for (; left > 0; left -= 1) word &= word - 1;
    return (at << 5) + 31 - Math.clz32(word & -word);
  }
  return -1;
}
