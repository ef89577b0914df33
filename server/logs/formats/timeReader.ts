import { COLON, COMMA, DASH, DOT, isDigit, isLetter, PLUS, SPACE } from './ascii.ts';
import { compileLayout, type LayoutStep, LITERAL } from './timeLayout.ts';
import { zoneNameEnd, zoneOfName } from './zoneNames.ts';

export interface TimeFrame {
  /** Minutes that times without a zone are ahead of UTC. */
  zoneMinutes: number;
  /** Midnight UTC of the day of times without a date; 1 January of the year of times without a year. */
  startMs?: number;
}

const DAY = 86_400_000;
const MINUTE = 60_000;
const LONGEST_PREFIX = 48;
const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec';

/** Reads times of one layout. The bytes ahead of the seconds are remembered: lines of the same minute are read from there on. */
export class TimeReader {
  /** Of the time read last; NaN: its numbers are no date (month 13, 30 February). */
  ms = Number.NaN;
  readonly #steps: readonly LayoutStep[];
  readonly #secondsStep: number;
  readonly #zoneMinutes: number;
  readonly #startYear: number;
  readonly #startMs: number;
  readonly #dated: boolean;
  /** Nothing but a fraction follows the seconds, and all else stands ahead of them. */
  readonly #plain: boolean;
  #year = 0;
  #month = 0;
  #day = 0;
  #hour = 0;
  #minute = 0;
  #second = 0;
  #fraction = 0;
  #zone = 0;
  #epoch = Number.NaN;
  /** The bytes ahead of the seconds, of the time read last, and what they said. */
  readonly #prefix = new Uint8Array(LONGEST_PREFIX);
  #prefixLength = 0;
  #prefixYear = 0;
  #prefixMonth = 0;
  #prefixDay = 0;
  #prefixHour = 0;
  #prefixMinute = 0;
  /** Time of the prefix with no seconds; NaN: it is none. */
  #prefixMs = Number.NaN;
  #dayKey = -1;
  #dayMs = 0;

  /** @param layout see `compileLayout` */
  constructor(layout: string, frame: TimeFrame) {
    this.#steps = compileLayout(layout);
    this.#secondsStep = this.#steps.findIndex(({ code }) => code === 83);
    this.#zoneMinutes = frame.zoneMinutes;
    const start = frame.startMs ?? 0;
    this.#startYear = new Date(start).getUTCFullYear();
    this.#startMs = start;
    this.#dated = this.#steps.some(({ code }) => code === 100 || code === 101);
    this.#plain = /^(?:[^%]|%[YymnbdeHkMa])*%S(?:%f)?$/.test(layout);
  }

  /** Reads the time at `at`. @returns the offset behind it; -1: no time of this layout stands there */
  read(bytes: Uint8Array, at: number, end: number): number {
    const length = this.#prefixLength;
    if (this.#plain && length > 0 && at + length + 1 < end && samePrefix(this.#prefix, length, bytes, at))
      return this.#readSeconds(bytes, at + length, end);
    return this.#readAll(bytes, at, end);
  }

  /** What stands behind the remembered bytes of a plain layout. */
  #readSeconds(bytes: Uint8Array, at: number, end: number): number {
    const tens = (bytes[at] as number) - 48;
    const ones = (bytes[at + 1] as number) - 48;
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) return -1;
    const second = 10 * tens + ones;
    this.#fraction = 0;
    const next = this.#steps.length > this.#secondsStep + 1 ? this.#fractionOf(bytes, at + 2, end) : at + 2;
    this.ms = second > 60 ? Number.NaN : this.#prefixMs + (second * 1000 + this.#fraction);
    return next;
  }

  #readAll(bytes: Uint8Array, at: number, end: number): number {
    this.#second = 0;
    this.#fraction = 0;
    this.#zone = this.#zoneMinutes;
    const length = this.#prefixLength;
    let next = at;
    let step = 0;
    let known = false;
    if (length > 0 && at + length < end && samePrefix(this.#prefix, length, bytes, at)) {
      this.#year = this.#prefixYear;
      this.#month = this.#prefixMonth;
      this.#day = this.#prefixDay;
      this.#hour = this.#prefixHour;
      this.#minute = this.#prefixMinute;
      next = at + length;
      step = this.#secondsStep;
      known = true;
    } else {
      this.#year = this.#startYear;
      this.#month = 1;
      this.#day = 1;
      this.#hour = 0;
      this.#minute = 0;
      this.#epoch = Number.NaN;
    }
    for (; step < this.#steps.length; step += 1) {
      if (step === this.#secondsStep && !known) this.#remember(bytes, at, next);
      const { code, byte } = this.#steps[step] as LayoutStep;
      if (code === LITERAL) {
        if (next >= end || bytes[next] !== byte) return -1;
        next += 1;
      } else {
        next = this.#field(code, bytes, next, end);
        if (next < 0) return -1;
      }
    }
    this.ms = this.#value();
    return next;
  }

  #remember(bytes: Uint8Array, at: number, next: number): void {
    const length = next - at;
    if (length > LONGEST_PREFIX) return;
    for (let offset = 0; offset < length; offset += 1) this.#prefix[offset] = bytes[at + offset] as number;
    this.#prefixLength = length;
    this.#prefixYear = this.#year;
    this.#prefixMonth = this.#month;
    this.#prefixDay = this.#day;
    this.#prefixHour = this.#hour;
    this.#prefixMinute = this.#minute;
    this.#prefixMs = this.#value();
  }

  #value(): number {
    if (!Number.isNaN(this.#epoch)) return this.#epoch;
    if (this.#hour > 23 || this.#minute > 59 || this.#second > 60) return Number.NaN;
    const clock = ((this.#hour * 60 + this.#minute) * 60 + this.#second) * 1000 + this.#fraction - this.#zone * MINUTE;
    if (!this.#dated) return this.#startMs + clock;
    const key = (this.#year * 13 + this.#month) * 40 + this.#day;
    if (key !== this.#dayKey) {
      this.#dayKey = key;
      this.#dayMs = dayOf(this.#year, this.#month, this.#day) * DAY;
    }
    return this.#dayMs + clock;
  }

  #field(code: number, bytes: Uint8Array, at: number, end: number): number {
    switch (code) {
      case 89: // %Y
        this.#year = number(bytes, at, end, 4);
        return this.#year < 0 ? -1 : at + 4;
      case 121: // %y
        this.#year = 2000 + number(bytes, at, end, 2);
        return this.#year < 2000 ? -1 : at + 2;
      case 109: // %m
        this.#month = number(bytes, at, end, 2);
        return this.#month < 0 ? -1 : at + 2;
      case 98: // %b
        return this.#monthName(bytes, at, end);
      case 100: // %d
        this.#day = number(bytes, at, end, 2);
        return this.#day < 0 ? -1 : at + 2;
      case 72: // %H
        this.#hour = number(bytes, at, end, 2);
        return this.#hour < 0 ? -1 : at + 2;
      case 77: // %M
        this.#minute = number(bytes, at, end, 2);
        return this.#minute < 0 ? -1 : at + 2;
      case 83: // %S
        this.#second = number(bytes, at, end, 2);
        return this.#second < 0 ? -1 : at + 2;
      case 102: // %f
        return this.#fractionOf(bytes, at, end);
      case 122: // %z
        return this.#zoneOf(bytes, at, end);
      case 97: // %a
        return weekday(bytes, at, end);
      case 112: // %p
        return this.#halfOf(bytes, at, end);
      case 115: // %s
        return this.#epochOf(bytes, at, end);
      default:
        return this.#loose(code, bytes, at, end);
    }
  }

  /** %e %k %n: one or two digits, perhaps behind the blank that pads them. */
  #loose(code: number, bytes: Uint8Array, at: number, end: number): number {
    let next = at < end && bytes[at] === SPACE && code !== 110 ? at + 1 : at;
    if (next >= end || !isDigit(bytes[next] as number)) return -1;
    let value = (bytes[next] as number) - 48;
    next += 1;
    if (next < end && isDigit(bytes[next] as number)) {
      value = value * 10 + (bytes[next] as number) - 48;
      next += 1;
    }
    if (code === 101) this.#day = value;
    else if (code === 107) this.#hour = value;
    else this.#month = value;
    return next;
  }

  #monthName(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 3) return -1;
    const [a, b, c] = [(bytes[at] as number) | 32, (bytes[at + 1] as number) | 32, (bytes[at + 2] as number) | 32];
    for (let month = 0; month < 12; month += 1)
      if (
        MONTHS.charCodeAt(month * 3) === a &&
        MONTHS.charCodeAt(month * 3 + 1) === b &&
        MONTHS.charCodeAt(month * 3 + 2) === c
      ) {
        this.#month = month + 1;
        let next = at + 3;
        while (next < end && isLetter(bytes[next] as number)) next += 1;
        return next - at <= 9 ? next : -1;
      }
    return -1;
  }

  /** A fraction of up to nine digits behind a dot, comma or colon; may be missing. */
  #fractionOf(bytes: Uint8Array, at: number, end: number): number {
    const mark = at < end ? bytes[at] : 0;
    if ((mark !== DOT && mark !== COMMA && mark !== COLON) || at + 1 >= end || !isDigit(bytes[at + 1] as number))
      return at;
    let next = at + 1;
    let scale = 100;
    let value = 0;
    for (; next < end && next - at <= 9; next += 1) {
      const digit = (bytes[next] as number) - 48;
      if (digit < 0 || digit > 9) break;
      // From a tenth of a second to a millisecond.
      if (next - at <= 3) {
        value += digit * scale;
        scale = (scale / 10) | 0;
      }
    }
    this.#fraction = value;
    return next;
  }

  /** `Z`, `+02:00`, `+0200`, `-05`, ` +0200`, ` UTC`; may be missing. */
  #zoneOf(bytes: Uint8Array, at: number, end: number): number {
    const apart = at < end && bytes[at] === SPACE;
    const from = apart ? at + 1 : at;
    if (from >= end) return at;
    const first = bytes[from] as number;
    if (first === PLUS || first === DASH) {
      const hours = number(bytes, from + 1, end, 2);
      if (hours < 0 || hours > 18) return at;
      const colon = from + 3 < end && bytes[from + 3] === COLON ? 1 : 0;
      const minutes = number(bytes, from + 3 + colon, end, 2);
      if (minutes < 0 && apart) return at;
      const size = hours * 60 + Math.max(minutes, 0);
      this.#zone = first === DASH ? -size : size;
      return minutes < 0 ? from + 3 : from + 5 + colon;
    }
    if (!apart && first === 90 && !(from + 1 < end && isLetter(bytes[from + 1] as number))) {
      this.#zone = 0;
      return from + 1;
    }
    const behind = zoneNameEnd(bytes, from, end);
    if (behind === from || (behind < end && isLetter(bytes[behind] as number))) return at;
    const minutes = zoneOfName(bytes, from, behind);
    if (Number.isNaN(minutes)) return at;
    this.#zone = minutes;
    return behind;
  }

  /** AM or PM, perhaps behind a blank. */
  #halfOf(bytes: Uint8Array, at: number, end: number): number {
    const from = at < end && bytes[at] === SPACE ? at + 1 : at;
    if (from + 1 >= end || ((bytes[from + 1] as number) | 32) !== 109) return -1;
    const half = (bytes[from] as number) | 32;
    if (half !== 97 && half !== 112) return -1;
    this.#hour = (this.#hour % 12) + (half === 112 ? 12 : 0);
    return from + 2;
  }

  /** Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by the count of digits; a fraction may follow. */
  #epochOf(bytes: Uint8Array, at: number, end: number): number {
    let next = at;
    let value = 0;
    for (; next < end && isDigit(bytes[next] as number); next += 1) value = value * 10 + (bytes[next] as number) - 48;
    const digits = next - at;
    if (digits < 9 || digits > 19) return -1;
    const unit = digits <= 10 ? 1000 : digits <= 13 ? 1 : digits <= 16 ? 1e-3 : 1e-6;
    this.#fraction = 0;
    if (digits <= 10 && next < end && bytes[next] === DOT) next = this.#fractionOf(bytes, next, end);
    this.#epoch = digits <= 13 ? value * unit + this.#fraction : Math.floor(value * unit);
    return next;
  }
}

function samePrefix(prefix: Uint8Array, length: number, bytes: Uint8Array, at: number): boolean {
  // From behind: the minutes differ first.
  for (let offset = length - 1; offset >= 0; offset -= 1) if (prefix[offset] !== bytes[at + offset]) return false;
  return true;
}

function number(bytes: Uint8Array, at: number, end: number, digits: number): number {
  if (end - at < digits) return -1;
  let value = 0;
  for (let next = at; next < at + digits; next += 1) {
    const digit = (bytes[next] as number) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

const WEEKDAYS = 'montuewedthufrisatsun';

function weekday(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 3) return -1;
  for (let day = 0; day < 7; day += 1)
    if (
      WEEKDAYS.charCodeAt(day * 3) === ((bytes[at] as number) | 32) &&
      WEEKDAYS.charCodeAt(day * 3 + 1) === ((bytes[at + 1] as number) | 32) &&
      WEEKDAYS.charCodeAt(day * 3 + 2) === ((bytes[at + 2] as number) | 32)
    ) {
      let next = at + 3;
      while (next < end && isLetter(bytes[next] as number)) next += 1;
      return next;
    }
  return -1;
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days since 1970 of a date of the Gregorian calendar (years 0 to 9999); NaN: there is no such day. */
export function dayOf(year: number, month: number, day: number): number {
  if (month < 1 || month > 12 || day < 1) return Number.NaN;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > (MONTH_DAYS[month - 1] as number) + (leap && month === 2 ? 1 : 0)) return Number.NaN;
  // Years begin in March here, so that the leap day is their last (the civil calendar as Howard Hinnant counts it).
  const from = month <= 2 ? year - 1 : year;
  const era = Math.floor(from / 400);
  const inEra = from - era * 400;
  const inYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + inEra * 365 + Math.floor(inEra / 4) - Math.floor(inEra / 100) + inYear - 719_468;
}
