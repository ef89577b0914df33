import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../../../server/logs/formats/detectFormat.ts';
import { formatOf } from '../../../../server/logs/formats/formatOf.ts';
import { type UserFormat, validateUserFormat } from '../../../../server/logs/formats/userFormat.ts';
import { TektraError } from '../../../../server/protocol/errors.ts';
import { readLog } from '../../../support/readLog.ts';

const format: UserFormat = {
  name: 'warehouse',
  pattern: String.raw`^@(?P<time>\S+) <(?P<component>\w+)/(?P<level>\w+)> #(?P<trace>\w+) (?P<duration>[\d.]+)ms (?P<message>.*)$`,
  timeFormat: '%d.%m.%Y-%H:%M:%S',
};
const LINES = [
  '@24.11.2026-22:33:20 <Größe/error> #ab12 12.5ms könnte fehlen',
  '  more',
  '@24.11.2026-22:33:21 <lager/info> #ab13 3ms fine',
];

function read(formats: readonly UserFormat[]) {
  const bytes = new TextEncoder().encode(`${LINES.join('\n')}\n`.replace('Größe', 'groesse'));
  const plan = detectFormat(bytes, {}, formats);
  return { plan, format: formatOf(structuredClone(plan)), records: readLog(formatOf(plan), bytes) };
}

describe('a format of the settings', () => {
  it('reads what its groups name', () => {
    const { plan, records } = read([format]);
    expect(plan.title).toBe('warehouse');
    expect(records).toEqual([
      {
        line: 1,
        lines: 2,
        time: '2026-11-24T22:33:20.000Z',
        level: 'error',
        component: 'groesse',
        trace: 'ab12',
        durationMs: 12.5,
        message: 'könnte fehlen',
      },
      {
        line: 3,
        lines: 1,
        time: '2026-11-24T22:33:21.000Z',
        level: 'info',
        component: 'lager',
        trace: 'ab13',
        durationMs: 3,
        message: 'fine',
      },
    ]);
  });

  it('finds out the layout of its times', () => {
    const { timeFormat: _, ...without } = format;
    expect(read([without]).records[0]?.time).toBe('2026-11-24T22:33:20.000Z');
  });

  it('tells fields and message of a whole record', () => {
    const made = read([format]).format;
    expect(made.message(`${LINES[0]}\n${LINES[1]}`.replace('Größe', 'groesse'))).toBe('könnte fehlen\n  more');
    expect(made.fields(LINES[2] as string)).toMatchObject({ trace: 'ab13', duration: '3', component: 'lager' });
  });

  it('is left when it explains another log', () => {
    expect(read([{ name: 'other', pattern: 'ZZZ(?P<message>.*)' }]).plan.title).not.toBe('other');
  });

  it.each([
    [{ ...format, pattern: '(?P<message>.*' }, /pattern is wrong/],
    [{ ...format, pattern: '(?<=a)(?P<message>.*)' }, /pattern is wrong/],
    [{ ...format, pattern: '(?P<text>.*)' }, /group text/],
    [{ ...format, pattern: '(?P<time>.*)' }, /no group message/],
    [{ ...format, timeFormat: '%Q' }, /timeFormat is wrong/],
    [{ name: 'x', pattern: '(?P<message>.*)', timeFormat: '%Y' }, /no group time/],
  ])('is refused with what is wrong with it: %#', (wrong, message) => {
    expect(() => validateUserFormat(wrong)).toThrow(TektraError);
    expect(() => validateUserFormat(wrong)).toThrow(message);
  });

  it('cannot hang: a pattern that explodes elsewhere is read in linear time', () => {
    const pattern = '^(a+)+(?P<message>b)$';
    const bytes = new TextEncoder().encode(`${'a'.repeat(5000)}\n`);
    const started = process.cpuUsage().user;
    expect(detectFormat(bytes, {}, [{ name: 'evil', pattern }]).id).toBe('plain');
    expect(process.cpuUsage().user - started).toBeLessThan(20e6);
  });
});
