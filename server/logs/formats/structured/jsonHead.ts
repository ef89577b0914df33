import type { Head } from '../logFormat.ts';
import { durationOfText, millisecondsIn } from './durationValue.ts';
import {
  argumentOf,
  COMPONENT,
  DURATION,
  type KeyTable,
  LEVEL,
  MESSAGE,
  NO_RANK,
  NOTHING,
  opensOf,
  rankOf,
  roleOf,
  TIME,
  TRACE,
} from './keyTable.ts';
import { BY_SIZE, levelOfName, levelOfNumber } from './levelValue.ts';
import { ATTRIBUTES, ENDED_AT, NANOS_OF_SECOND, RECORD } from './recordKeys.ts';
import { nestedEnd, scalarEnd, skipSpace, stringEnd } from './skipJson.ts';
import { epochTime, timeOfText } from './timeValue.ts';

/** Objects are opened no deeper than this; below it they are stepped over. OTLP needs 6. */
const DEEPEST = 8;

const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/** How the values of one source are to be read where JSON leaves it open. */
export interface ValueRules {
  zoneMinutes: number;
  /** Of levelValue.ts, for level numbers of keys that have no numbering of their own. */
  numbering?: number;
  /** Of durationValue.ts, for numbers whose key names no unit. */
  unit?: number;
  /** The same for numbers without a fraction: Go's libraries write seconds with one, nanoseconds without. */
  integerUnit?: number;
  /** Code of the level of a record that tells none. */
  level?: number;
}

/**
 * Reads what a Head tells from the bytes of one JSON object, without building it: keys that the table knows are read, all
 * else is stepped over. Of several keys of one role the one of the best rank counts; of equal ones the last, as in JSON.parse.
 */
export class JsonHead {
  readonly #table: KeyTable;
  readonly #zone: number;
  readonly #numbering: number;
  readonly #unit: number;
  readonly #integerUnit: number;
  readonly #level: number;
  // Best ranks so far in the record that is being read.
  #time = NO_RANK;
  #levelRank = NO_RANK;
  #component = NO_RANK;
  #message = NO_RANK;
  #duration = NO_RANK;
  #trace = NO_RANK;

  constructor(table: KeyTable, rules: ValueRules) {
    this.#table = table;
    this.#zone = rules.zoneMinutes;
    this.#numbering = rules.numbering ?? BY_SIZE;
    this.#unit = rules.unit ?? 0;
    this.#integerUnit = rules.integerUnit ?? this.#unit;
    this.#level = rules.level ?? 0;
  }

  /** @param at the opening brace; @returns behind the closing one, or `end` */
  read(bytes: Uint8Array, at: number, end: number, head: Head): number {
    this.#time = NO_RANK;
    this.#levelRank = NO_RANK;
    this.#component = NO_RANK;
    this.#message = NO_RANK;
    this.#duration = NO_RANK;
    this.#trace = NO_RANK;
    const behind = this.#object(bytes, at + 1, end, head, RECORD, 0);
    if (head.level === 0) head.level = this.#level;
    return behind;
  }

  /** For texts that are no JSON: the value bytes[start, end) of the key that has this meaning. */
  begin(): void {
    this.#time = NO_RANK;
    this.#levelRank = NO_RANK;
    this.#component = NO_RANK;
    this.#message = NO_RANK;
    this.#duration = NO_RANK;
    this.#trace = NO_RANK;
  }

  take(bytes: Uint8Array, start: number, end: number, meaning: number, text: boolean, head: Head): void {
    const rank = rankOf(meaning);
    switch (roleOf(meaning)) {
      case TIME:
        if (rank <= this.#time) this.#takeTime(bytes, start, end, meaning, text, head);
        break;
      case LEVEL:
        if (rank <= this.#levelRank) this.#takeLevel(bytes, start, end, meaning, head);
        break;
      case COMPONENT:
        if (rank <= this.#component && text && end > start) {
          head.componentStart = start;
          head.componentEnd = end;
          this.#component = rank;
        }
        break;
      case MESSAGE:
        if (rank <= this.#message && text && end > start) {
          head.messageStart = start;
          head.messageEnd = end;
          this.#message = rank;
        }
        break;
      case DURATION:
        if (rank <= this.#duration) this.#takeDuration(bytes, start, end, meaning, text, head);
        break;
      case TRACE:
        if (rank <= this.#trace && end > start && (text || isDigit(bytes[start]))) {
          head.traceStart = start;
          head.traceEnd = end;
          this.#trace = rank;
        }
        break;
    }
  }

  #takeTime(bytes: Uint8Array, start: number, end: number, meaning: number, text: boolean, head: Head): void {
    if (argumentOf(meaning) === NANOS_OF_SECOND) {
      const nanos = numberAt(bytes, start, end);
      if (nanos >= 0) head.time += Math.floor(nanos / 1000) / 1000;
      return;
    }
    const time = text ? timeOfText(bytes, start, end, this.#zone) : epochTime(bytes, start, end);
    if (Number.isNaN(time)) return;
    head.time = time;
    this.#time = rankOf(meaning);
  }

  #takeLevel(bytes: Uint8Array, start: number, end: number, meaning: number, head: Head): void {
    const number = numberAt(bytes, start, end);
    const level =
      number >= 0 ? levelOfNumber(number, argumentOf(meaning) || this.#numbering) : levelOfName(bytes, start, end);
    if (level === 0) return;
    head.level = level;
    this.#levelRank = rankOf(meaning);
  }

  #takeDuration(bytes: Uint8Array, start: number, end: number, meaning: number, text: boolean, head: Head): void {
    const known = argumentOf(meaning);
    let duration: number;
    if (known === ENDED_AT) duration = timeOfText(bytes, start, end, this.#zone) - head.time;
    else
      duration = durationOfText(
        bytes,
        start,
        end,
        known || (text || hasFraction(bytes, start, end) ? this.#unit : this.#integerUnit),
      );
    if (!(duration >= 0)) return;
    head.durationMs = duration;
    this.#duration = rankOf(meaning);
  }

  /** @param start behind the opening brace; @returns behind the closing one */
  #object(bytes: Uint8Array, start: number, end: number, head: Head, inside: number, depth: number): number {
    const table = this.#table;
    let at = start;
    while (at < end) {
      let byte = bytes[at] as number;
      if (byte !== 0x22) {
        if (byte > 0x20 && byte !== 0x2c) return byte === 0x7d ? at + 1 : end;
        at += 1;
        continue;
      }
      const keyStart = at + 1;
      at = stringEnd(bytes, keyStart, end);
      const meaning = at < end ? table.find(bytes, keyStart, at, inside) : 0;
      at += 1;
      if (at < end && bytes[at] !== 0x3a) at = skipSpace(bytes, at, end);
      if (at >= end || bytes[at] !== 0x3a) return end;
      at += 1;
      if (at < end && (bytes[at] as number) <= 0x20) at = skipSpace(bytes, at, end);
      if (at >= end) return end;
      byte = bytes[at] as number;
      if (meaning !== 0 || byte === 0x7b || byte === 0x5b) {
        at = this.#value(bytes, at, end, head, meaning, depth);
      } else if (byte === 0x22) {
        at = stringEnd(bytes, at + 1, end) + 1;
      } else {
        at = scalarEnd(bytes, at + 1, end);
      }
    }
    return end;
  }

  /** @returns behind the value */
  #value(bytes: Uint8Array, at: number, end: number, head: Head, meaning: number, depth: number): number {
    const byte = bytes[at] as number;
    if (byte === 0x22) {
      const close = stringEnd(bytes, at + 1, end);
      if (meaning !== 0 && roleOf(meaning) !== NOTHING) this.take(bytes, at + 1, close, meaning, true, head);
      return close + 1;
    }
    if (byte === 0x7b || byte === 0x5b) {
      const opens = opensOf(meaning);
      if (opens === 0 || depth >= DEEPEST) {
        const behind = nestedEnd(bytes, at, end);
        // An object as message stands there as it is.
        if (roleOf(meaning) === MESSAGE && opens === 0) this.take(bytes, at, behind, meaning, true, head);
        return behind;
      }
      if (byte === 0x7b) {
        return opens === ATTRIBUTES
          ? this.#attribute(bytes, at, end, head, depth)
          : this.#object(bytes, at + 1, end, head, opens, depth + 1);
      }
      return this.#array(bytes, at, end, head, meaning, depth);
    }
    if (byte >= 0x30 && byte <= 0x39) {
      const behind = this.#wholeNumber(bytes, at, end, head, meaning);
      if (behind > 0) return behind;
    }
    const behind = scalarEnd(bytes, at, end);
    if (meaning !== 0 && roleOf(meaning) !== NOTHING && byte !== 0x6e)
      this.take(bytes, at, behind, meaning, false, head);
    return Math.max(behind, at + 1);
  }

  /** Most numbers are whole: they are read while they are stepped over. @returns behind it; 0: it has a fraction, or is no plain number */
  #wholeNumber(bytes: Uint8Array, start: number, end: number, head: Head, meaning: number): number {
    // Two halves of 9 digits stay integers of the machine.
    let low = 0;
    let at = start;
    const half = Math.min(end, start + 9);
    for (; at < half; at += 1) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) break;
      low = low * 10 + digit;
    }
    let value = low;
    if (at === half) {
      low = 0;
      const last = Math.min(end, start + 18);
      for (; at < last; at += 1) {
        const digit = (bytes[at] as number) - 0x30;
        if (digit < 0 || digit > 9) break;
        low = low * 10 + digit;
      }
      value = value * (POWERS[at - half] as number) + low;
    }
    if (at >= end) return 0;
    const next = bytes[at] as number;
    if (next !== 0x2c && next !== 0x7d) return 0;
    const role = roleOf(meaning);
    const rank = rankOf(meaning);
    const argument = argumentOf(meaning);
    if (role === TIME) {
      if (argument === NANOS_OF_SECOND) return 0;
      if (rank <= this.#time && value >= 100_000_000) {
        head.time =
          value < 1e11
            ? value * 1000
            : value < 1e14
              ? value
              : value < 1e17
                ? value / 1000
                : Math.floor(value / 1000) / 1000;
        this.#time = rank;
      }
    } else if (role === LEVEL) {
      const level = levelOfNumber(value, argument || this.#numbering);
      if (level !== 0 && rank <= this.#levelRank) {
        head.level = level;
        this.#levelRank = rank;
      }
    } else if (role === DURATION) {
      if (argument === ENDED_AT) return 0;
      if (rank <= this.#duration) {
        head.durationMs = value * millisecondsIn(argument || this.#integerUnit);
        this.#duration = rank;
      }
    } else this.take(bytes, start, at, meaning, false, head);
    return at;
  }

  /** The first element counts, and every attribute. */
  #array(bytes: Uint8Array, at: number, end: number, head: Head, meaning: number, depth: number): number {
    const behind = nestedEnd(bytes, at, end);
    const last = behind - 1;
    let next = skipSpace(bytes, at + 1, last);
    if (next >= last) return behind;
    if (opensOf(meaning) !== ATTRIBUTES) {
      this.#value(bytes, next, last, head, meaning, depth + 1);
      return behind;
    }
    while (next < last && bytes[next] === 0x7b) {
      next = this.#attribute(bytes, next, last, head, depth);
      while (next < last && ((bytes[next] as number) <= 0x20 || bytes[next] === 0x2c)) next += 1;
    }
    return behind;
  }

  /** `{"key":"service.name","value":{"stringValue":"checkout"}}`: means what the key means in a record. */
  #attribute(bytes: Uint8Array, at: number, end: number, head: Head, depth: number): number {
    const behind = nestedEnd(bytes, at, end);
    let next = skipSpace(bytes, at + 1, behind);
    if (bytes[next] !== 0x22 || bytes[next + 1] !== 0x6b) return behind;
    next = stringEnd(bytes, next + 1, behind);
    while (next < behind && bytes[next] !== 0x3a) next += 1;
    next = skipSpace(bytes, next + 1, behind);
    if (bytes[next] !== 0x22) return behind;
    const keyStart = next + 1;
    const keyEnd = stringEnd(bytes, keyStart, behind);
    const meaning = this.#table.find(bytes, keyStart, keyEnd, RECORD);
    const role = roleOf(meaning);
    if (role !== COMPONENT && role !== TRACE && role !== DURATION) return behind;
    next = keyEnd + 1;
    while (next < behind && bytes[next] !== 0x7b) next += 1;
    // Behind the any-value's own key.
    next = stringEnd(bytes, skipSpace(bytes, next + 1, behind) + 1, behind) + 1;
    while (next < behind && (bytes[next] === 0x3a || (bytes[next] as number) <= 0x20)) next += 1;
    if (next < behind && depth < DEEPEST) this.#value(bytes, next, behind, head, meaning & 0xfff, DEEPEST);
    return behind;
  }
}

/** A whole number, negative numbers and words are -1. */
function numberAt(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 12 || end === start) return -1;
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function hasFraction(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (bytes[at] === 0x2e) return true;
  return false;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
