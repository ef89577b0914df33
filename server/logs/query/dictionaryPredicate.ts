import type { RecordChunk } from '../index/recordChunk.ts';
import { DICTIONARY, type Predicate } from './predicate.ts';

const UNKNOWN = 0;
const NO = 1;
const YES = 2;

export interface NumberedColumn {
  values(chunk: RecordChunk): Uint32Array;
  /** Numbers that may occur by now are below it. */
  size(): number;
  /** Whether records with this number match. */
  matches(number: number): boolean;
  /** Given when answers may change: by then all that was learned is asked for again. */
  mayChange?: boolean;
}

/** Asks once for each number that occurs, and looks records up in a table of a byte a number. */
export function dictionaryPredicate({ values, size, matches, mayChange }: NumberedColumn): Predicate {
  let table = new Uint8Array(Math.max(256, size()));
  const learn = (number: number): number => {
    if (number >= table.length) {
      const longer = new Uint8Array(Math.max(number + 1, 2 * table.length));
      longer.set(table);
      table = longer;
    }
    const answer = matches(number) ? YES : NO;
    table[number] = answer;
    return answer;
  };
  return {
    cost: DICTIONARY,
    narrow({ chunk, from, to }, bits) {
      const numbers = values(chunk);
      for (let word = 0, at = from; at < to; word += 1, at += 32) {
        if (bits[word] === 0) continue;
        const stop = Math.min(32, to - at);
        let kept = 0;
        for (let bit = 0; bit < stop; bit += 1) {
          const number = numbers[at + bit] as number;
          // Behind the table's end lies `undefined`.
          const answer = table[number] || learn(number);
          kept |= (answer >>> 1) << bit;
        }
        bits[word] = (bits[word] as number) & kept;
      }
    },
    ...(mayChange
      ? {
          refresh() {
            let changed = false;
            for (let number = 0; number < table.length; number += 1) {
              if (table[number] === UNKNOWN) continue;
              const answer = matches(number) ? YES : NO;
              changed ||= answer !== table[number];
              table[number] = answer;
            }
            return changed;
          },
        }
      : {}),
  };
}
