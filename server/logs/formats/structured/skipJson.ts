// Steps over the parts of a JSON text in bytes, without building anything. All functions bear any input: what is not
// JSON, or is cut off, ends at `end`.

/** @param at behind the opening quote; @returns the closing quote, or `end` */
export function stringEnd(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end) {
    const byte = bytes[next];
    if (byte === 0x22) return next;
    next += byte === 0x5c ? 2 : 1;
  }
  return end;
}

/** @param at the opening bracket; @returns behind the closing one, or `end` */
export function nestedEnd(bytes: Uint8Array, at: number, end: number): number {
  let depth = 0;
  let next = at;
  while (next < end) {
    const byte = bytes[next] as number;
    if (byte === 0x22) {
      next = stringEnd(bytes, next + 1, end) + 1;
      continue;
    }
    next += 1;
    // `[` and `{`, `]` and `}` differ in one bit.
    const bracket = byte | 0x20;
    if (bracket === 0x7b) depth += 1;
    else if (bracket === 0x7d) {
      depth -= 1;
      if (depth <= 0) return next;
    }
  }
  return end;
}

/** @param at a number, `true`, `false` or `null`; @returns behind its last byte */
export function scalarEnd(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end) {
    const byte = bytes[next] as number;
    // , } ] and white space
    if (byte === 0x2c || byte === 0x7d || byte === 0x5d || byte <= 0x20) return next;
    next += 1;
  }
  return end;
}

/** Behind white space. */
export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && (bytes[next] as number) <= 0x20) next += 1;
  return next;
}

/** Behind white space, commas and opening square brackets: to the first `{` of a line of an array of objects. */
export function skipToObject(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end) {
    const byte = bytes[next] as number;
    if (byte > 0x20 && byte !== 0x2c && byte !== 0x5b) return next;
    next += 1;
  }
  return next;
}

/** @param at the first byte of any value; @returns behind its last, always further than `at` */
export function valueEnd(bytes: Uint8Array, at: number, end: number): number {
  const byte = bytes[at];
  if (byte === 0x22) return Math.min(end, stringEnd(bytes, at + 1, end) + 1);
  if (byte === 0x7b || byte === 0x5b) return nestedEnd(bytes, at, end);
  return Math.max(scalarEnd(bytes, at, end), at + 1);
}
