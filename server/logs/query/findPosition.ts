import { hasBit } from './bitmap.ts';
import type { LogView } from './logView.ts';
import { zoneOf } from './zone.ts';

/** What is looked for in a view: a record, a moment (ms), or a line of a source (1-based). */
export type PositionTarget = { record: number } | { time: number } | { line: { source: number; line: number } };

/** Where in a view something stands, or the next that does behind it; -1: nothing does. */
export function findPosition(view: LogView, target: PositionTarget): number {
  if ('record' in target) return view.positionOf(target.record);
  return 'time' in target ? positionOfTime(view, target.time) : positionOfLine(view, target.line);
}

/** The first position whose record is not before a time: of a log whose times run backwards, the first such in its order. */
function positionOfTime(view: LogView, time: number): number {
  const { index } = view;
  let best = -1;
  for (let number = 0; number < index.chunkCount; number += 1) {
    const bits = view.bitsOf(number);
    if (!bits || !(zoneOf(index, number).lastTime >= time)) continue;
    const chunk = index.chunk(number);
    for (let at = 0; at < chunk.count; at += 1) {
      if (!hasBit(bits, at) || !((chunk.times[at] as number) >= time)) continue;
      const position = view.positionOf(chunk.first + at);
      if (best < 0 || position < best) best = position;
      break;
    }
    // Records of one source stand in the order of the view.
    if (best >= 0 && index.sources.length === 1) break;
  }
  return best;
}

/** The record that holds a line, or the next match of its source behind it. */
function positionOfLine(view: LogView, { source, line }: { source: number; line: number }): number {
  const { index } = view;
  for (let number = 0; number < index.chunkCount; number += 1) {
    const bits = view.bitsOf(number);
    if (!bits) continue;
    const { count, lines, firstLine, first, source: own } = index.chunk(number);
    if (own !== source || firstLine + (lines[count] as number) <= line) continue;
    for (let at = 0; at < count; at += 1)
      if (hasBit(bits, at) && firstLine + (lines[at + 1] as number) > line) return view.positionOf(first + at);
  }
  return -1;
}
