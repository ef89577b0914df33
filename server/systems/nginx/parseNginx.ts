/** One directive with its words; `block` when it ends in braces instead of a semicolon. */
export interface Directive {
  name: string;
  words: string[];
  line: number;
  block: Directive[] | undefined;
}

export interface ParsedNginx {
  directives: Directive[];
  problems: { message: string; line: number }[];
}

interface Token {
  text: string;
  line: number;
  kind: 'word' | '{' | '}' | ';';
}

/** Deeper nesting has no meaning to nginx. */
const MAX_DEPTH = 20;

/** Reads nginx's syntax (https://nginx.org/en/docs/ngx_core_module.html); never throws. Messages are nginx's own. */
export function parseNginx(text: string): ParsedNginx {
  const { tokens, problems } = tokenize(text);
  let at = 0;
  const last = tokens.at(-1)?.line ?? 1;

  const readBlock = (depth: number): Directive[] => {
    const directives: Directive[] = [];
    let words: Token[] = [];
    while (at < tokens.length) {
      const token = tokens[at++] as Token;
      const [first] = words;
      if (token.kind === 'word') words.push(token);
      else if (token.kind === ';') {
        if (first) directives.push(toDirective(words, undefined));
        else problems.push({ message: 'unexpected ";"', line: token.line });
        words = [];
      } else if (token.kind === '{') {
        if (!first) problems.push({ message: 'unexpected "{"', line: token.line });
        // Lua code and maps have braces of their own; what is in them is of no use here.
        const block = depth < MAX_DEPTH ? readBlock(depth + 1) : [];
        if (first) directives.push(toDirective(words, block));
        words = [];
      } else {
        if (first) problems.push({ message: `unexpected "}"`, line: token.line });
        if (depth === 0) {
          problems.push({ message: 'unexpected "}"', line: token.line });
          words = [];
          continue;
        }
        return directives;
      }
    }
    if (depth > 0) problems.push({ message: 'unexpected end of file, expecting "}"', line: last });
    else if (words.length > 0)
      problems.push({ message: 'unexpected end of file, expecting ";" or "}"', line: words.at(-1)?.line ?? last });
    return directives;
  };
  const directives = readBlock(0);
  return { directives, problems };
}

function toDirective(words: readonly Token[], block: Directive[] | undefined): Directive {
  const [name, ...rest] = words.map(({ text }) => text);
  return { name: name ?? '', words: rest, line: words[0]?.line ?? 1, block };
}

function tokenize(text: string): { tokens: Token[]; problems: ParsedNginx['problems'] } {
  const tokens: Token[] = [];
  const problems: ParsedNginx['problems'] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const sign = text[at] as string;
    if (sign === '\n') line += 1;
    if (/\s/.test(sign)) at += 1;
    else if (sign === '#') while (at < text.length && text[at] !== '\n') at += 1;
    else if (sign === '{' || sign === '}' || sign === ';') {
      tokens.push({ text: sign, line, kind: sign });
      at += 1;
    } else if (sign === '"' || sign === "'") {
      const begin = line;
      let value = '';
      at += 1;
      while (at < text.length && text[at] !== sign) {
        if (text[at] === '\\' && at + 1 < text.length) at += 1;
        if (text[at] === '\n') line += 1;
        value += text[at];
        at += 1;
      }
      if (at >= text.length) problems.push({ message: `unexpected end of file, expecting ${sign}`, line: begin });
      at += 1;
      tokens.push({ text: value, line: begin, kind: 'word' });
    } else {
      const begin = at;
      while (at < text.length && !/[\s;{}]/.test(text[at] as string)) {
        // `${name}` is a part of a word.
        if (text[at] === '$' && text[at + 1] === '{') while (at < text.length && text[at] !== '}') at += 1;
        at += text[at] === '\\' ? 2 : 1;
      }
      tokens.push({ text: text.slice(begin, at), line, kind: 'word' });
    }
  }
  return { tokens, problems };
}
