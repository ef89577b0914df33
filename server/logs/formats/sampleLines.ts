/** The lines of a sample of a log: ranges in its bytes, without line feed and carriage return. */
export interface SampleLines {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Enough to know a format, and few enough that every family may try every line. */
export const SAMPLE_LINES = 2000;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Splits a sample. Its last line is left out when it has no line feed, unless it is the only one: it may be cut. */
export function sampleLines(bytes: Uint8Array, limit = SAMPLE_LINES): SampleLines {
  const starts = new Int32Array(limit);
  const ends = new Int32Array(limit);
  let count = 0;
  let start = 0;
  while (start < bytes.length && count < limit) {
    const feed = bytes.indexOf(LINE_FEED, start);
    if (feed < 0 && count > 0) break;
    let end = feed < 0 ? bytes.length : feed;
    if (end > start && bytes[end - 1] === CARRIAGE_RETURN) end -= 1;
    starts[count] = start;
    ends[count] = end;
    count += 1;
    start = feed < 0 ? bytes.length : feed + 1;
  }
  return { bytes, count, starts: starts.subarray(0, count), ends: ends.subarray(0, count) };
}

/** A sample of lines that were taken out of another one (an unwrapped layer). */
export function sampleOf(lines: readonly Uint8Array[]): SampleLines {
  const bytes = new Uint8Array(lines.reduce((sum, line) => sum + line.length + 1, 0));
  const starts = new Int32Array(lines.length);
  const ends = new Int32Array(lines.length);
  let at = 0;
  lines.forEach((line, number) => {
    bytes.set(line, at);
    starts[number] = at;
    ends[number] = at + line.length;
    bytes[at + line.length] = LINE_FEED;
    at += line.length + 1;
  });
  return { bytes, count: lines.length, starts, ends };
}

/** At most `count` lines of a sample, evenly spread; the bytes stay, so that each line still has the one before it. */
export function thinned(sample: SampleLines, count: number): SampleLines {
  if (sample.count <= count) return sample;
  const pick = (all: Int32Array): Int32Array =>
    Int32Array.from({ length: count }, (_, at) => all[Math.floor((at * sample.count) / count)] as number);
  return { bytes: sample.bytes, count, starts: pick(sample.starts), ends: pick(sample.ends) };
}
