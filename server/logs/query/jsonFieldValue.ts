import { skipSpace, stringEnd, valueEnd } from '../formats/structured/skipJson.ts';

/** Only a parser can tell what the value is. */
export const UNSURE = Symbol('unsure');
/** The value is an object. */
export const NESTED = Symbol('nested');

export type JsonFieldValue = string | number | boolean | undefined | typeof UNSURE | typeof NESTED;

/** Names that are looked for in one object: the whole rest of a path, and each of its heads that may hold the rest. */
interface Step {
  name: Uint8Array;
  /** Absent for the whole rest. */
  rest?: Steps;
}
type Steps = readonly Step[];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?$/;

/**
 * Reads one field out of a line of JSON without parsing the others: as `fieldOf` finds it in the parsed object, or
 * UNSURE where escapes, other alphabets, lists or a broken line call for the parser. About ten times as fast.
 */
export function jsonFieldReader(path: string): (bytes: Uint8Array, start: number, end: number) => JsonFieldValue {
  const steps = stepsOf(path);
  return (bytes, start, end) => {
    const brace = skipSpace(bytes, start, end);
    return bytes[brace] === 0x7b ? read(bytes, brace, end, steps, true) : UNSURE;
  };
}

function stepsOf(path: string): Steps {
  const encoder = new TextEncoder();
  const steps: Step[] = [{ name: encoder.encode(path) }];
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1))
    steps.push({ name: encoder.encode(path.slice(0, dot)), rest: stepsOf(path.slice(dot + 1)) });
  return steps;
}

/** @param isWhole nothing but blanks may follow the object */
function read(bytes: Uint8Array, brace: number, end: number, steps: Steps, isWhole: boolean): JsonFieldValue {
  // Of a name that stands there twice the last one counts.
  const found: number[] = [];
  let at = skipSpace(bytes, brace + 1, end);
  while (at < end && bytes[at] === QUOTE) {
    const close = stringEnd(bytes, at + 1, end);
    const colon = skipSpace(bytes, close + 1, end);
    if (bytes[colon] !== 0x3a || colon >= end) return UNSURE;
    const value = skipSpace(bytes, colon + 1, end);
    if (value >= end) return UNSURE;
    for (let number = 0; number < steps.length; number += 1) {
      const same = isName(bytes, at + 1, close, (steps[number] as Step).name);
      if (same === undefined) return UNSURE;
      if (same) found[number] = value;
    }
    at = skipSpace(bytes, valueEnd(bytes, value, end), end);
    if (bytes[at] !== 0x2c || at >= end) break;
    at = skipSpace(bytes, at + 1, end);
    if (bytes[at] !== QUOTE) return UNSURE;
  }
  if (at >= end || bytes[at] !== 0x7d) return UNSURE;
  if (isWhole && skipSpace(bytes, at + 1, end) < end) return UNSURE;
  for (let number = 0; number < steps.length; number += 1) {
    const value = found[number];
    if (value === undefined) continue;
    const { rest } = steps[number] as Step;
    if (!rest) return scalar(bytes, value, end);
    if (bytes[value] === 0x5b) return UNSURE;
    const inner = bytes[value] === 0x7b ? read(bytes, value, end, rest, false) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** undefined: the key is spelled with escapes. */
function isName(bytes: Uint8Array, from: number, to: number, name: Uint8Array): boolean | undefined {
  if (to - from === name.length) {
    let same = 0;
    while (same < name.length && bytes[from + same] === name[same]) same += 1;
    if (same === name.length) return true;
  }
  for (let at = from; at < to; at += 1) if (bytes[at] === BACKSLASH) return undefined;
  return false;
}

function scalar(bytes: Uint8Array, at: number, end: number): JsonFieldValue {
  const first = bytes[at];
  if (first === 0x7b) return NESTED;
  if (first === 0x5b) return UNSURE;
  const stop = valueEnd(bytes, at, end);
  let text = '';
  for (let next = first === QUOTE ? at + 1 : at; next < stop; next += 1) {
    const byte = bytes[next] as number;
    if (byte === QUOTE) break;
    if (byte === BACKSLASH || byte > 126 || byte < 32 || next - at > 400) return UNSURE;
    text += String.fromCharCode(byte);
  }
  if (first === QUOTE) return bytes[stop - 1] === QUOTE && stop > at + 1 ? text : UNSURE;
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return undefined;
  return NUMBER.test(text) ? Number(text) : UNSURE;
}
