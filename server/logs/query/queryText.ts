import { compileRegex } from './compileRegex.ts';
import type { TextMatch } from './query.ts';
import { type Place, QueryError } from './queryError.ts';

/** A value as it was written: a bare word, a text in quotes, or a regular expression. */
export type Written =
  | { kind: 'word' | 'quoted'; text: string; place: Place }
  | { kind: 'regex'; pattern: string; ignoreCase: boolean; place: Place };

export interface KeyWritten {
  key: string;
  op: string;
  place: Place;
}

/** A name, and what compares it with a value; blanks may stand around the signs that no word contains. */
const KEY =
  /([\p{L}_@$][\p{L}\p{N}_.@$\-/[\]]*)(?:(:(?![:\s]|\/\/|$)|==|!=|>=|<=|=~|=(?![>=\s])|>|<)|\s+(==|!=|>=|<=|>|<)(?=\s))/uy;
const BLANKS = /\s*/y;
const WORD = /[^\s()"]+/y;
const REGEX_FLAGS = /[a-z]*(?=[\s)]|$)/y;
/** Longer queries are accidents, such as a whole log pasted into the box. */
const LONGEST = 4_000;

/** Reads the text of a query from left to right. */
export class QueryText {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    if (text.length > LONGEST)
      throw new QueryError(`The query is longer than ${LONGEST} characters`, { start: LONGEST, end: text.length });
    this.text = text;
  }

  skipBlanks(): void {
    this.take(BLANKS);
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  /** Whether `sign` stands here. */
  sees(sign: string): boolean {
    return this.text.startsWith(sign, this.at);
  }

  /** Takes an operator that is a word of its own: `OR`, `AND`, `NOT`, `||`, `&&`. */
  takeOperator(...words: readonly string[]): boolean {
    for (const word of words) {
      if (!this.sees(word)) continue;
      const behind = this.text[this.at + word.length];
      if (behind !== undefined && !/[\s(]/.test(behind)) continue;
      this.at += word.length;
      return true;
    }
    return false;
  }

  /** Takes a leading `-` or `!` that excludes what follows; `->`, `--flag` and a lone dash are words. */
  takeExclusion(): boolean {
    if (!this.sees('-') && !this.sees('!')) return false;
    const behind = this.text[this.at + 1];
    if (behind === undefined || /[\s\-!=>)]/.test(behind)) return false;
    this.at += 1;
    return true;
  }

  takeKey(): KeyWritten | undefined {
    const start = this.at;
    KEY.lastIndex = start;
    const [whole, key, tight, spaced] = KEY.exec(this.text) ?? [];
    if (whole === undefined || key === undefined) return undefined;
    this.at += whole.length;
    if (spaced !== undefined) this.skipBlanks();
    return { key, op: tight ?? spaced ?? ':', place: { start, end: this.at } };
  }

  /** The value or word that stands here; undefined when there is none. */
  takeValue(): Written | undefined {
    const start = this.at;
    if (this.sees('"')) return this.#takeQuoted();
    if (this.sees('/')) {
      const regex = this.#takeRegex();
      if (regex) return regex;
    }
    const text = this.take(WORD);
    return text === '' ? undefined : { kind: 'word', text, place: { start, end: this.at } };
  }

  take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [found = ''] = pattern.exec(this.text) ?? [];
    this.at += found.length;
    return found;
  }

  #takeQuoted(): Written {
    const start = this.at;
    let text = '';
    for (let at = start + 1; at < this.text.length; at += 1) {
      const sign = this.text[at];
      if (sign === '"') {
        this.at = at + 1;
        return { kind: 'quoted', text, place: { start, end: this.at } };
      }
      if (sign === '\\' && /["\\]/.test(this.text[at + 1] ?? '')) at += 1;
      text += this.text[at];
    }
    throw new QueryError('The quote is not closed', { start, end: this.text.length }, 'Write a " at its end.');
  }

  /** `/…/` or `/…/i`. A path such as /var/log is a word: its second slash does not end it. */
  #takeRegex(): Written | undefined {
    const start = this.at;
    let inClass = false;
    for (let at = start + 1; at < this.text.length; at += 1) {
      const sign = this.text[at];
      if (sign === '\\') at += 1;
      else if (sign === '[') inClass = true;
      else if (sign === ']') inClass = false;
      else if (sign === '/' && !inClass) {
        if (at === start + 1) return undefined;
        REGEX_FLAGS.lastIndex = at + 1;
        const [flags] = REGEX_FLAGS.exec(this.text) ?? [];
        if (flags === undefined) return undefined;
        const place = { start, end: at + 1 + flags.length };
        const wrong = /[^i]/.exec(flags);
        // `/var/log`: no flags, a path.
        if (wrong) return undefined;
        this.at = place.end;
        return {
          kind: 'regex',
          pattern: this.text.slice(start + 1, at).replaceAll('\\/', '/'),
          ignoreCase: flags !== '',
          place,
        };
      }
    }
    return undefined;
  }
}

/** A bare word may hold wildcards; what stands in quotes means itself. @throws QueryError for an expression that does not compile */
export function textMatch(value: Written): TextMatch {
  if (value.kind === 'regex') {
    const { pattern, ignoreCase, place } = value;
    compileRegex(pattern, ignoreCase, place);
    return { kind: 'regex', pattern, ignoreCase };
  }
  return value.kind === 'word' && value.text.includes('*')
    ? { kind: 'glob', glob: value.text }
    : { kind: 'exact', text: value.text };
}
