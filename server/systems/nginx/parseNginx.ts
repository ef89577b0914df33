import type { NginxRepair } from './nginx.ts';
import { createScanner, type Token } from './scanNginx.ts';

/** One directive with its words; `block` when it ends in braces instead of a semicolon. */
export interface Directive {
  name: string;
  words: string[];
  line: number;
  /** Words that begin a later line than the directive: what a forgotten semicolon swallows. */
  continued: { word: string; line: number; lineBefore: number }[];
  block: Directive[] | undefined;
}

export interface ParsedNginx {
  directives: Directive[];
  /** The first thing that nginx would stumble over, in its own words; what follows is read as well as can be. */
  problem: { message: string; line: number; repair?: NginxRepair } | undefined;
}

/** Deeper nesting has no meaning to nginx. */
const MAX_DEPTH = 20;
/** What stands in these braces is no configuration. */
const FOREIGN_BLOCK = /_by_lua_block$/;

/** Reads nginx's syntax (https://nginx.org/en/docs/ngx_core_module.html); never throws. */
export function parseNginx(text: string): ParsedNginx {
  const scanner = createScanner(text);
  let problem: ParsedNginx['problem'];
  const note = (message: string, line: number, last?: Token): void => {
    problem ??= { message, line, ...(last ? { repair: { kind: 'semicolon', line: last.endLine } } : {}) };
  };

  const readBlock = (depth: number): Directive[] => {
    const directives: Directive[] = [];
    let words: Token[] = [];
    for (let token = scanner.next(); token !== undefined; token = scanner.next()) {
      if (token.problem !== undefined) note(token.problem, token.line);
      const [first] = words;
      if (token.kind === 'word') words.push(token);
      else if (token.kind === ';') {
        if (first) directives.push(toDirective(words, undefined));
        else note('unexpected ";"', token.line);
        words = [];
      } else if (token.kind === '{') {
        if (!first) note('unexpected "{"', token.line);
        if (first && FOREIGN_BLOCK.test(first.text)) {
          scanner.skipBraces();
          directives.push(toDirective(words, []));
        } else {
          const block = depth < MAX_DEPTH ? readBlock(depth + 1) : [];
          if (first) directives.push(toDirective(words, block));
        }
        words = [];
      } else {
        if (first || depth === 0) note('unexpected "}"', token.line, depth === 0 ? undefined : words.at(-1));
        // The directive without its semicolon is still meant.
        if (first) directives.push(toDirective(words, undefined));
        words = [];
        if (depth > 0) return directives;
      }
    }
    if (words.length > 0) note('unexpected end of file, expecting ";" or "}"', scanner.line());
    else if (depth > 0) note('unexpected end of file, expecting "}"', scanner.line());
    if (words.length > 0) directives.push(toDirective(words, undefined));
    return directives;
  };
  const directives = readBlock(0);
  return { directives, problem };
}

function toDirective(words: readonly Token[], block: Directive[] | undefined): Directive {
  const [first, ...rest] = words;
  return {
    name: first?.text ?? '',
    words: rest.map(({ text }) => text),
    line: first?.line ?? 1,
    continued: words.flatMap(({ text, line, quoted }, at) => {
      const lineBefore = words[at - 1]?.endLine ?? line;
      return !quoted && line > lineBefore ? [{ word: text, line, lineBefore }] : [];
    }),
    block,
  };
}
