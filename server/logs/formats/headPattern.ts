import { ascii } from './ascii.ts';

/** What a step does. */
export const LITERAL = 0;
export const BLANKS = 1;
export const LOOSE_BLANKS = 2;
export const OPTIONAL = 3;
export const TIME = 4;
export const UNTIL = 5;
export const WORD = 6;
export const NUMBER = 7;
export const BALANCED = 8;
export const MESSAGE = 9;
export const LETTER = 10;
export const TAG = 11;
export const LETTERS = 12;
export const HEX = 13;
export const PLAIN = 14;
export const HOST = 15;
export const STRUCTURED = 16;
export const POSTGRES = 17;
export const TAIL = 18;
export const END = 19;
export const QUALIFIED = 20;
export const UUID = 21;

/** Where the range of a field goes. */
export const FIELD = 0;
export const LEVEL = 1;
export const COMPONENT = 2;
export const TRACE = 3;
export const DURATION = 4;

/** How a level is written. */
export const LEVEL_WORD = 0;
export const LEVEL_ANY = 1;
export const LEVEL_STATUS = 2;
export const LEVEL_PRIORITY = 3;
export const LEVEL_SEVERITY = 4;
export const LEVEL_REDIS = 5;
export const LEVEL_POSTGRES = 6;
export const LEVEL_EVENT = 7;

export interface HeadStep {
  op: number;
  slot: number;
  /** Of a level: how it is written; of a duration: milliseconds of its unit. */
  unit: number;
  /** Of the field, as `fields` tells it. */
  name: string;
  /** The literal, or what ends the field. */
  bytes: Uint8Array;
  /** Of an optional group. */
  group: readonly HeadStep[];
  /** Of a bracket: the byte that opens and the one that closes. */
  open: number;
  close: number;
}

const NOTHING = new Uint8Array(0);
const CLOSING: Readonly<Record<string, string>> = { '[': ']', '(': ')', '<': '>', '{': '}' };
const UNITS: Readonly<Record<string, number>> = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 };
const LEVELS: Readonly<Record<string, number>> = {
  word: LEVEL_WORD,
  any: LEVEL_ANY,
  status: LEVEL_STATUS,
  pri: LEVEL_PRIORITY,
  severity: LEVEL_SEVERITY,
  redis: LEVEL_REDIS,
  postgres: LEVEL_POSTGRES,
  event: LEVEL_EVENT,
};
/** Kinds of fields that one operation reads. */
const KINDS: Readonly<Record<string, number>> = {
  num: NUMBER,
  hex: HEX,
  letters: LETTERS,
  word: WORD,
  tag: TAG,
  qualified: QUALIFIED,
  uuid: UUID,
  host: HOST,
  sd: STRUCTURED,
  pg: POSTGRES,
  tail: TAIL,
  status: NUMBER,
  pri: NUMBER,
  severity: NUMBER,
  redis: WORD,
  letter: LETTER,
  postgres: WORD,
  event: LETTERS,
};

/**
 * Compiles the pattern of a head. A blank stands for one or more blanks, `~` for any number of them, `{? … ?}` for a part
 * that may be missing, `\` for the next byte as it is. Fields: `{name}` up to the text behind it, `{name:word}` up to a
 * blank, `{name:num}`, `{name:hex}` and `{name:letters}`, `{name:tag}` a syslog tag (ends ahead of `[pid]` and `:`),
 * `{name:plain}` up to the text behind it with no blank inside, `{name:host}` a host's name, `{name:qualified}` a name with dots, `{name:uuid}` an id, `{name:sd}` the structured data of
 * RFC 5424, `{name:pg}` what stands ahead of PostgreSQL's severity; `[{name:balanced}]` counts brackets, and `{name:tail}` is
 * taken from the line's end: ` (name)`; `{end}` is the line's end. `{time}` is a time of the layout that the plan tells; `{level}` a word for a level,
 * `{level:letter}` its first letter, `{level:any}` any word, `{level:status}` a HTTP status, `{level:pri}` a syslog priority,
 * `{level:severity}` a syslog severity, `{level:redis}` and `{level:postgres}` what those write; `{component}`, `{trace}`, `{duration:s|ms|us|ns}`; `{message}` says where the
 * message begins, when what follows is read as well.
 */
export function compilePattern(pattern: string): HeadStep[] {
  const { steps } = compile(pattern, 0);
  return steps;
}

function compile(pattern: string, from: number): { steps: HeadStep[]; end: number } {
  const steps: HeadStep[] = [];
  let at = from;
  while (at < pattern.length) {
    if (pattern.startsWith('?}', at)) return { steps, end: at + 2 };
    if (pattern.startsWith('{?', at)) {
      const inner = compile(pattern, at + 2);
      steps.push(step(OPTIONAL, { group: inner.steps }));
      at = inner.end;
    } else if (pattern[at] === '{' && /[a-z]/i.test(pattern[at + 1] ?? '')) {
      const end = pattern.indexOf('}', at);
      steps.push(field(pattern.slice(at + 1, end), pattern[at - 1] ?? '', pattern.slice(end + 1)));
      at = end + 1;
    } else if (pattern[at] === ' ' || pattern[at] === '~') {
      steps.push(step(pattern[at] === ' ' ? BLANKS : LOOSE_BLANKS, {}));
      at += 1;
    } else {
      const text = literalAt(pattern, at);
      steps.push(step(LITERAL, { bytes: ascii(text.value) }));
      at = text.end;
    }
  }
  return { steps, end: at };
}

/** Literal text up to a blank, a field or a group. */
function literalAt(pattern: string, from: number): { value: string; end: number } {
  let value = '';
  let at = from;
  while (at < pattern.length) {
    if (pattern[at] === '\\') {
      value += pattern[at + 1] ?? '';
      at += 2;
      continue;
    }
    if (pattern[at] === ' ' || pattern[at] === '~' || pattern.startsWith('?}', at)) break;
    if (pattern[at] === '{' && /[?a-z]/i.test(pattern[at + 1] ?? '')) break;
    value += pattern[at];
    at += 1;
  }
  return { value, end: at };
}

function field(text: string, before: string, rest: string): HeadStep {
  const [name = '', kind = ''] = text.split(':');
  if (name === 'message') return step(MESSAGE, {});
  if (name === 'end') return step(END, {});
  if (name === 'time') return step(TIME, { name });
  const slot = kind in LEVELS && kind !== 'word' ? LEVEL : slotOf(name);
  const unit = slot === LEVEL ? (LEVELS[kind] ?? LEVEL_WORD) : slot === DURATION ? (UNITS[kind] ?? 1) : 0;
  const common = { name, slot, unit };
  const known = KINDS[kind];
  if (known !== undefined) return step(known, common);
  if (slot === LEVEL) return step(LETTERS, common);
  if (slot === DURATION) return step(NUMBER, common);
  if (kind === 'balanced')
    return step(BALANCED, { ...common, open: before.charCodeAt(0), close: (CLOSING[before] ?? before).charCodeAt(0) });
  return step(kind === 'plain' ? PLAIN : UNTIL, { ...common, bytes: ascii(terminatorOf(rest)) });
}

/** What ends a field: the text behind it, up to the next field; a single blank stands for itself. */
function terminatorOf(rest: string): string {
  let value = '';
  let at = 0;
  while (at < rest.length && rest[at] !== '~') {
    if (rest[at] === '{' && /[?a-z]/i.test(rest[at + 1] ?? '')) break;
    if (rest.startsWith('?}', at)) {
      if (value !== '') break;
      at += 2;
      continue;
    }
    if (rest[at] === '\\') at += 1;
    value += rest[at] ?? '';
    at += 1;
  }
  return value;
}

function slotOf(name: string): number {
  if (name === 'level') return LEVEL;
  if (name === 'component') return COMPONENT;
  if (name === 'trace') return TRACE;
  return name === 'duration' ? DURATION : FIELD;
}

function step(op: number, more: Partial<HeadStep>): HeadStep {
  return { op, slot: FIELD, unit: 0, name: '', bytes: NOTHING, group: [], open: 0, close: 0, ...more };
}
