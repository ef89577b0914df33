import { isDigit } from './byteClass.ts';
import { DURATION, isMarker, NUMBER } from './shapeText.ts';
import { factorOf, timeUnits, unitNumber } from './units.ts';

/** Which marker of a shape is a duration. `factor`: ms of one of what the number counts; NaN: the unit stands in the value. */
export interface DurationPlace {
  marker: number;
  factor: number;
  /** It counts only when the number has a fraction: `time: 0.247` are seconds, `time: 1611235` is a clock. */
  fraction: boolean;
}

/** Units that say nothing when they stand apart from the number: `5 m`, `3 h`, `2 d` may be metres or names. */
const onlyAttached = new Set(['m', 'h', 'd']);

/** Keys that are known to be measured in seconds, though they do not say so (nginx, HAProxy, curl, OpenStack). */
const secondsKeys = new Set(['request_time', 'upstream_response_time', 'upstream_connect_time', 'time_total']);
const millisKeys = new Set(['responsetime', 'response-time', 'took', 'durationms', 'elapsedms']);

const keySuffixes: readonly (readonly [RegExp, number])[] = [
  [/(?:[_.-](?:ms|msec|millis|milliseconds)|[a-z](?:Ms|Millis|Milliseconds)|^(?:ms|millis|milliseconds))$/, 1],
  [/(?:[_.-](?:us|usec|micros|microseconds)|[a-z](?:Us|Micros|Microseconds))$/, 1e-3],
  [/(?:[_.-](?:ns|nanos|nanoseconds)|[a-z](?:Ns|Nanos|Nanoseconds))$/, 1e-6],
  [/(?:[_.-](?:s|sec|secs|seconds)|[a-z](?:Sec|Secs|Seconds)|^seconds)$/, 1e3],
];

/** What a value measures when its key ends in a unit: a duration, not a clock or a limit of what is kept. */
const measuredKey = /dur|elapsed|latency|took|time|wait|cost|runtime|spent|delay|age|lag/i;

/** The first duration of a shape. Linear in the text's length. */
export function findDuration(text: string): DurationPlace | undefined {
  let marker = -1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (!isMarker(code)) continue;
    marker += 1;
    if (code === DURATION) return { marker, factor: Number.NaN, fraction: false };
    if (code !== NUMBER) continue;
    const unit = unitBehind(text, at + 1);
    if (unit !== undefined) return { marker, factor: unit, fraction: false };
    const place = placeByKey(text, at);
    if (place !== undefined) return { marker, ...place };
  }
  return undefined;
}

function unitBehind(text: string, from: number): number | undefined {
  const start = text[from] === ' ' ? from + 1 : from;
  const word = /^[a-zµμ]{1,12}(?![\w-])/.exec(text.slice(start, start + 14))?.[0];
  if (word === undefined || (start > from && onlyAttached.has(word))) return undefined;
  return timeUnits.get(word);
}

function placeByKey(text: string, at: number): { factor: number; fraction: boolean } | undefined {
  const key = /([A-Za-z][\w.-]{0,40})["']?(?:\s?[=:]\s?["']?|\[)$/.exec(text.slice(Math.max(0, at - 48), at))?.[1];
  if (key === undefined) return undefined;
  if (secondsKeys.has(key)) return { factor: 1e3, fraction: false };
  if (millisKeys.has(key.toLowerCase())) return { factor: 1, fraction: false };
  if (key === 'time') return { factor: 1e3, fraction: true };
  if (!measuredKey.test(key)) return undefined;
  for (const [suffix, factor] of keySuffixes) if (suffix.test(key)) return { factor, fraction: false };
  return undefined;
}

/** @returns ms, or NaN when the value at bytes[from, to) does not say a duration */
export function readDuration(bytes: Uint8Array, from: number, to: number, place: DurationPlace): number {
  let total = 0;
  let at = from;
  if (bytes[at] === 0x2b) at += 1;
  const negative = bytes[at] === 0x2d;
  if (negative) at += 1;
  while (at < to) {
    let value = 0;
    let scale = 0;
    const first = at;
    for (; at < to; at += 1) {
      const byte = bytes[at] as number;
      if (byte === 0x2e) scale = scale === 0 ? 1 : scale;
      else if (isDigit(byte)) {
        value = value * 10 + byte - 0x30;
        scale *= 10;
      } else if (byte !== 0x2c) break;
    }
    if (at === first) return Number.NaN;
    if (scale > 1) value /= scale;
    if (!Number.isNaN(place.factor)) {
      if (at < to || (place.fraction && scale === 0)) return Number.NaN;
      return negative ? -value * place.factor : value * place.factor;
    }
    const unitAt = at;
    while (at < to && !isDigit(bytes[at])) at += 1;
    total += value * factorOf(unitNumber(bytes, unitAt, at));
  }
  return negative ? -total : total;
}
