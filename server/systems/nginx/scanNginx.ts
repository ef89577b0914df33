export interface Token {
  text: string;
  line: number;
  endLine: number;
  kind: 'word' | '{' | '}' | ';';
  quoted: boolean;
  /** What nginx says of it. */
  problem?: string;
}

export interface Scanner {
  next(): Token | undefined;
  /** Steps over Lua up to the brace that closes the block. */
  skipBraces(): void;
  line(): number;
}

/** Splits as `ngx_conf_read_token` does: quotes and `#` mean something only where a word begins, and a `}` inside a word belongs to it. */
export function createScanner(text: string): Scanner {
  let line = 1;
  let at = 0;

  const step = (): string => {
    const sign = text[at++] as string;
    if (sign === '\n') line += 1;
    return sign;
  };

  const skipTo = (end: string): void => {
    while (at < text.length && !text.startsWith(end, at)) step();
    at = Math.min(at + end.length, text.length);
    if (end === '\n') line += 1;
  };

  const skipString = (quote: string): void => {
    while (at < text.length && text[at] !== quote && text[at] !== '\n') {
      if (text[at] === '\\' && at + 1 < text.length) at += 1;
      step();
    }
    if (text[at] === quote) at += 1;
  };

  const quotedWord = (quote: string): Token => {
    const begin = line;
    let value = '';
    at += 1;
    while (at < text.length && text[at] !== quote) {
      if (text[at] === '\\' && at + 1 < text.length) at += 1;
      value += step();
    }
    const token: Token = { text: value, line: begin, endLine: line, kind: 'word', quoted: true };
    if (at >= text.length)
      return { ...token, problem: `unexpected end of file, the ${quote} of this line is not closed` };
    at += 1;
    const next = text[at];
    if (next === undefined || /[\s;{)]/.test(next)) return token;
    return { ...token, problem: `unexpected "${next}"` };
  };

  const plainWord = (): Token => {
    const begin = at;
    const beginLine = line;
    let afterDollar = false;
    while (at < text.length) {
      const sign = text[at] as string;
      if (/[\s;]/.test(sign) || (sign === '{' && !afterDollar)) break;
      afterDollar = sign === '$';
      step();
      if (sign === '\\' && at < text.length) step();
    }
    return { text: text.slice(begin, at), line: beginLine, endLine: line, kind: 'word', quoted: false };
  };

  return {
    line: () => line,
    skipBraces() {
      for (let open = 1; at < text.length && open > 0; ) {
        if (text.startsWith('--', at)) skipTo('\n');
        else if (text.startsWith('[[', at)) skipTo(']]');
        else {
          const sign = step();
          if (sign === '{') open += 1;
          else if (sign === '}') open -= 1;
          else if (sign === '"' || sign === "'") skipString(sign);
        }
      }
    },
    next() {
      while (at < text.length) {
        const sign = text[at] as string;
        if (/\s/.test(sign)) step();
        else if (sign === '#') while (at < text.length && text[at] !== '\n') at += 1;
        else if (sign === '{' || sign === '}' || sign === ';') {
          at += 1;
          return { text: sign, line, endLine: line, kind: sign, quoted: false };
        } else return sign === '"' || sign === "'" ? quotedWord(sign) : plainWord();
      }
      return undefined;
    },
  };
}
