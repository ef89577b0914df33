import { describe, expect, it } from 'vitest';
import { createByteSearch } from '../../../../server/logs/query/byteSearch.ts';
import { seededRandom } from '../../../support/seededRandom.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Where the first of the literals stands, looked for at each place. */
function plainly(text: string, literals: readonly string[], ignoreCase: boolean): number {
  const fold = (one: string): string => (ignoreCase ? one.replace(/[A-Z]/g, (sign) => sign.toLowerCase()) : one);
  const places = literals.map((literal) => fold(text).indexOf(fold(literal))).filter((place) => place >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

describe('the search of bytes', () => {
  it.each([true, false])('finds what a look at each place finds (case ignored: %s)', (ignoreCase) => {
    const random = seededRandom(3);
    for (let round = 0; round < 4_000; round += 1) {
      const letters = random.pick(['ab', 'abAB', 'aZ{@[`', 'error EXCEPTION']);
      const word = (longest: number): string =>
        Array.from({ length: 1 + random.whole(longest) }, () => letters[random.whole(letters.length)]).join('');
      const text = word(80);
      const literals = Array.from({ length: 1 + random.whole(4) }, () => word(random.pick([1, 3, 8])));
      const search = createByteSearch(literals.map(bytes), ignoreCase);
      const found = search.find(bytes(text), 0, text.length);
      const [hit, expected] = [found, plainly(text, literals, ignoreCase)];
      // Literals of several lengths are met by their windows' ends: where one stands counts, not which comes first.
      expect({ text, literals, found: hit >= 0 }).toEqual({ text, literals, found: expected >= 0 });
      if (hit >= 0) {
        const rest = text.slice(hit);
        expect(plainly(rest, literals, ignoreCase)).toBe(0);
      }
    }
  });

  it('looks only between start and end', () => {
    const search = createByteSearch([bytes('ab')], true);
    expect(search.find(bytes('ab..AB'), 1, 6)).toBe(4);
    expect(search.find(bytes('ab..AB'), 1, 5)).toBe(-1);
    expect(search.find(bytes('ab'), 0, 0)).toBe(-1);
  });

  it('finds literals longer than its window, and bytes outside ASCII as they are', () => {
    const long = 'x'.repeat(200);
    expect(createByteSearch([bytes(long)], true).find(bytes(`y${long.toUpperCase()}`), 0, 201)).toBe(1);
    expect(createByteSearch([bytes(long)], true).find(bytes(`y${long.slice(1)}`), 0, 200)).toBe(-1);
    const accented = bytes('größe É é');
    expect(createByteSearch([bytes('é')], true).find(accented, 0, accented.length)).toBe(accented.length - 2);
  });
});
