import type { Dotenv, DotenvEntry, DotenvProblem } from './dotenv.ts';

/** What dotenv takes for a name. A shell takes less, see PORTABLE_NAME. */
const DOTENV_NAME = /^[\w.-]+$/;
const PORTABLE_NAME = /^[A-Za-z_]\w*$/;
const SMART_QUOTE = /^[\u2018-\u201F\u00AB\u00BB]/;
const QUOTES = new Set(["'", '"', '`']);

/**
 * Reads an env file as dotenv 17 does (of two assignments the later one wins, as last in `entries`), and says what is wrong with it.
 * Never throws; problems hold no values.
 */
export function parseDotenv(text: string): Dotenv {
  const entries: DotenvEntry[] = [];
  const problems: DotenvProblem[] = [];
  const report = (code: DotenvProblem['code'], line: number, name: string | undefined, fatal: boolean): void => {
    problems.push({ code, name, line, fatal, message: MESSAGES[code](name) });
  };
  // UTF-16 or something else that only looks like a file of settings; nobody reads a single variable from it.
  if (text.includes('\0') || text.startsWith('\uFFFD\uFFFD')) {
    report('not-text', 1, undefined, true);
    return { entries, problems };
  }
  let source = text;
  if (source.startsWith('\uFEFF')) {
    source = source.slice(1);
    report('byte-order-mark', 1, undefined, false);
  }
  const lines = source.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  if (source.includes('\r\n')) {
    report('carriage-return', source.slice(0, source.indexOf('\r\n')).split('\n').length, undefined, false);
  }

  for (let i = 0; i < lines.length; i++) {
    const line = i + 1;
    const statement = (lines[i] ?? '').trim();
    if (statement === '' || statement.startsWith('#')) continue;
    const split = splitAssignment(lines[i] ?? '');
    if (split === undefined) {
      report('no-equals', line, undefined, true);
      continue;
    }
    const { name, separator, rest } = split;
    if (!DOTENV_NAME.test(name)) {
      // Not named in the report: what stands before the '=' may be the tail of a secret that broke over two lines.
      report('invalid-name', line, undefined, true);
      continue;
    }
    if (!PORTABLE_NAME.test(name)) report('invalid-name', line, name, false);
    if (separator === ':') report('no-equals', line, name, false);
    else if (split.spaced) report('space-around-equals', line, name, false);

    const value = readValue(lines, i, rest);
    if (value.problem !== undefined) report(value.problem, line, name, true);
    const earlier = entries.findLast((entry) => entry.name === name);
    if (earlier !== undefined && earlier.value !== value.text) report('duplicate', line, name, false);
    entries.push({ name, value: value.text, line, quoted: value.quoted });
    i = value.lastIndex;
  }
  return { entries, problems };
}

interface Assignment {
  name: string;
  /** dotenv also takes `NAME: value`. */
  separator: '=' | ':';
  spaced: boolean;
  rest: string;
}

function splitAssignment(line: string): Assignment | undefined {
  const body = line.replace(/^\s*(?:export\s+)?/, '');
  const colon = /^([\w.-]+):\s+(.*)$/.exec(body);
  if (colon?.[1] !== undefined) return { name: colon[1], separator: ':', spaced: false, rest: colon[2] ?? '' };
  const equals = body.indexOf('=');
  if (equals === -1) return undefined;
  const rest = body.slice(equals + 1);
  const spaced = /\s$/.test(body.slice(0, equals)) || (/^[ \t]/.test(rest) && !/^\s*(?:#.*)?$/.test(rest));
  return { name: body.slice(0, equals).trim(), separator: '=', spaced, rest };
}

interface Value {
  text: string;
  quoted: boolean;
  lastIndex: number;
  problem: DotenvProblem['code'] | undefined;
}

/** The value that starts with `rest` in line `index`; a quoted one may go on over the lines that follow. */
function readValue(lines: readonly string[], index: number, rest: string): Value {
  const trimmed = rest.trimStart();
  const quote = trimmed.charAt(0);
  const plain = (problem?: DotenvProblem['code']): Value => ({
    text: (trimmed.split('#', 1)[0] ?? '').trim(),
    quoted: false,
    lastIndex: index,
    problem,
  });
  if (!QUOTES.has(quote)) return plain(SMART_QUOTE.test(trimmed) ? 'smart-quote' : undefined);

  const collected: string[] = [];
  for (let last = index; last < lines.length; last++) {
    const piece = last === index ? trimmed.slice(1) : (lines[last] ?? '');
    const end = findClosingQuote(piece, quote);
    if (end === -1) {
      collected.push(piece);
      continue;
    }
    if (!/^\s*(?:#.*)?$/.test(piece.slice(end + 1))) {
      // The quote that closes it is the first one of another value: dotenv gives up and takes the line as it stands.
      return plain(last === index ? 'text-after-quote' : 'unterminated-quote');
    }
    const content = [...collected, piece.slice(0, end)].join('\n');
    const text = quote === '"' ? content.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : content;
    return { text, quoted: true, lastIndex: last, problem: undefined };
  }
  return plain('unterminated-quote');
}

function findClosingQuote(text: string, quote: string): number {
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\' && text[at + 1] === quote) at++;
    else if (text[at] === quote) return at;
  }
  return -1;
}

const of = (name: string | undefined): string => (name === undefined ? 'The line' : name);

const MESSAGES: Readonly<Record<DotenvProblem['code'], (name: string | undefined) => string>> = {
  'no-equals': (name) =>
    name === undefined
      ? "The line has no '=' and is no comment, so no variable is read from it"
      : `${name} is written with ':' instead of '=', which dotenv reads but node --env-file does not`,
  'invalid-name': (name) =>
    name === undefined
      ? "What stands before the '=' is no name of a variable, so the line is lost"
      : `${name} is no name that a shell accepts`,
  'unterminated-quote': (name) => `${of(name)} starts with a quote that is not closed`,
  'space-around-equals': (name) =>
    `${of(name)} has spaces around '=', which a shell and docker --env-file do not accept`,
  duplicate: (name) => `${of(name)} is assigned before with another value; the later one wins`,
  'smart-quote': (name) => `${of(name)} is quoted with typographic quotes, which become part of the value`,
  'text-after-quote': (name) => `${of(name)} has text after the closing quote`,
  'carriage-return': () => 'The lines end with CR LF, which a shell and docker --env-file take into the values',
  'byte-order-mark': () => 'The file starts with a byte order mark, which some readers take into the first name',
  'not-text': () => 'The file is not UTF-8 text (UTF-16 perhaps), so no variable is read from it',
};
