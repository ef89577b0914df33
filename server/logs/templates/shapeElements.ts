import { isLevelWord, messageStart } from './messageStart.ts';
import { NUMBER, TIME } from './shapeText.ts';
import { type Token, tokensOf } from './shapeTokens.ts';
import { sizeUnits, timeUnits } from './units.ts';
import { isIdentifier, isLogical } from './wordLook.ts';

/**
 * A shape as a sequence of elements: what the programmer wrote, letter by letter, and places where a value is expected,
 * whether or not it varies. Shapes with the same keys are one kind of message; which of its values vary is told by
 * comparing their texts.
 */
export interface ShapeElements {
  /** By element: its text for what the programmer wrote, VALUE for a value. */
  keys: string[];
  /** By element: the canonical text that it covers; may be empty for a value (`ruser= `). */
  texts: string[];
}

export const VALUE = '\u0001';

const TIME_TEXT = String.fromCharCode(TIME);
const NUMBER_TEXT = String.fromCharCode(NUMBER);

const calendar = new Set(
  'Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April June July August September October November December'.split(
    ' ',
  ),
);
const zone = /^(?:UTC|GMT|[ECMPAHB][SD]T|CES?T|EES?T|WES?T|IST|JST|KST|MSK|AES?T|Z|AM|PM)$/;

export function elementsOf(text: string): ShapeElements {
  return new ElementReader(tokensOf(text)).read();
}

class ElementReader {
  readonly #tokens: readonly Token[];
  readonly #keys: string[] = [];
  readonly #texts: string[] = [];
  /** Token of the message's first word. */
  readonly #start: number;
  /** The quote that closes the quoted text found last. */
  #closing = -1;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    this.#start = messageStart(
      tokens.map(({ text }) => text),
      (at) => tokens[at]?.kind === 'word',
    );
  }

  read(): ShapeElements {
    let at = 0;
    while (at < this.#tokens.length) {
      const end = this.#valueEnd(at);
      if (end > at) {
        const whole = this.#listEnd(end);
        this.#push(VALUE, at, whole);
        at = whole;
        continue;
      }
      const { text } = this.#tokens[at] as Token;
      this.#push(text, at, at + 1);
      at += 1;
      if (text === '=' && this.#isEmptyValue(at)) this.#push(VALUE, at, at);
    }
    return { keys: this.#keys, texts: this.#texts };
  }

  #push(key: string, from: number, to: number): void {
    this.#keys.push(key);
    let text = '';
    for (let at = from; at < to; at += 1) text += (this.#tokens[at] as Token).text;
    this.#texts.push(text);
  }

  #text(at: number): string {
    return this.#tokens[at]?.text ?? '';
  }

  #kind(at: number): Token['kind'] | undefined {
    return this.#tokens[at]?.kind;
  }

  /** Where the value that begins at a token ends; the token itself: none begins. */
  #valueEnd(at: number): number {
    const date = this.#dateEnd(at);
    if (date > at) return date;
    const quoted = this.#quotedEnd(at);
    if (quoted > at) return quoted;
    const atom = this.#atomEnd(at);
    if (atom === at) return at;
    return this.#quantityEnd(this.#gluedEnd(atom));
  }

  #atomEnd(at: number): number {
    const kind = this.#kind(at);
    if (kind === 'marker') return at + 1;
    // A message that itself says `<*>` must not look like a template's parameter.
    if (this.#text(at) === '<' && this.#text(at + 1) === '*' && this.#text(at + 2) === '>') return at + 3;
    if (kind !== 'word') return at;
    const constructed = this.#constructedEnd(at);
    if (constructed > at) return constructed;
    return this.#isValueWord(at) ? at + 1 : at;
  }

  #isValueWord(at: number): boolean {
    const word = this.#text(at);
    const next = this.#text(at + 1);
    if (isLogical(word) || this.#isLevel(at)) return true;
    if (this.#isAssigned(at) || this.#isState(at)) return true;
    // A host or a class with a port or a line number.
    if (next === ':' && this.#kind(at + 2) === 'marker' && /[^.]\.[^.]/.test(word)) return true;
    if (next === '=' || next === ':' || next === '(' || next === '{' || next === '[') return false;
    if (next === ' ' && this.#text(at + 2) === '=') return false;
    return at !== this.#start && isIdentifier(word);
  }

  /** What stands between quotes without a space; not a key, `"key":`. */
  #quotedEnd(from: number): number {
    const quote = this.#text(from - 1);
    if ((quote !== '"' && quote !== "'") || this.#closing === from - 1) return from;
    let at = from;
    while (at < this.#tokens.length && at - from < 24 && this.#text(at) !== quote && this.#text(at) !== ' ') at += 1;
    if (this.#text(at) !== quote || at === from) return from;
    this.#closing = at;
    return /[:=]/.test(this.#text(at + 1)) ? from : at;
  }

  /** `WorkSource{12}` behind an equals sign: a value with its type. */
  #constructedEnd(from: number): number {
    const open = this.#text(from + 1);
    if ((open !== '{' && open !== '(') || this.#text(from - 1) !== '=') return from;
    const close = open === '{' ? '}' : ')';
    let at = from + 2;
    while (at < this.#tokens.length && at - from < 24 && this.#text(at) !== close) {
      if (/[=({[]/.test(this.#text(at))) return from;
      at += 1;
    }
    return this.#text(at) === close ? at + 1 : from;
  }

  /** A level that stands in the head of a line, behind nothing but capitals and variables. */
  #isLevel(at: number): boolean {
    const word = this.#text(at);
    if (word.length < 4 || at > 32 || !/^[A-Z]+$/.test(word) || !isLevelWord(word)) return false;
    for (let before = 0; before < at; before += 1) {
      if (this.#kind(before) === 'word' && /^[a-z]/.test(this.#text(before))) return false;
    }
    return true;
  }

  /** `key=word`, `key = word`, `key="word`. */
  #isAssigned(at: number): boolean {
    let before = at - 1;
    if (this.#text(before) === '"' || this.#text(before) === "'") before -= 1;
    if (this.#text(before) === ' ') before -= 1;
    if (this.#text(before) !== '=') return false;
    const next = this.#text(at + 1);
    if (before < at - 1 && (next === '=' || (next === ' ' && this.#text(at + 2) === '='))) return false;
    const key = this.#text(before - 1) === ' ' ? before - 2 : before - 1;
    return this.#kind(key) === 'word' || /[\])"'>]/.test(this.#text(key));
  }

  /** `from NEW to READY`, `mode[enabled]`. */
  #isState(at: number): boolean {
    if (this.#text(at - 1) === '[' && this.#text(at + 1) === ']') return this.#kind(at - 2) === 'word';
    if (this.#text(at - 1) !== ' ' || !/^[A-Z][A-Z_]+$/.test(this.#text(at))) return false;
    if (this.#text(at - 2) === 'from') return this.#text(at + 2) === 'to' && /^[A-Z][A-Z_]+$/.test(this.#text(at + 4));
    if (this.#text(at - 2) !== 'to') return false;
    return this.#text(at - 6) === 'from' && /^[A-Z][A-Z_]+$/.test(this.#text(at - 4));
  }

  /** `ruser= rhost=`: the value is there, and empty. */
  #isEmptyValue(at: number): boolean {
    if (this.#kind(at - 2) !== 'word') return false;
    const next = this.#text(at);
    if (next === '') return true;
    if (next === ' ') return this.#kind(at + 1) === 'word' && this.#text(at + 2) === '=';
    return next === ',' || next === ';' || next === ')' || next === '}' || next === ']';
  }

  /** `10.0.0.1:80`, `5/10`, `1-2`, `com.example/.Main`: values joined without a space. */
  #gluedEnd(from: number): number {
    let at = from;
    while (/^[:./@+\-_#~x]$/.test(this.#text(at))) {
      const next = this.#kind(at + 1);
      if (next === 'marker' || (next === 'word' && isIdentifier(this.#text(at + 1)))) at += 2;
      else if (this.#text(at) === '/' && this.#text(at + 1) === '.' && this.#kind(at + 2) === 'word') at += 3;
      else break;
    }
    return at;
  }

  /** `12 kB`, `4042 bytes (3.94 KB)`. */
  #quantityEnd(from: number): number {
    if (this.#kind(from - 1) !== 'marker') return from;
    let at = this.#unitEnd(from);
    if (this.#text(at) === ' ' && this.#text(at + 1) === '(' && this.#kind(at + 2) === 'marker') {
      const closing = this.#unitEnd(at + 3);
      if (closing > at + 3 && this.#text(closing) === ')') at = closing + 1;
    }
    return at;
  }

  #unitEnd(from: number): number {
    const at = this.#text(from) === ' ' ? from + 1 : from;
    const unit = this.#text(at);
    return this.#kind(at) === 'word' && (sizeUnits.has(unit) || timeUnits.has(unit)) ? at + 1 : from;
  }

  /** Several values in a row are one place, since lists are of any length: variables behind spaces, any values behind commas and bars. */
  #listEnd(from: number): number {
    let at = from;
    while (true) {
      let next = at;
      const sign = this.#text(next);
      const separated = sign === ',' || sign === '|' || sign === ';';
      if (separated) next += 1;
      if (this.#text(next) === ' ') next += 1;
      if (next === at) return at;
      if (!separated && (this.#kind(at - 1) !== 'marker' || this.#kind(next) !== 'marker')) return at;
      const end = this.#valueEnd(next);
      if (end === next) return at;
      at = end;
    }
  }

  /** `Sat Sep 17 07:49:04 PDT 2005`, `2026-11-24 12:00:01 +0100`. */
  #dateEnd(from: number): number {
    let at = from;
    let clock = false;
    let end = from;
    while (at < this.#tokens.length && at - from < 16) {
      const text = this.#text(at);
      if (text === TIME_TEXT) clock = true;
      else if (!(text === NUMBER_TEXT && at > from) && !calendar.has(text) && !(clock && zone.test(text))) break;
      at += 1;
      if (clock) end = at;
      if (this.#text(at) === ',') at += 1;
      if (this.#text(at) === ' ') at += 1;
      else if (this.#text(at) !== TIME_TEXT && !calendar.has(this.#text(at))) break;
    }
    return end;
  }
}
