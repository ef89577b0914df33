import { describe, expect, it } from 'vitest';
import { Rollover } from '../../../../server/logs/index/rollover.ts';

function told(lacks: 'year' | 'date', startMs: number, times: readonly (number | undefined)[]): string[] {
  const rollover = new Rollover({ id: 'x', title: 'x', zoneMinutes: 0, startMs, lacks });
  const column = Float64Array.from(times, (time) => time ?? Number.NaN);
  // In two pieces: what was seen before counts.
  rollover.apply(column.subarray(0, 2), 2);
  rollover.apply(column.subarray(2), column.length - 2);
  return Array.from(column, (time) => (Number.isNaN(time) ? '-' : new Date(time).toISOString().slice(0, 16)));
}

describe('times without a year', () => {
  const parsed = (month: number, day: number): number => Date.UTC(2023, month - 1, day, 12);

  it('get the next one when they fall back by most of it, also over leap days', () => {
    const times = [
      parsed(12, 30),
      parsed(12, 31),
      parsed(1, 1),
      parsed(3, 1),
      parsed(12, 31),
      parsed(1, 2),
      parsed(3, 1),
    ];
    expect(told('year', Date.UTC(2023, 0, 1), times)).toEqual([
      '2023-12-30T12:00',
      '2023-12-31T12:00',
      '2024-01-01T12:00',
      '2024-03-01T12:00',
      '2024-12-31T12:00',
      '2025-01-02T12:00',
      '2025-03-01T12:00',
    ]);
  });

  it('keep theirs when they fall back by less, or came late over the turn of the year', () => {
    const times = [parsed(6, 30), parsed(2, 1), undefined, parsed(12, 31), parsed(1, 1), parsed(12, 31), parsed(1, 1)];
    expect(told('year', Date.UTC(2023, 0, 1), times)).toEqual([
      '2023-06-30T12:00',
      '2023-02-01T12:00',
      '-',
      '2023-12-31T12:00',
      '2024-01-01T12:00',
      '2023-12-31T12:00',
      '2024-01-01T12:00',
    ]);
  });
});

describe('times without a date', () => {
  it('get the next day at each midnight, and not at a pause of most of a day', () => {
    const at = (hour: number): number => Date.UTC(2026, 1, 28, hour);
    expect(told('date', Date.UTC(2026, 1, 28), [at(23), at(1), at(15), at(23), at(0), at(22)])).toEqual([
      '2026-02-28T23:00',
      '2026-03-01T01:00',
      '2026-03-01T15:00',
      '2026-03-01T23:00',
      '2026-03-02T00:00',
      '2026-03-02T22:00',
    ]);
  });
});
