import { parseTerm, QUERY_KEYS } from './parseTerm.ts';
import type { Query } from './query.ts';
import { QueryError } from './queryError.ts';
import { type KeyWritten, QueryText, textMatch } from './queryText.ts';

/** Deeper parentheses are no query that a person wrote. */
const DEEPEST = 50;

/**
 * Understands the text of a query; the language stands in query.ts. Nothing but blanks: every record.
 * @throws QueryError (log.query-invalid) with the place, what is wrong there and what to write instead
 */
export function parseQuery(text: string): Query {
  const reader = new QueryText(text);
  reader.skipBlanks();
  if (reader.ended) return { kind: 'all' };
  const query = parseOr(reader, 0);
  if (!reader.ended)
    throw new QueryError(
      'This ) closes nothing',
      { start: reader.at, end: reader.at + 1 },
      'Remove it, or put the text in quotes.',
    );
  return query;
}

function parseOr(reader: QueryText, depth: number): Query {
  const parts = [parseAnd(reader, depth)];
  while (reader.takeOperator('OR', '||')) parts.push(parseAnd(reader, depth));
  return parts.length === 1 && parts[0] ? parts[0] : { kind: 'or', parts };
}

function parseAnd(reader: QueryText, depth: number): Query {
  const parts: Query[] = [];
  for (;;) {
    reader.skipBlanks();
    const isJoined = parts.length > 0 && reader.takeOperator('AND', '&&');
    reader.skipBlanks();
    if (reader.ended || reader.sees(')') || seesOr(reader)) {
      if (parts.length === 0 || isJoined) throw missing(reader);
      return parts.length === 1 && parts[0] ? parts[0] : { kind: 'and', parts };
    }
    parts.push(parseNot(reader, depth));
  }
}

function seesOr(reader: QueryText): boolean {
  const { at } = reader;
  const sees = reader.takeOperator('OR', '||');
  reader.at = at;
  return sees;
}

function missing(reader: QueryText): QueryError {
  const end = Math.min(reader.text.length, reader.at + 1);
  return new QueryError('Something is missing here', { start: reader.at, end }, 'Write a word, or name:value.');
}

function parseNot(reader: QueryText, depth: number): Query {
  if (reader.takeOperator('NOT')) {
    reader.skipBlanks();
    if (reader.ended || reader.sees(')')) throw missing(reader);
    if (depth >= DEEPEST) throw tooDeep(reader);
    return { kind: 'not', part: parseNot(reader, depth + 1) };
  }
  if (reader.takeExclusion()) {
    if (depth >= DEEPEST) throw tooDeep(reader);
    return { kind: 'not', part: parseNot(reader, depth + 1) };
  }
  return parsePrimary(reader, depth);
}

function tooDeep(reader: QueryText): QueryError {
  return new QueryError('The parentheses nest too deeply', { start: reader.at, end: reader.at + 1 });
}

function parsePrimary(reader: QueryText, depth: number): Query {
  const start = reader.at;
  if (reader.sees('(')) {
    if (depth >= DEEPEST) throw tooDeep(reader);
    reader.at += 1;
    const inner = parseOr(reader, depth + 1);
    closeParenthesis(reader, start);
    return inner;
  }
  const key = reader.takeKey();
  if (key) return parseKeyed(reader, key);
  const value = reader.takeValue();
  if (!value) throw missing(reader);
  // `level: error`: a blank too many would silently look for two words.
  const bare = value.kind === 'word' && value.text.endsWith(':') ? value.text.slice(0, -1).toLowerCase() : undefined;
  if (bare !== undefined && QUERY_KEYS.some((known) => known === bare))
    throw new QueryError(
      `A value is missing behind ${bare}:`,
      value.place,
      `Write it right behind the colon, or "${bare}:" in quotes.`,
    );
  return { kind: 'text', match: textMatch(value) };
}

function closeParenthesis(reader: QueryText, start: number): void {
  reader.skipBlanks();
  if (!reader.sees(')'))
    throw new QueryError('This ( is not closed', { start, end: start + 1 }, 'Write a ) at its end.');
  reader.at += 1;
}

/** The value of `key:`, or one of several: `level:(warn OR fatal)`. */
function parseKeyed(reader: QueryText, key: KeyWritten): Query {
  const start = reader.at;
  if (!reader.sees('(')) return parseTerm(key, reader.takeValue());
  reader.at += 1;
  const parts: Query[] = [];
  for (;;) {
    reader.skipBlanks();
    if (parts.length > 0 && reader.takeOperator('OR', '||')) reader.skipBlanks();
    if (reader.ended || reader.sees(')')) break;
    if (reader.sees('('))
      throw new QueryError('No ( can stand in a list of values', { start: reader.at, end: reader.at + 1 });
    parts.push(parseTerm(key, reader.takeValue()));
  }
  closeParenthesis(reader, start);
  if (parts.length === 0) throw new QueryError('The list of values is empty', { start, end: reader.at });
  return parts.length === 1 && parts[0] ? parts[0] : { kind: 'or', parts };
}
