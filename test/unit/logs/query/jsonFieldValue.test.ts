import { describe, expect, it } from 'vitest';
import { objectOf } from '../../../../server/logs/formats/structured/jsonText.ts';
import { fieldOf } from '../../../../server/logs/query/fieldTest.ts';
import { jsonFieldScan } from '../../../../server/logs/query/jsonFieldScan.ts';
import { jsonFieldReader, NESTED, UNSURE } from '../../../../server/logs/query/jsonFieldValue.ts';
import { type SeededRandom, seededRandom } from '../../../support/seededRandom.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const keys = ['a', 'b', 'a.b', 'b.a', 'aa', 'x"y', 'é'];

function randomValue(random: SeededRandom, depth: number): unknown {
  if (depth < 3 && random.chance(45))
    return Object.fromEntries(
      Array.from({ length: random.whole(4) }, () => [random.pick(keys), randomValue(random, depth + 1)]),
    );
  if (depth < 3 && random.chance(10)) return [randomValue(random, depth + 1)];
  return random.pick([0, -1.5, 1e21, 2 ** 63, 'text', 'a"b', 'é', '', '\\', true, false, null, '{"a":1}']);
}

describe('a field read out of JSON', () => {
  it('is what the parsed object has, or left to the parser', () => {
    const random = seededRandom(21);
    let known = 0;
    for (let round = 0; round < 3_000; round += 1) {
      const object = Object.fromEntries(
        Array.from({ length: random.whole(5) }, () => [random.pick(keys), randomValue(random, 0)]),
      );
      let text = JSON.stringify(object, null, random.pick([0, 0, 1])).replaceAll('\n', ' ');
      if (random.chance(20)) text = text.replace('{', '{"a":7,');
      if (random.chance(10)) text = text.slice(0, random.whole(text.length));
      const bytes = encode(`..${text}\n`);
      const parsed = objectOf(text);
      for (const path of ['a', 'b', 'a.b', 'b.a.b', 'é']) {
        const value = jsonFieldReader(path)(bytes, 2, bytes.length);
        if (value === UNSURE) continue;
        known += 1;
        const expected = parsed && fieldOf(parsed, path);
        const shown = typeof expected === 'object' ? NESTED : expected;
        expect({ text, path, value }).toEqual({ text, path, value: shown });
      }
    }
    expect(known).toBeGreaterThan(6_000);
  });

  it.each([
    ['{"a":1', 'a'],
    ['{"a":1}}', 'a'],
    ['{"\\u0061":1}', 'a'],
    ['{"a":[1]}', 'a'],
    ['{"a":01}', 'a'],
    ['{"a":tru}', 'a'],
    ['[{"a":1}]', 'a'],
    ['{"a" 1}', 'a'],
    ['{"a":1,}', 'a'],
    ['{"a":"x', 'a'],
    ['', 'a'],
  ])('is left to the parser: %s', (text, path) => {
    expect(jsonFieldReader(path)(encode(text), 0, text.length)).toBe(UNSURE);
  });
});

describe('the look that rules JSON out', () => {
  const scan = (text: string, wanted: unknown): boolean => {
    const bytes = encode(text);
    return jsonFieldScan('req.id', (value) => value === wanted)(bytes, 0, bytes.length);
  };

  it.each<[string, boolean]>([
    ['{"req":{"id":7}}', true],
    ['{"req":{"id":8}}', false],
    ['{"req.id": 7}', true],
    ['{"id":8,"req":{"id" : 7}}', true],
    ['{"req":{"id":"7"}}', false],
    ['{"req":{"id":[8]}}', true],
    ['{"req":{"id":{"x":8}}}', true],
    ['{"req":{"id":"\\u0037"}}', true],
    ['{"msg":"the \\"id\\": 7"}', true],
    ['{"req":{"identity":7}}', false],
    ['{"msg":"id"}', false],
    ['{"req":{"id":null}}', false],
    ['no json', false],
    ['{"req":{"id"', false],
    ['{"req":{"id":', true],
  ])('%s', (text, mayPass) => expect(scan(text, 7)).toBe(mayPass));
});
