import { type Bitmap, wordsFor } from './bitmap.ts';
import { COLUMN, type Predicate } from './predicate.ts';

/** Every record. */
export const everything: Predicate = { cost: COLUMN, narrow: () => undefined };

export function andPredicate(parts: readonly Predicate[]): Predicate {
  const ordered = parts.toSorted((a, b) => a.cost - b.cost);
  return {
    cost: costOf(parts),
    narrow(piece, bits) {
      for (const part of ordered) {
        if (isEmpty(bits)) return;
        part.narrow(piece, bits);
      }
    },
    mayMatch: (zone) => parts.every((part) => part.mayMatch?.(zone) ?? true),
    refresh: () => refreshAll(parts),
  };
}

export function orPredicate(parts: readonly Predicate[]): Predicate {
  const ordered = parts.toSorted((a, b) => a.cost - b.cost);
  return {
    cost: costOf(parts),
    narrow(piece, bits) {
      const words = wordsFor(piece.to - piece.from);
      const found = new Uint32Array(words);
      const left = bits.slice(0, words);
      for (const part of ordered) {
        // What one part matched needs no look by the others.
        for (let at = 0; at < words; at += 1) left[at] = (bits[at] as number) & ~(found[at] as number);
        if (isEmpty(left)) break;
        part.narrow(piece, left);
        for (let at = 0; at < words; at += 1) found[at] = (found[at] as number) | (left[at] as number);
      }
      bits.set(found);
    },
    mayMatch: (zone) => parts.some((part) => part.mayMatch?.(zone) ?? true),
    refresh: () => refreshAll(parts),
  };
}

export function notPredicate(part: Predicate): Predicate {
  return {
    cost: part.cost,
    narrow(piece, bits) {
      const words = wordsFor(piece.to - piece.from);
      const matched = bits.slice(0, words);
      if (isEmpty(matched)) return;
      part.narrow(piece, matched);
      for (let at = 0; at < words; at += 1) bits[at] = (bits[at] as number) & ~(matched[at] as number);
    },
    refresh: () => refreshAll([part]),
  };
}

function costOf(parts: readonly Predicate[]): number {
  return Math.max(COLUMN, ...parts.map(({ cost }) => cost));
}

/** Each of them must hear of it. */
function refreshAll(parts: readonly Predicate[]): boolean {
  return parts.map((part) => part.refresh?.() ?? false).includes(true);
}

function isEmpty(bits: Bitmap): boolean {
  for (let at = 0; at < bits.length; at += 1) if (bits[at] !== 0) return false;
  return true;
}
