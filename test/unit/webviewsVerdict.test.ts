import { describe, expect, it } from 'vitest';
import type { Finding } from '../../server/protocol/diagnosis.ts';
import { formatDuration, formatTime } from '../../webviews/troubleshooting/formatTime.ts';
import { headline, rootCauses } from '../../webviews/troubleshooting/verdict.ts';

const finding = (id: string, ...explains: string[]): Finding => ({
  id,
  cause: 'port.conflict',
  category: 'startup',
  target: 'api',
  summary: id,
  confidence: 'proved',
  explains,
  advice: { sure: 'A fact decides it.', first: 'Look at it.', verify: 'It is gone.' },
  evidence: [],
  fixes: [],
});

const shape = (...findings: Finding[]) =>
  rootCauses({ findings }).map(({ finding: root, consequences }) => [
    root.id,
    consequences.map((level) => level.map(({ id }) => id)),
  ]);

describe('root causes', () => {
  it('orders a chain from the root to the outermost symptom, also when the root explains all of it', () => {
    expect(shape(finding('a', 'b', 'c'), finding('b', 'c'), finding('c'))).toEqual([['a', [['b'], ['c']]]]);
  });

  it('puts symptoms of the same distance side by side', () => {
    expect(shape(finding('a', 'b', 'c'), finding('b'), finding('c'))).toEqual([['a', [['b', 'c']]]]);
  });

  it('keeps independent roots apart, and a shared symptom under the first', () => {
    expect(shape(finding('a', 'x'), finding('b', 'x'), finding('x'))).toEqual([
      ['a', [['x']]],
      ['b', []],
    ]);
  });

  it('ends with findings that explain each other, themselves or nobody known, and shows each once', () => {
    expect(shape(finding('a', 'b'), finding('b', 'a'))).toEqual([['a', [['b']]]]);
    expect(shape(finding('a', 'a', 'gone'))).toEqual([['a', []]]);
  });

  it('has a headline for each outcome', () => {
    expect(headline({ status: 'pass', findings: [] })).toBe('Healthy');
    expect(headline({ status: 'fail', findings: [finding('a', 'b'), finding('b')] })).toBe('Problem found');
    expect(headline({ status: 'fail', findings: [finding('a'), finding('b')] })).toBe('2 problems found');
    expect(headline({ status: 'warn', findings: [finding('a')] })).toBe('Something to look at');
  });
});

describe('times', () => {
  it('leaves the date out for today', () => {
    const now = new Date(2026, 4, 1, 12);
    expect(formatTime(new Date(2026, 4, 1, 9, 30).toISOString(), now)).not.toMatch(/May/);
    expect(formatTime(new Date(2026, 3, 30, 9, 30).toISOString(), now)).toMatch(/30/);
    expect(formatTime('no time', now)).toBe('no time');
  });

  it('writes durations', () => {
    expect(formatDuration(412.4)).toBe('412 ms');
    expect(formatDuration(1240)).toBe('1.2 s');
  });
});
