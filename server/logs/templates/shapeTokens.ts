import { isMarker } from './shapeText.ts';

/** A piece of a canonical text. Words keep their inner dots, dashes, slashes, …: `org.example.Thing`, `re-sync`, `can't`. */
export type TokenKind = 'word' | 'marker' | 'space' | 'sign';

export interface Token {
  kind: TokenKind;
  text: string;
}

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isMarker(code)) tokens.push({ kind: 'marker', text: text[at] as string });
    else if (code === 0x20) tokens.push({ kind: 'space', text: ' ' });
    else if (isWordCode(code)) {
      const from = at;
      at += 1;
      while (at < text.length) {
        if (isWordCode(text.charCodeAt(at))) at += 1;
        else if (isInner(text.charCodeAt(at)) && at + 1 < text.length && isWordCode(text.charCodeAt(at + 1))) at += 2;
        else break;
      }
      tokens.push({ kind: 'word', text: text.slice(from, at) });
      continue;
    } else tokens.push({ kind: 'sign', text: text[at] as string });
    at += 1;
  }
  return tokens;
}

function isWordCode(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code > 0x7f
  );
}

/** . - / @ $ # + ' \ */
function isInner(code: number): boolean {
  return (
    code === 0x2e ||
    code === 0x2d ||
    code === 0x2f ||
    code === 0x40 ||
    code === 0x24 ||
    code === 0x23 ||
    code === 0x2b ||
    code === 0x27 ||
    code === 0x5c
  );
}
