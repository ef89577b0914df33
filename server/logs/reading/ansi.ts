const ESCAPE = 0x1b;
const BELL = 0x07;

/**
 * The end of the terminal escape sequence that begins with the escape at `at` (colours, cursor, titles, links; ECMA-48).
 * What is cut off by `end` ends there; a string sequence that is never closed ends behind its introducer, so that no text
 * vanishes into it.
 * @param end exclusive; the end of the line
 */
export function escapeEnd(bytes: Uint8Array, at: number, end: number): number {
  let next = at + 1;
  if (next >= end) return end;
  const kind = bytes[next] as number;
  next += 1;
  if (kind === 0x5b) {
    while (next < end && (bytes[next] as number) >= 0x20 && (bytes[next] as number) < 0x40) next += 1;
    const isFinal = next < end && (bytes[next] as number) >= 0x40 && (bytes[next] as number) < 0x7f;
    return isFinal ? next + 1 : next;
  }
  // OSC, DCS, SOS, PM, APC: up to the bell or the string terminator.
  if (kind === 0x5d || kind === 0x50 || kind === 0x58 || kind === 0x5e || kind === 0x5f) {
    for (let close = next; close < end; close += 1) {
      if (bytes[close] === BELL) return close + 1;
      if (bytes[close] === ESCAPE) return bytes[close + 1] === 0x5c && close + 1 < end ? close + 2 : next;
    }
    return next;
  }
  if (kind >= 0x20 && kind < 0x30) {
    while (next < end && (bytes[next] as number) >= 0x20 && (bytes[next] as number) < 0x30) next += 1;
    return next < end && (bytes[next] as number) >= 0x30 && (bytes[next] as number) < 0x7f ? next + 1 : next;
  }
  return kind >= 0x30 && kind < 0x7f ? next : at + 1;
}

/** Whether a terminal escape sequence begins in bytes[start, end). */
export function hasAnsi(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (bytes[at] === ESCAPE) return true;
  return false;
}

/** bytes[start, end) without terminal escape sequences; a view of the same bytes when there are none. */
export function stripAnsi(bytes: Uint8Array, start: number, end: number): Uint8Array {
  // Searched in a view, so that a line without any does not search the rest of the buffer.
  const line = bytes.subarray(start, end);
  let at = line.indexOf(ESCAPE);
  if (at < 0) return line;
  const kept = new Uint8Array(line.length);
  let size = 0;
  let from = 0;
  while (at >= 0) {
    kept.set(line.subarray(from, at), size);
    size += at - from;
    from = escapeEnd(line, at, line.length);
    at = line.indexOf(ESCAPE, from);
  }
  kept.set(line.subarray(from), size);
  return kept.subarray(0, size + line.length - from);
}
