import { compileRegex } from './compileRegex.ts';
import type { TextMatch } from './query.ts';

/**
 * Holds short texts, such as names of components, against a match: the whole text for words and wildcards, any part of
 * it for a regular expression. For wildcards linear in the text.
 */
export function textMatcher(match: TextMatch): (text: string) => boolean {
  switch (match.kind) {
    case 'exact': {
      const wanted = match.text.toLowerCase();
      return (text) => text.toLowerCase() === wanted;
    }
    case 'glob': {
      const [head = '', ...rest] = match.glob.toLowerCase().split(/\*+/);
      const tail = rest.pop() ?? '';
      return (text) => holds(text.toLowerCase(), head, rest, tail);
    }
    case 'regex': {
      const regex = compileRegex(match.pattern, match.ignoreCase);
      return (text) => regex.test(text);
    }
  }
}

function holds(text: string, head: string, middle: readonly string[], tail: string): boolean {
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  const end = text.length - tail.length;
  let at = head.length;
  for (const part of middle) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
