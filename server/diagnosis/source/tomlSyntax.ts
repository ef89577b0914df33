import { problemAt, type SyntaxProblem } from './syntaxProblem.ts';

const BLANK = /[ \t]*/y;
/** Blanks, comments and line ends: what may stand between the items of an array. */
const GAP = /(?:[ \t\r\n]|#[^\n]*)*/y;
const LINE_END = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;
const BARE_KEY = /[\w-]+/y;
const SCALAR =
  /(?:true|false|[+-]?(?:inf|nan)|0x[\da-fA-F_]+|0o[0-7_]+|0b[01_]+|\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?)?|\d\d:\d\d(?::\d\d(?:\.\d+)?)?|[+-]?(?:0|[1-9](?:_?\d)*)(?:\.\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?)(?=[\s,\]}#]|$)/y;
const BASIC = /"(?:[^"\\\n]|\\(?:[btnfre"\\]|u[\da-fA-F]{4}|U[\da-fA-F]{8}|x[\da-fA-F]{2}))*"/y;
const LITERAL = /'[^'\n]*'/y;
const MAX_DEPTH = 200;

/** The first place at which a text is no TOML 1.0; undefined when it is. Keys and tables that are set twice count, too. */
export function tomlProblem(text: string): SyntaxProblem | undefined {
  try {
    new TomlReader(text).read();
    return undefined;
  } catch (error) {
    if (error instanceof TomlStop) return problemAt(text, error.at, error.message);
    throw error;
  }
}

class TomlStop extends Error {
  override readonly name = 'TomlStop';
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

class TomlReader {
  readonly #text: string;
  #at = 0;
  /** Full names that were set, and tables that were opened, to find what stands twice. */
  readonly #set = new Set<string>();
  readonly #tables = new Set<string>();
  #table = '';
  /** How many elements each array of tables has so far. */
  readonly #arrays = new Map<string, number>();

  constructor(text: string) {
    this.#text = text.startsWith('\uFEFF') ? ` ${text.slice(1)}` : text;
  }

  /** @throws TomlStop */
  read(): void {
    while (this.#at < this.#text.length) {
      if (this.#skip(LINE_END)) continue;
      this.#skip(BLANK);
      if (this.#text[this.#at] === '[') this.#header();
      else this.#pair(this.#table, 0);
      if (!this.#skip(LINE_END)) this.#fail(`unexpected ${this.#shown()} at the end of the line`);
    }
  }

  #header(): void {
    const begin = this.#at;
    const isArray = this.#text.startsWith('[[', this.#at);
    this.#at += isArray ? 2 : 1;
    const name = this.#key();
    if (!this.#text.startsWith(isArray ? ']]' : ']', this.#at))
      this.#fail(`the name of the table is not closed with ${isArray ? "']]'" : "']'"}`);
    this.#at += isArray ? 2 : 1;
    if (isArray) {
      const plain = this.#inElement(name);
      const count = (this.#arrays.get(plain) ?? 0) + 1;
      this.#arrays.set(plain, count);
      this.#table = `${plain}[${count}]`;
      return;
    }
    this.#table = this.#inElement(name);
    if (this.#tables.has(this.#table) || this.#set.has(this.#table))
      throw new TomlStop(begin, `the table ${name} stands twice`);
    this.#tables.add(this.#table);
  }

  /** `fruit.size` below the second `[[fruit]]` is `fruit[2].size`: each element has names of its own. */
  #inElement(name: string): string {
    const parts = name.split('.');
    return parts.reduce((path, part, index) => {
      const joined = path === '' ? part : `${path}.${part}`;
      const count = index < parts.length - 1 ? this.#arrays.get(joined) : undefined;
      return count === undefined ? joined : `${joined}[${count}]`;
    }, '');
  }

  #pair(table: string, depth: number): void {
    const begin = this.#at;
    const key = this.#key();
    if (this.#text[this.#at] !== '=') this.#fail(`expected '=' after the key ${key}, found ${this.#shown()}`);
    this.#at++;
    this.#skip(BLANK);
    const full = table === '' ? key : `${table}.${key}`;
    if (this.#set.has(full)) throw new TomlStop(begin, `the key ${full} is set twice`);
    this.#set.add(full);
    this.#value(depth);
  }

  #key(): string {
    const parts: string[] = [];
    do {
      this.#skip(BLANK);
      const begin = this.#at;
      if (!this.#skip(BARE_KEY) && !this.#skip(BASIC) && !this.#skip(LITERAL))
        this.#fail(`expected a key, found ${this.#shown()}`);
      parts.push(this.#text.slice(begin, this.#at).replace(/^["']|["']$/g, ''));
      this.#skip(BLANK);
    } while (this.#take('.'));
    return parts.join('.');
  }

  #value(depth: number): void {
    if (depth > MAX_DEPTH) this.#fail('nested too deep');
    for (const quote of ['"""', "'''"]) {
      if (!this.#text.startsWith(quote, this.#at)) continue;
      let end = this.#text.indexOf(quote, this.#at + 3);
      while (quote === '"""' && end > 0 && /(?:^|[^\\])(?:\\\\)*\\$/.test(this.#text.slice(Math.max(0, end - 20), end)))
        end = this.#text.indexOf(quote, end + 1);
      if (end < 0) this.#fail('a text of several lines that is not closed');
      this.#at = end + 3;
      while (this.#text[this.#at] === quote[0]) this.#at++;
      return;
    }
    if (this.#skip(BASIC) || this.#skip(LITERAL) || this.#skip(SCALAR)) return;
    const char = this.#text[this.#at];
    if (char === '[') {
      this.#list(depth);
      return;
    }
    if (char === '{') {
      this.#inline(depth);
      return;
    }
    if (char === '"' || char === "'") this.#fail('a text that is not closed, or holds an unknown escape');
    this.#fail(
      char === undefined || char === '\n' || char === '\r'
        ? 'the value is missing'
        : `not a value: ${this.#word()} (a text needs quotes)`,
    );
  }

  #list(depth: number): void {
    const begin = this.#at++;
    for (;;) {
      this.#skip(GAP);
      if (this.#take(']')) return;
      if (this.#at >= this.#text.length) throw new TomlStop(begin, "a list whose '[' is not closed");
      this.#value(depth + 1);
      this.#skip(GAP);
      if (this.#take(']')) return;
      if (!this.#take(',')) this.#fail(`expected ',' or ']' in the list, found ${this.#shown()}`);
    }
  }

  #inline(depth: number): void {
    this.#at++;
    this.#skip(BLANK);
    if (this.#take('}')) return;
    if (depth > MAX_DEPTH) this.#fail('nested too deep');
    // An inline table has names of its own; the place of its brace keeps them apart.
    const table = `{${this.#at}}`;
    for (;;) {
      this.#pair(table, depth + 1);
      this.#skip(BLANK);
      if (this.#take('}')) return;
      if (!this.#take(',')) this.#fail(`expected ',' or '}' in the table, found ${this.#shown()}`);
    }
  }

  #word(): string {
    return /^[^\s,\]}#]{1,40}/.exec(this.#text.slice(this.#at, this.#at + 40))?.[0] ?? this.#shown();
  }

  #shown(): string {
    const char = this.#text[this.#at];
    return char === undefined
      ? 'the end of the file'
      : char === '\n' || char === '\r'
        ? 'the end of the line'
        : `'${char}'`;
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (!found || found[0] === '') return false;
    this.#at += found[0].length;
    return true;
  }

  #fail(message: string): never {
    throw new TomlStop(this.#at, message);
  }
}
