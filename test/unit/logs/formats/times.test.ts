import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../../../server/logs/formats/detectFormat.ts';
import { findTimeLayouts } from '../../../../server/logs/formats/findTimeLayout.ts';
import { formatOf } from '../../../../server/logs/formats/formatOf.ts';
import { compileLayout } from '../../../../server/logs/formats/timeLayout.ts';
import { dayOf, TimeReader } from '../../../../server/logs/formats/timeReader.ts';
import { readLog } from '../../../support/readLog.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The time that stands at the beginning of a text, in the most likely reading. */
function timeOf(text: string): string | undefined {
  const bytes = bytesOf(text);
  const found = [...findTimeLayouts(bytes, 0, bytes.length)].sort((a, b) => b.end - a.end)[0];
  return found && new Date(found.ms).toISOString();
}

function timesOf(lines: readonly string[], facts = {}): (string | undefined)[] {
  const bytes = bytesOf(`${lines.join('\n')}\n`);
  return readLog(formatOf(detectFormat(bytes, facts)), bytes).map(({ time }) => time);
}

describe('times', () => {
  it.each([
    ['1117838570 R02', '2005-06-03T22:42:50.000Z'],
    ['1732488123.123456 x', '2024-11-24T22:42:03.123Z'],
    ['1732488123123 x', '2024-11-24T22:42:03.123Z'],
    ['1732488123123456789 x', '2024-11-24T22:42:03.123Z'],
    ['2005-06-03-15.42.50.675872 x', '2005-06-03T15:42:50.675Z'],
    ['20171223-22:15:29:606|Step', '2017-12-23T22:15:29.606Z'],
    ['081109 203615 148', '2008-11-09T20:36:15.000Z'],
    ['Sun Dec 04 04:47:44 2005]', '2005-12-04T04:47:44.000Z'],
    ['Sun Dec 04 04:47:44.123456 2005]', '2005-12-04T04:47:44.123Z'],
    ['Tue Nov 24 22:33:20 UTC 2026', '2026-11-24T22:33:20.000Z'],
    ['10/Oct/2000:13:55:36 -0700]', '2000-10-10T20:55:36.000Z'],
    ['2026-11-24T22:33:20.5+05:30 x', '2026-11-24T17:03:20.500Z'],
    ['2026-11-24 22:33:20 CET x', '2026-11-24T21:33:20.000Z'],
    ['2026-11-24 22:33:20,123 INFO', '2026-11-24T22:33:20.123Z'],
    ['Nov 24, 2026 12:02:03 AM org', '2026-11-24T00:02:03.000Z'],
    ['24-Nov-2026 18:04:05.123 INFO', '2026-11-24T18:04:05.123Z'],
    ['Tue 2026-11-24 22:33:20 UTC host', '2026-11-24T22:33:20.000Z'],
    ['9999-12-31T23:59:59Z x', '9999-12-31T23:59:59.000Z'],
    ['0000-01-01T00:00:00Z x', '0000-01-01T00:00:00.000Z'],
    ['2024-02-29 10:00:00 x', '2024-02-29T10:00:00.000Z'],
    ['2023-02-29 10:00:00 x', undefined],
    ['2024-02-30 10:00:00 x', undefined],
    ['2024-13-01 10:00:00 x', undefined],
    ['134681 node-246', undefined],
    ['hello world', undefined],
  ])('%s', (text, time) => expect(timeOf(text)).toBe(time));

  it('are the same as those of Date over four centuries', () => {
    for (let day = 0; day < 146_097; day += 97) {
      const date = new Date(Date.UTC(1800, 0, 1) + day * 86_400_000);
      expect(dayOf(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()) * 86_400_000).toBe(date.getTime());
    }
  });

  it('that are no dates leave the head a head', () => {
    const lines = ['2024-02-29 10:00:00,000 INFO [main] a.B - one', '2024-02-30 10:00:00,000 INFO [main] a.B - two'];
    expect(timesOf(lines)).toEqual(['2024-02-29T10:00:00.000Z', undefined]);
  });

  it('keep nothing of the line before but what is the same', () => {
    const reader = new TimeReader('%Y-%m-%d %H:%M:%S%f', { zoneMinutes: 0 });
    for (const text of ['2026-11-24 22:33:20.5', '2026-11-24 22:33:21', '2026-11-24 22:34:00', '2026-11-25 22:34:00']) {
      const bytes = bytesOf(`${text} x`);
      expect(reader.read(bytes, 0, bytes.length)).toBe(text.length);
      expect(new Date(reader.ms).toISOString()).toBe(new Date(`${text.replace(' ', 'T')}Z`).toISOString());
    }
  });

  it('without a zone are of the zone that is told', () => {
    const [time] = timesOf(['2026-11-24 22:33:20,123 INFO [main] a.B - x'], { zoneMinutes: 120 });
    expect(time).toBe('2026-11-24T20:33:20.123Z');
  });

  it('without a year are of the last year in which the first is not after the last change of the file', () => {
    const lines = ['Dec 31 23:59:58 host sshd[1]: a', 'Jan  1 00:00:02 host sshd[1]: b'];
    const bytes = bytesOf(`${lines.join('\n')}\n`);
    const plan = detectFormat(bytes, { modified: new Date('2026-01-01T00:00:03Z') });
    expect(plan).toMatchObject({ id: 'syslog-3164', lacks: 'year', startMs: Date.UTC(2025, 0, 1) });
    expect(timesOf(lines, { modified: new Date('2026-01-01T00:00:03Z') })[0]).toBe('2025-12-31T23:59:58.000Z');
  });

  it('without a date are of the day of the last change, or of the day before', () => {
    const lines = ['22:33:20.123 [main] INFO  a.B - one', '23:33:20.123 [main] INFO  a.B - two'];
    const late = detectFormat(bytesOf(`${lines.join('\n')}\n`), { modified: new Date('2026-11-24T23:40:00Z') });
    expect(late).toMatchObject({ lacks: 'date', startMs: Date.UTC(2026, 10, 24) });
    const early = detectFormat(bytesOf(`${lines.join('\n')}\n`), { modified: new Date('2026-11-24T10:00:00Z') });
    expect(early.startMs).toBe(Date.UTC(2026, 10, 23));
  });

  it('tell day and month apart by the lines that decide it', () => {
    const dayFirst = ['05/11/2026 10:00:00 INFO a: x', '24/11/2026 10:00:00 INFO a: y'];
    expect(timesOf(dayFirst)[0]).toBe('2026-11-05T10:00:00.000Z');
    const monthFirst = ['11/05/2026 10:00:00 INFO a: x', '11/24/2026 10:00:00 INFO a: y'];
    expect(timesOf(monthFirst)[0]).toBe('2026-11-05T10:00:00.000Z');
    const yearFirst = ['17/06/09 20:10:40 INFO a: x', '17/06/30 20:10:40 INFO a: y'];
    expect(timesOf(yearFirst)[0]).toBe('2017-06-09T20:10:40.000Z');
  });

  it('of unknown fields are refused', () => expect(() => compileLayout('%Q')).toThrow(RangeError));
});
