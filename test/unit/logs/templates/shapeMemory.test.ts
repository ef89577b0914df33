import { expect, it } from 'vitest';
import { createShapeTable } from '../../../../server/logs/templates/createShapeTable.ts';
import { seededRandom } from '../../../support/randomLog.ts';

const LITERALS = [
  'read block',
  'read',
  'read blocks [',
  ']',
  'took',
  'for',
  ':',
  '=',
  'host.name',
  ',',
  '(x)',
  '"a b"',
  '<',
  '',
];
const VALUES = [
  '17',
  '10.0.0.1',
  '10.0.0.1:80',
  '/10.1.2.3',
  'blk_-812',
  'a1b2c3d4e5',
  '12ms',
  'db-1.internal:5432',
  '/srv/x.log',
  'http://a.example/b?c=1',
  'req-1',
  '1,234',
  '',
  'ssh2',
  'über9',
];

it('gives a message the shape that it has alone, whatever came before it', () => {
  const random = seededRandom(9);
  const pick = (choices: readonly string[]): string => choices[Math.floor(random() * choices.length)] as string;
  const known = createShapeTable();
  const seen = new Set<string>();
  for (let at = 0; at < 6_000; at += 1) {
    let message = pick(LITERALS);
    for (let part = 0; part < 1 + (at & 1); part += 1)
      message += `${pick([' ', ' ', '  ', ''])}${pick(VALUES)}${pick([' ', ' ', ''])}${pick(LITERALS)}`;
    const bytes = new TextEncoder().encode(`${' '.repeat(at % 3)}${message}\n`);
    const [start, end] = [at % 3, bytes.length - 1];
    const alone = createShapeTable();
    alone.add(bytes, start, end);
    const shape = known.add(bytes, start, end);
    expect(known.texts()[shape], message).toBe(alone.texts()[0]);
    expect([known.durationMs, known.traceStart, known.traceEnd], message).toEqual([
      alone.durationMs,
      alone.traceStart,
      alone.traceEnd,
    ]);
    seen.add(message);
  }
  // The same messages came again and again, and none was taken for another.
  expect(seen.size).toBeLessThan(5_900);
  expect(new Set(known.texts()).size).toBe(known.size);
});
