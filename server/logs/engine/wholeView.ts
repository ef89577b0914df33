import type { LogIndex } from '../index/logIndex.ts';
import { type Bitmap, fillBits, wordsFor } from '../query/bitmap.ts';
import type { LogView } from '../query/logView.ts';

/** Every record of an index, in order of time; takes no memory. */
export function whole(index: LogIndex): LogView {
  const all = new Map<number, Bitmap>();
  return {
    index,
    get matches() {
      return index.records;
    },
    get scanned() {
      return index.records;
    },
    done: true,
    recordAt: (position) => (position < index.records ? index.recordAt(position) : -1),
    slice: (position, count) => {
      const end = Math.min(index.records, position + count);
      return Array.from({ length: Math.max(0, end - position) }, (_, at) => index.recordAt(position + at));
    },
    positionOf: (record) => (record < index.records ? index.positionOf(record) : -1),
    has: (record) => record < index.records,
    bitsOf(number) {
      const { count } = index.chunk(number);
      // Chunks are full but for few: most share one bitmap.
      const known = all.get(count);
      if (known) return known;
      const bits = new Uint32Array(wordsFor(count));
      fillBits(bits, count);
      all.set(count, bits);
      return bits;
    },
  };
}
