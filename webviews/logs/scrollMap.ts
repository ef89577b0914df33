/** Height of a row in px; the style sheet uses the same. */
export const ROW_PX = 22;
/** A thumb that is smaller cannot be grasped. */
const MIN_THUMB_PX = 28;

export interface Thumb {
  /** px from the top of the track. */
  top: number;
  height: number;
}

/** How far down the content may be moved, in px. @param height of the visible part */
export function maxTop(count: number, height: number): number {
  return Math.max(0, count * ROW_PX - height);
}

/**
 * The scrollbar's thumb. The table scrolls by itself, since a browser's own scrolling ends at some 33 million px,
 * which is 1.5 million rows; the mapping of the thumb is exact at any count.
 */
export function thumbOf(top: number, count: number, height: number): Thumb | undefined {
  const most = maxTop(count, height);
  if (most === 0 || height <= 0) return undefined;
  const size = Math.min(height, Math.max(MIN_THUMB_PX, (height * height) / (count * ROW_PX)));
  return { top: (Math.min(top, most) / most) * (height - size), height: size };
}

/** The inverse: where the content stands when the thumb does at `thumbTop`. */
export function topOfThumb(thumbTop: number, count: number, height: number): number {
  const thumb = thumbOf(0, count, height);
  if (!thumb || height === thumb.height) return 0;
  const share = Math.min(1, Math.max(0, thumbTop / (height - thumb.height)));
  return share * maxTop(count, height);
}

/** First and last row that are seen, even in part; `last` is inclusive, -1 when there are none. */
export function visibleRows(top: number, count: number, height: number): { first: number; last: number } {
  const first = Math.min(Math.floor(top / ROW_PX), Math.max(0, count - 1));
  return { first, last: Math.min(count - 1, Math.ceil((top + height) / ROW_PX) - 1) };
}

/** Where the content must stand so that a row is seen; `top` itself when it already is. */
export function topToShow(position: number, top: number, count: number, height: number, align: 'nearest' | 'center') {
  const rowTop = position * ROW_PX;
  const most = maxTop(count, height);
  const clamp = (value: number): number => Math.min(most, Math.max(0, value));
  if (align === 'center') {
    const seen = rowTop >= top && rowTop + ROW_PX <= top + height;
    return seen ? clamp(top) : clamp(rowTop - height / 2 + ROW_PX / 2);
  }
  if (rowTop < top) return clamp(rowTop);
  return rowTop + ROW_PX > top + height ? clamp(rowTop + ROW_PX - height) : clamp(top);
}
