import { isAlphanumeric, isDigit } from './ascii.ts';
import { TimeReader } from './timeReader.ts';

/** Spellings of dates, most specific first. Those that could be read in two ways stand side by side: the sample decides. */
const DATES = [
  '%Y-%m-%d',
  '%Y/%m/%d',
  '%Y.%m.%d',
  '%Y%m%d',
  '%Y-%b-%d',
  '%Y %b %e',
  '%y/%m/%d',
  '%y-%m-%d',
  '%y.%m.%d',
  '%y%m%d',
  '%d%m%y',
  '%d/%m/%Y',
  '%m/%d/%Y',
  '%d-%m-%Y',
  '%m-%d-%Y',
  '%d.%m.%Y',
  '%n/%e/%Y',
  '%e/%n/%Y',
  '%d/%m/%y',
  '%m/%d/%y',
  '%d.%m.%y',
  '%d/%b/%Y',
  '%d-%b-%Y',
  '%e-%b-%Y',
  '%e %b %Y',
  '%a, %e %b %Y',
  '%a %e %b %Y',
  '%a, %b %e, %Y',
  '%b %e, %Y',
  '%b %e %Y',
  '%a %b %e',
  '%a %Y-%m-%d',
  '%b %e',
  '%e %b',
  '%m-%d',
  '%d-%m',
  '%m.%d',
  '%d.%m',
  '%m/%d',
  '%d/%m',
  '%m%d',
];
const SEPARATORS = [' ', 'T', '-', '  ', ', ', ':', '_', '.', '/', ' - ', ' | ', '|', ';', ',', '\t', '] [', ' at '];
const CLOCKS = [
  '%H:%M:%S%f%p',
  '%k:%M:%S%f%p',
  '%H:%M:%S%f%z',
  '%k:%M:%S%f%z',
  '%H.%M.%S%f%z',
  '%H-%M-%S%f%z',
  '%H%M%S%f%z',
  '%k:%M%p',
  '%H:%M%z',
];
/** What may follow the clock when the date had no year. */
const YEARS = [' %Y', '%z %Y'];
/** Epochs of 2000 to 2040 are believed. */
const EARLIEST = 946_684_800_000;
const LATEST = 2_208_988_800_000;

export interface FoundTime {
  layout: string;
  /** Offset behind the time. */
  end: number;
  ms: number;
}

const readers = new Map<string, TimeReader>();

function readerOf(layout: string): TimeReader {
  let reader = readers.get(layout);
  if (!reader) {
    // 2000 is a leap year: 29 February without a year is a date.
    reader = new TimeReader(layout, { zoneMinutes: 0, startMs: EARLIEST });
    readers.set(layout, reader);
  }
  return reader;
}

const worded = DATES.filter((date) => /^%[ab]/.test(date)).map(withReader);
const numbered = DATES.filter((date) => !/^%[ab]/.test(date)).map(withReader);
const clocks = CLOCKS.map(withReader);

interface Spelling {
  layout: string;
  reader: TimeReader;
}

function withReader(layout: string): Spelling {
  return { layout, reader: readerOf(layout) };
}

/** Of each sample: what was found at an offset. Many patterns ask for the time at the same place. */
const known = new WeakMap<Uint8Array, Map<number, readonly FoundTime[]>>();

/** Every way to read the longest time that stands at `at`; empty: none does. Only times that end where a word ends count. */
export function findTimeLayouts(bytes: Uint8Array, at: number, end: number): readonly FoundTime[] {
  if (at >= end || !isAlphanumeric(bytes[at] as number)) return [];
  const places = known.get(bytes) ?? new Map<number, readonly FoundTime[]>();
  known.set(bytes, places);
  const found = places.get(at) ?? search(bytes, at, end);
  places.set(at, found);
  return found;
}

function search(bytes: Uint8Array, at: number, end: number): FoundTime[] {
  const found: FoundTime[] = [];
  const digits = isDigit(bytes[at] as number);
  const epoch = digits ? read(withReader('%s'), bytes, at, end) : undefined;
  if (epoch && epoch.ms >= EARLIEST && epoch.ms < LATEST) found.push(epoch);
  for (const date of digits ? numbered : worded) {
    const day = read(date, bytes, at, end, false);
    if (!day) continue;
    const whole = withClock(day, bytes, at, end);
    if (whole) found.push(whole);
    else if (day.end === end || !isAlphanumeric(bytes[day.end] as number)) found.push(day);
  }
  if (digits)
    for (const clock of clocks) {
      const time = read(clock, bytes, at, end);
      if (time && (clock.layout.includes(':') || clock.layout.includes('.'))) found.push(time);
    }
  return found;
}

function withClock(day: FoundTime, bytes: Uint8Array, at: number, end: number): FoundTime | undefined {
  for (const separator of SEPARATORS) {
    if (!matches(separator, bytes, day.end, end)) continue;
    for (const clock of clocks) {
      if (clock.reader.read(bytes, day.end + separator.length, end) < 0) continue;
      const layout = `${day.layout}${separator}${clock.layout}`;
      const time = read(withReader(layout), bytes, at, end);
      if (!time) continue;
      if (!/%[Yy]/.test(day.layout))
        for (const year of YEARS) {
          const later = read(withReader(layout.replace('%z', '') + year), bytes, at, end);
          if (later) return later;
        }
      return time;
    }
  }
  return undefined;
}

function matches(text: string, bytes: Uint8Array, at: number, end: number): boolean {
  for (let offset = 0; offset < text.length; offset += 1)
    if (at + offset >= end || bytes[at + offset] !== text.charCodeAt(offset)) return false;
  return true;
}

function read(spelling: Spelling, bytes: Uint8Array, at: number, end: number, whole = true): FoundTime | undefined {
  const { layout, reader } = spelling;
  const behind = reader.read(bytes, at, end);
  if (behind < 0 || Number.isNaN(reader.ms)) return undefined;
  if (whole && behind < end && isAlphanumeric(bytes[behind] as number)) return undefined;
  const { ms } = reader;
  // A zone that may stand there and does not costs time in every line.
  const bare = layout.endsWith('%z') ? readerOf(layout.slice(0, -2)) : undefined;
  const zoned = !bare || bare.read(bytes, at, end) !== behind;
  return { layout: zoned ? layout : layout.slice(0, -2), end: behind, ms };
}
