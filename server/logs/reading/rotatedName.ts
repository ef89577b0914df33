/** What a file name says of its place in a rotated set. */
export interface RotatedName {
  /** The name of the set: the name without number, date and packing. */
  stem: string;
  /** `.gz` and the like. */
  isPacked: boolean;
  /** As digits, year first, so that they sort by time. */
  date: string | undefined;
  number: number | undefined;
}

const PACKED = /\.(?:gz|zst|bz2|xz)$/i;
const CLOCK = String.raw`(?:[-_T]?([01]\d|2[0-3])(?:[-_.:]?([0-5]\d)(?:[-_.:]?([0-5]\d))?)?)?`;
const MONTH = '(0[1-9]|1[0-2])';
const DAY = '(0[1-9]|[12]\\d|3[01])';

/** A date or a moment with what parts it from the name; what follows it is the end, a number or an extension. */
const DATES: readonly { pattern: RegExp; order: readonly number[] }[] = [
  {
    pattern: new RegExp(String.raw`(?:__|[-_.]|^)((?:19|20)\d{2})([-_.]?)${MONTH}\2${DAY}${CLOCK}Z?(?=$|[-_.])`),
    order: [1, 3, 4, 5, 6, 7],
  },
  // log4j2's own example: app-11-23-2026-1.log.gz
  { pattern: new RegExp(String.raw`[-_.]${MONTH}-${DAY}-((?:19|20)\d{2})(?=$|[-_.])`), order: [3, 1, 2] },
];
/** Seconds since 1970: logrotate's dateformat -%s. */
const EPOCH = /[-.](1\d{9})(?=$|\.)/;

/**
 * Knows logrotate (numbers, dateext), log4j and logback, Python's handlers, winston, pm2, glog and what writes alike.
 * A number alone counts only at the end (`app.log.1`), or between dots ahead of the extension (`app.1.log`): elsewhere
 * it tells an instance or a port.
 */
export function rotatedName(name: string): RotatedName {
  const unpacked = name.replace(PACKED, '');
  const isPacked = unpacked !== name;
  const dated = takeDate(unpacked);
  if (dated !== undefined) {
    const { before, after, date } = dated;
    // glog ends with the pid, which is no number in a row.
    const isGlog = /\.\d{8}-\d{6}\.\d+$/.test(unpacked);
    const number = /^[-_.](\d{1,5})(?=$|\.)/.exec(after) ?? /\.(\d{1,3})$/.exec(after);
    const rest = number === null ? after : after.slice(0, number.index) + after.slice(number.index + number[0].length);
    return {
      stem: before + rest,
      isPacked,
      date,
      number: number === null || isGlog ? undefined : Number(number[1]),
    };
  }
  const numbered = /^(.+)\.(\d{1,3})$/.exec(unpacked) ?? /^(.+)\.(\d{1,2})(\.[A-Za-z]+)$/.exec(unpacked);
  if (numbered === null) return { stem: unpacked, isPacked, date: undefined, number: undefined };
  return { stem: `${numbered[1]}${numbered[3] ?? ''}`, isPacked, date: undefined, number: Number(numbered[2]) };
}

function takeDate(name: string): { before: string; after: string; date: string } | undefined {
  for (const { pattern, order } of DATES) {
    const match = pattern.exec(name);
    if (match === null) continue;
    const date = order.map((group) => match[group] ?? '00').join('');
    return {
      before: name.slice(0, match.index),
      after: name.slice(match.index + match[0].length),
      date: date.padEnd(14, '0'),
    };
  }
  const epoch = EPOCH.exec(name);
  if (epoch === null) return undefined;
  const date = new Date(Number(epoch[1]) * 1000).toISOString().replace(/\D/g, '').slice(0, 14);
  return { before: name.slice(0, epoch.index), after: name.slice(epoch.index + epoch[0].length), date };
}
