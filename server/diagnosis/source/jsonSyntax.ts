import { problemAt, type SyntaxProblem } from './syntaxProblem.ts';

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const BLANK = /[ \t\r\n]*/y;
const MAX_DEPTH = 500;

/** The first place at which a text is no JSON (RFC 8259: no comments, no trailing commas); undefined when it is JSON. */
export function jsonProblem(text: string): SyntaxProblem | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const { at, message } = new JsonReader(text).read();
  return problemAt(text, at, message);
}

interface Stop {
  at: number;
  message: string;
}

/** V8 tells the position of some errors only; this reader tells it of all. */
class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Stop {
    if (this.#text.startsWith('\uFEFF')) return this.#stop('the file begins with a byte order mark');
    const stop = this.#value(0);
    if (stop) return stop;
    this.#skip(BLANK);
    return this.#stop(`unexpected ${this.#shown()} after the end`);
  }

  #value(depth: number): Stop | undefined {
    this.#skip(BLANK);
    if (depth > MAX_DEPTH) return this.#stop('nested too deep');
    const char = this.#text[this.#at];
    if (char === '{' || char === '[') return this.#container(char, depth);
    if (char === '"') return this.#string();
    if (this.#skip(NUMBER) || this.#skip(WORD)) return undefined;
    return this.#stop(
      char === undefined ? 'the file ends where a value is expected' : `expected a value, found ${this.#shown()}`,
    );
  }

  #container(open: '{' | '[', depth: number): Stop | undefined {
    const close = open === '{' ? '}' : ']';
    const begin = this.#at++;
    this.#skip(BLANK);
    if (this.#take(close)) return undefined;
    for (;;) {
      if (open === '{') {
        this.#skip(BLANK);
        if (this.#text[this.#at] !== '"')
          return this.#stop(
            this.#text[this.#at] === undefined
              ? this.#unclosed(begin, open)
              : `expected a key in double quotes, found ${this.#shown()}`,
          );
        const key = this.#string();
        if (key) return key;
        this.#skip(BLANK);
        if (!this.#take(':')) return this.#stop(`expected ':' after the key, found ${this.#shown()}`);
      }
      const stop = this.#value(depth + 1);
      if (stop) return stop;
      this.#skip(BLANK);
      if (this.#take(close)) return undefined;
      const comma = this.#at;
      if (!this.#take(','))
        return this.#stop(
          this.#text[this.#at] === undefined
            ? this.#unclosed(begin, open)
            : `expected ',' or '${close}', found ${this.#shown()}`,
        );
      this.#skip(BLANK);
      if (this.#text[this.#at] === close)
        return { at: comma, message: `a comma with nothing after it, before '${close}'` };
    }
  }

  #string(): Stop | undefined {
    const begin = this.#at++;
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at] as string;
      if (char === '"') {
        this.#at++;
        return undefined;
      }
      if (char === '\\') {
        if (!/^\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/.test(this.#text.slice(this.#at, this.#at + 6)))
          return this.#stop(`a backslash that begins no escape`);
        this.#at++;
      } else if (char === '\n' || char === '\r') break;
      else if (char < ' ') return this.#stop('a control character inside a string');
    }
    return { at: begin, message: 'a string that is not closed' };
  }

  #unclosed(begin: number, open: string): string {
    return `the file ends, and the '${open}' of line ${problemAt(this.#text, begin, '').line} is not closed`;
  }

  #shown(): string {
    const char = this.#text[this.#at];
    if (char === undefined) return 'the end of the file';
    return this.#text.startsWith('//', this.#at) || this.#text.startsWith('/*', this.#at) ? 'a comment' : `'${char}'`;
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

  #stop(message: string): Stop {
    return { at: this.#at, message };
  }
}
