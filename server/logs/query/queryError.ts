import { TektraError } from '../../protocol/errors.ts';

/** Where in the text of a query something stands: offsets in UTF-16 units, end exclusive. */
export interface Place {
  start: number;
  end: number;
}

/** A query that cannot be understood: what is wrong, where, and what would be right. */
export class QueryError extends TektraError {
  readonly place: Place;

  /** @param action what to write instead, in the imperative */
  constructor(message: string, place: Place, action?: string) {
    super('log.query-invalid', `${message} (at ${place.start + 1})`, action === undefined ? {} : { action });
    this.place = place;
  }
}

/** ": did you mean X?" for the known word next to what was written, or nothing when none is near. */
export function didYouMean(written: string, known: readonly string[]): string {
  const near = nearest(written.toLowerCase(), known);
  return near === undefined ? '' : `: did you mean ${near}?`;
}

function nearest(written: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  // A third of the letters may be wrong; more is another word.
  let least = Math.max(1, Math.floor(written.length / 3)) + 1;
  for (const word of known) {
    const distance = editDistance(written, word.toLowerCase());
    if (distance >= least) continue;
    least = distance;
    best = word;
  }
  return best;
}

/** Letters to add, drop, replace or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  // Long texts are no slips of the pen.
  if (a.length > 40 || b.length > 40) return 40;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 40;
}
