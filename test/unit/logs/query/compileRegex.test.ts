import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { compileRegex } from '../../../../server/logs/query/compileRegex.ts';
import { QueryError } from '../../../../server/logs/query/queryError.ts';
import { regexLiterals } from '../../../../server/logs/query/regexLiterals.ts';
import { seededRandom } from '../../../support/seededRandom.ts';

describe('the literals of a regular expression', () => {
  it.each<[string, readonly string[] | undefined, boolean]>([
    ['error|exception|failed', ['error', 'exception', 'failed'], true],
    ['(?:error|warn)ing', ['erroring', 'warning'], true],
    ['[Ee]rror', ['Error', 'error'], true],
    ['colou?r', ['colour', 'color'], true],
    ['a\\.b', ['a.b'], true],
    ['^start', ['start'], false],
    ['foo.*barbaz', ['barbaz'], false],
    ['\\d+ (GET|POST) /x', [' GET /x', ' POST /x'], false],
    ['(foo|bar)+', ['foo', 'bar'], false],
    ['(foo)?', undefined, false],
    ['a|\\d', undefined, false],
    ['(?i)foo', ['foo'], false],
    ['\\w+', undefined, false],
    ['é', undefined, false],
    ['[^a]b', ['b'], false],
    ['x{3}', ['x'], false],
    ['x{0,3}', undefined, false],
    ['\\Qa.b\\E', undefined, false],
    ['[[:alpha:]]bc', ['bc'], false],
    ['[]x]yz', ['yz'], false],
  ])('of %s are required', (pattern, required, isChoice) => {
    const literals = regexLiterals(pattern);
    expect({ required: literals.required, isChoice: literals.isChoice }).toEqual({ required, isChoice });
  });

  it('stand in each match of any expression', { timeout: 60_000 }, () => {
    const random = seededRandom(11);
    const build = (depth: number): string => {
      const atom = random.pick(['a', 'b', 'ab', '.', '[ab]', '[^a]', '\\w', 'B', '\\.']);
      if (depth > 3) return atom;
      const inner = `(${random.pick(['', '?:'])}${build(depth + 1)})`;
      return random.pick([
        atom + build(depth + 1),
        `${build(depth + 1)}|${build(depth + 1)}`,
        `${inner}${random.pick(['*', '+', '?', '{2}', '{0,2}', '{1,2}?'])}${atom}`,
        inner,
      ]);
    };
    let matched = 0;
    for (let round = 0; round < 700; round += 1) {
      const pattern = build(0);
      const ignoreCase = random.chance(30);
      const regex = compileRegex(pattern, ignoreCase);
      const judge = new RegExp(pattern, ignoreCase ? 'i' : '');
      for (let at = 0; at < 8; at += 1) {
        const text = Array.from({ length: random.whole(9) }, () => random.pick([...'abAB.c'])).join('');
        const matches = judge.test(text);
        expect({ pattern, text, matches: regex.test(text) }).toEqual({ pattern, text, matches });
        const folded = regex.ignoreCase ? text.toLowerCase() : text;
        const holds =
          regex.required?.some((one) => folded.includes(regex.ignoreCase ? one.toLowerCase() : one)) ?? true;
        if (matches) expect({ pattern, text, holds }).toEqual({ pattern, text, holds: true });
        if (regex.isChoice) expect({ pattern, text, holds }).toEqual({ pattern, text, holds: matches });
        matched += matches ? 1 : 0;
      }
    }
    expect(matched).toBeGreaterThan(300);
  });
});

describe('a regular expression built to explode', () => {
  it.each([
    '(a+)+$',
    '(x|x|x)*y',
    '(a|aa)+$',
    '(a*)*b',
    '([a-z]+)*[A-Z]',
    '(.*)(.*)(.*)(.*)[^a]$',
    '(a?){50}a{50}b',
    '[01]*1[01]{14}c',
  ])('%s takes time in proportion to the text', (pattern) => {
    const regex = compileRegex(pattern, false);
    const time = (length: number): number => {
      const text = Buffer.from(`${(pattern.includes('01') ? '01101' : 'ax').repeat(length)}!`);
      const started = performance.now();
      expect(regex.testBytes(text)).toBe(pattern === '(.*)(.*)(.*)(.*)[^a]$');
      return performance.now() - started;
    };
    time(1_000);
    const short = Math.min(time(4_000), time(4_000));
    // Eight times the text: quadratic time would be 64 times, exponential would never end.
    expect(time(32_000)).toBeLessThan(24 * short + 50);
  });

  it.each([
    '((a{1,30}){1,30}){1,30}',
    '(?:(?:x{50}){50}){50}',
    '(?:abcdefghij){1000}',
    `${'('.repeat(300)}a${')'.repeat(300)}`,
    'a'.repeat(3_000),
  ])('of which the program would be too large is refused: %s', (pattern) => {
    expect(() => compileRegex(pattern, false, { start: 3, end: 9 })).toThrow(QueryError);
    expect(() => compileRegex(pattern, false)).toThrow(/too large/);
  });
});
