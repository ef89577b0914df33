import { type ByteSearch, createByteSearch } from './byteSearch.ts';
import { compileRegex, type LinearRegex } from './compileRegex.ts';
import type { TextMatch } from './query.ts';

/** How a text is found in the bytes of records. */
export interface TextFinder {
  /** Every record that matches has a hit; undefined: every record must be confirmed. */
  search?: ByteSearch;
  /**
   * Whether a record with a hit, bytes[start, end), does match; its answer undefined: only the text can tell. It may read
   * nothing of the index. Without it, a hit is enough, or the text must tell when there is `confirmText`.
   */
  confirm?(bytes: Uint8Array, start: number, end: number): boolean | undefined;
  /** Whether a record matches by its decoded text; asked of those that are still open. */
  confirmText?(text: string, source: number): boolean;
  /** A hit may reach over the end of a record, so that each must be searched by itself. */
  crossesLines: boolean;
}

const encoder = new TextEncoder();
// biome-ignore lint/suspicious/noControlCharactersInRegex: the border of ASCII
const ASCII = /^[\x00-\x7f]*$/;

/** Finds a word or phrase anywhere in a record, in any case; wildcards stand for anything within a line. */
export function textFinder(match: TextMatch): TextFinder {
  switch (match.kind) {
    case 'exact':
      return literalFinder(match.text);
    case 'glob': {
      const parts = match.glob.split(/\*+/).filter((part) => part !== '');
      if (parts.length <= 1) return literalFinder(parts[0] ?? '');
      const pattern = parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.*');
      return regexFinder(compileRegex(pattern, true), pattern);
    }
    case 'regex':
      return regexFinder(compileRegex(match.pattern, match.ignoreCase), match.pattern);
  }
}

function literalFinder(text: string): TextFinder {
  const crossesLines = text.includes('\n');
  if (text === '') return { crossesLines };
  if (ASCII.test(text)) return { search: createByteSearch([encoder.encode(text)], true), crossesLines };
  // What case is outside ASCII, and which bytes it has in the source's encoding, only the decoded text tells.
  const wanted = text.toLowerCase();
  const part = longest(text.match(/[\x20-\x7e]+/g) ?? []);
  return {
    ...(part === undefined ? {} : { search: createByteSearch([encoder.encode(part)], true) }),
    confirmText: (decoded) => decoded.toLowerCase().includes(wanted),
    crossesLines,
  };
}

function longest(parts: readonly string[]): string | undefined {
  return parts.toSorted((a, b) => b.length - a.length)[0];
}

function regexFinder(regex: LinearRegex, pattern: string): TextFinder {
  const search =
    regex.required &&
    createByteSearch(
      regex.required.map((text) => encoder.encode(text)),
      regex.ignoreCase,
    );
  if (search && regex.isChoice) return { search, crossesLines: false };
  const isAscii = ASCII.test(pattern) && !/\\[pPx]/.test(pattern);
  return {
    ...(search ? { search } : {}),
    ...(isAscii
      ? { confirm: (bytes, start, end) => regex.testBytes(bytes.subarray(start, withoutLineEnd(bytes, start, end))) }
      : { confirmText: (decoded) => regex.test(decoded) }),
    crossesLines: false,
  };
}

function withoutLineEnd(bytes: Uint8Array, start: number, end: number): number {
  let stop = end;
  if (stop > start && bytes[stop - 1] === 10) stop -= 1;
  if (stop > start && bytes[stop - 1] === 13) stop -= 1;
  return stop;
}
