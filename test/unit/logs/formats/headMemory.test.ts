import { expect, it } from 'vitest';
import { formatOf } from '../../../../server/logs/formats/formatOf.ts';
import { createHead, resetHead } from '../../../../server/logs/formats/logFormat.ts';
import { seededRandom } from '../../../support/randomLog.ts';

const plan = {
  id: 'log4j',
  title: 'log4j',
  zoneMinutes: 0,
  options: {
    heads: [{ pattern: '{time} {level} [{thread:balanced}] {component:tag}:~', layout: '%Y-%m-%d %H:%M:%S%f' }],
  },
};

it('reads a head that it remembers as one that it sees for the first time', () => {
  const random = seededRandom(4);
  const pick = (...choices: string[]): string => choices[Math.floor(random() * choices.length)] as string;
  const known = formatOf(plan);
  const [head, fresh] = [createHead(), createHead()];
  let begun = 0;
  for (let at = 0; at < 6_000; at += 1) {
    const second = pick('07', '59', '60', '61', '9');
    const level = pick('INFO', 'INFO', 'WARN', 'LOUD');
    const thread = pick('main', 'main', 'pool-1 [a]', 'x');
    const line = `2026-11-24 10:0${at & 7}:${second}${pick(',120', '.5', '')} ${level}${pick(' ', '  ')}[${thread}] ${pick('a.b.Shop', 'a.b.Shop$1', 'c')}:${pick(' ', ' ', '  ', '')}${pick('one', 'two', ':', '')}`;
    // Of the same line alone, and in a place of its own.
    const bytes = new TextEncoder().encode(`${' '.repeat(at & 3)}${line}\n`);
    const [start, end] = [at & 3, bytes.length - 1];
    resetHead(head, start, end);
    resetHead(fresh, start, end);
    const begins = known.parse(bytes, start, end, head);
    expect(formatOf(plan).parse(bytes, start, end, fresh), line).toBe(begins);
    expect(head, line).toEqual(fresh);
    if (begins) begun += 1;
  }
  expect(begun).toBeGreaterThan(2_000);
});
