import type { RecordChunk } from '../index/recordChunk.ts';
import type { LogView } from './logView.ts';
import { Turns, type WalkOptions } from './takeTurns.ts';

/** Words of a view's bits between two looks at the clock. */
const CHEAP_WORDS = 128;

/**
 * Visits the records of a view in the order of the index, with breaks for others.
 * @param options.isDear visits read and parse: the clock is looked at more often
 * @param visit gets the chunk, which is valid only in the call, and the record's place in it
 * @throws the signal's reason when it is aborted
 */
export async function walkView(
  view: LogView,
  options: WalkOptions & { isDear?: boolean },
  visit: (chunk: RecordChunk, at: number) => void,
): Promise<void> {
  const turns = new Turns(options);
  const step = options.isDear ? 1 : CHEAP_WORDS;
  for (let number = 0; number < view.index.chunkCount; number += 1) {
    if (!view.bitsOf(number)) continue;
    let word = 0;
    for (;;) {
      // Looked up after each break: others may have asked for many chunks, and the view may have grown or begun anew.
      const bits = view.bitsOf(number);
      if (!bits || word >= bits.length) break;
      const chunk = view.index.chunk(number);
      const stop = Math.min(bits.length, word + step);
      for (; word < stop; word += 1)
        for (let left = bits[word] as number; left !== 0; left &= left - 1)
          visit(chunk, word * 32 + 31 - Math.clz32(left & -left));
      if (turns.isOver) await turns.rest();
    }
  }
}
