import { createHead, type LogFormat, resetHead } from '../formats/logFormat.ts';
import type { ShapeTable } from '../templates/template.ts';
import type { RecordBytes } from './logIndex.ts';
import { NameHash } from './nameHash.ts';
import { LINE_FEED, LOOK_BYTES, MINED_BYTES, NAME_BYTES } from './scanLimits.ts';

/** Finds the trace of that hash in a record that tells it, the way the scan found it. '' when it is not there any more. */
export function traceTextIn(
  { bytes, start, end }: RecordBytes,
  encoding: BufferEncoding,
  format: LogFormat,
  shapes: ShapeTable,
  [high, low]: readonly [high: number, low: number],
): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const head = createHead();
  const hash = new NameHash();
  const textOf = (from: number, to: number): string | undefined => {
    const stop = Math.min(to, from + NAME_BYTES);
    hash.of(buffer, from, stop);
    return hash.high === high && hash.low === low ? buffer.toString(encoding, from, stop) : undefined;
  };
  const last = Math.min(end, start + LOOK_BYTES);
  for (let line = start; line < last; ) {
    const feed = buffer.indexOf(LINE_FEED, line);
    const next = feed === -1 ? last : feed + 1;
    const stop = Math.min(last, feed === -1 ? last : feed);
    resetHead(head, line, stop);
    format.parse(buffer, line, stop, head);
    const told = head.traceEnd > head.traceStart ? textOf(head.traceStart, head.traceEnd) : undefined;
    if (told !== undefined) return told;
    shapes.add(buffer, head.messageStart, Math.min(head.messageEnd, head.messageStart + MINED_BYTES));
    const written = shapes.traceEnd > shapes.traceStart ? textOf(shapes.traceStart, shapes.traceEnd) : undefined;
    if (written !== undefined) return written;
    line = next;
  }
  return '';
}
