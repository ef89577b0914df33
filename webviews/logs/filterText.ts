import { logLevels } from '../../server/protocol/logLevels.ts';

// The filter as text: the page adds terms to it and takes them away. The language itself is the server's; it is read here
// only so far as to know where one term ends and the next begins.

/** One term of a filter, as it stands in its text. */
export interface Term {
  text: string;
  start: number;
  end: number;
}

/** `component:db`, `component:"a b"`. A name that the language cannot write is left out: its value is looked for as text. */
export function fieldTerm(field: string, value: string): string {
  return isName(field) ? `${field}:${quoted(value)}` : `"${escaped(value)}"`;
}

export function excluded(term: string): string {
  return `-${term}`;
}

function isName(field: string): boolean {
  return /^[\p{L}_@$][\p{L}\p{N}_.@$\-/[\]]*$/u.test(field);
}

/** What has a meaning of its own stands in quotes: blanks, `*`, ranges, what looks like an expression. */
function quoted(value: string): string {
  const isPlain = /^[\p{L}\p{N}_.@-][\p{L}\p{N}_./@:-]*$/u.test(value) && !value.includes('..');
  return isPlain ? value : `"${escaped(value)}"`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}

/** The terms of a filter that stand side by side; parentheses, quotes and slashes hold together what is in them. */
export function termsOf(filter: string): Term[] {
  const terms: Term[] = [];
  let start = -1;
  let depth = 0;
  let quote = '';
  const close = (end: number): void => {
    if (start >= 0) terms.push({ text: filter.slice(start, end), start, end });
    start = -1;
  };
  for (let at = 0; at < filter.length; at += 1) {
    const char = filter.charAt(at);
    if (quote !== '') {
      if (char === '\\') at += 1;
      else if (char === quote) quote = '';
      continue;
    }
    if (/\s/.test(char) && depth === 0) {
      close(at);
      continue;
    }
    const begins = start < 0 || /[:=~(-]/.test(filter.charAt(at - 1));
    if (start < 0) start = at;
    if (char === '"' || (char === '/' && begins)) quote = char;
    else if (char === '(') depth += 1;
    else if (char === ')') depth = Math.max(0, depth - 1);
  }
  close(filter.length);
  return terms;
}

/** Whether the filter holds operators between its terms: then no term of it can be taken away alone. */
export function isCompound(filter: string): boolean {
  return termsOf(filter).some(({ text }) => /^(?:OR|AND|NOT|\|\||&&)$/.test(text));
}

/** The filter with a term more; a filter with operators is put in parentheses, so that they keep their meaning. */
export function withTerm(filter: string, term: string): string {
  const kept = filter.trim();
  if (kept === '' || termsOf(kept).some(({ text }) => text === term)) return kept === '' ? term : kept;
  return termsOf(kept).some(({ text }) => /^(?:OR|\|\|)$/.test(text)) ? `(${kept}) ${term}` : `${kept} ${term}`;
}

export function withoutTerm(filter: string, term: string): string {
  return termsOf(filter)
    .map(({ text }) => text)
    .filter((text) => text !== term)
    .join(' ');
}

/** The term for a choice of levels; empty for none and for all. @param codes indexes into `logLevels` */
export function levelTerm(codes: ReadonlySet<number>): string {
  const names = [...codes].sort((a, b) => a - b).map((code) => logLevels[code]);
  if (names.length === 0 || names.length === logLevels.length) return '';
  return names.length === 1 ? `level:${names[0]}` : `level:(${names.join(' OR ')})`;
}

const LEVEL = `(?:${logLevels.join('|')})`;
const LEVELS = new RegExp(`^level:(?:${LEVEL}|\\(${LEVEL}(?: OR ${LEVEL})+\\))$`);

/** The levels that a filter's own term of chosen levels names; empty: there is no such term. */
export function levelsIn(filter: string): Set<number> {
  const term = termsOf(filter).find(({ text }) => LEVELS.test(text));
  const names = term?.text.slice('level:'.length).match(/[a-z]+/g) ?? [];
  return new Set(names.map((name) => (logLevels as readonly string[]).indexOf(name)));
}

/** The filter with its term of chosen levels replaced. */
export function withLevels(filter: string, codes: ReadonlySet<number>): string {
  const old = termsOf(filter).find(({ text }) => LEVELS.test(text));
  const rest = old ? withoutTerm(filter, old.text) : filter;
  const term = levelTerm(codes);
  return term === '' ? rest.trim() : withTerm(rest, term);
}
