import { describe, expect, it } from 'vitest';
import { maxTop, ROW_PX, thumbOf, topOfThumb, topToShow, visibleRows } from '../../../../webviews/logs/scrollMap.ts';

const MILLIONS = 10_000_000;
const HEIGHT = 605;

describe('the mapping of the scrollbar', () => {
  it.each([0, 1, 0.25, 0.5, 0.987_654])('comes back to where it was, at share %d of 10 million rows', (share) => {
    const top = share * maxTop(MILLIONS, HEIGHT);
    const thumb = thumbOf(top, MILLIONS, HEIGHT);
    expect(topOfThumb(thumb?.top ?? -1, MILLIONS, HEIGHT)).toBeCloseTo(top, 3);
  });

  it('reaches the first and the last row', () => {
    expect(visibleRows(topOfThumb(-5, MILLIONS, HEIGHT), MILLIONS, HEIGHT).first).toBe(0);
    expect(visibleRows(topOfThumb(HEIGHT, MILLIONS, HEIGHT), MILLIONS, HEIGHT).last).toBe(MILLIONS - 1);
  });

  it('has no thumb when all rows are seen', () => {
    expect(thumbOf(0, 10, HEIGHT)).toBeUndefined();
    expect(thumbOf(0, 0, HEIGHT)).toBeUndefined();
    expect(topOfThumb(50, 10, HEIGHT)).toBe(0);
    expect(visibleRows(0, 0, HEIGHT)).toEqual({ first: 0, last: -1 });
  });

  it('moves no further than needed to show a row', () => {
    const top = 1000 * ROW_PX;
    expect(topToShow(1005, top, MILLIONS, HEIGHT, 'nearest')).toBe(top);
    expect(topToShow(999, top, MILLIONS, HEIGHT, 'nearest')).toBe(999 * ROW_PX);
    expect(topToShow(5000, top, MILLIONS, HEIGHT, 'nearest')).toBe(5001 * ROW_PX - HEIGHT);
    const centred = topToShow(5000, top, MILLIONS, HEIGHT, 'center');
    expect(Math.abs(5000 * ROW_PX - centred - HEIGHT / 2)).toBeLessThan(ROW_PX);
    expect(topToShow(0, top, MILLIONS, HEIGHT, 'center')).toBe(0);
  });
});
