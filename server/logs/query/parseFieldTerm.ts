import { parseQuantity } from './parseQuantity.ts';
import { endsOf, numberRange } from './parseRangeTerm.ts';
import type { FieldTest, Query } from './query.ts';
import { QueryError } from './queryError.ts';
import { type KeyWritten, textMatch, type Written } from './queryText.ts';

/** `name:value`, `name>5`, `name.sub=="x"`: of the record's own fields. @throws QueryError */
export function parseFieldTerm({ key, op, place }: KeyWritten, value: Written): Query {
  const path = fieldPath(key);
  if (path === '') throw new QueryError('The name of a field is missing', place);
  const test = fieldTest(op, value);
  const isPair = (op === ':' || op === '=') && value.kind === 'word' && !/\*|\.\./.test(value.text);
  return {
    kind: 'field',
    path,
    test: isPair ? { kind: 'pair', field: test, pair: `${key}${op}${value.text}` } : test,
  };
}

function fieldTest(op: string, value: Written): FieldTest {
  const not = op === '!=' ? { not: true } : {};
  if (value.kind === 'regex') return { kind: 'text', match: textMatch(value), ...not };
  if (op === '=~') {
    const { text: pattern, place } = value;
    return { kind: 'text', match: textMatch({ kind: 'regex', pattern, ignoreCase: false, place }) };
  }
  const range = value.kind === 'word' ? quantities(op, value.text) : undefined;
  if (range) return { ...range, ...not };
  if (op === '<' || op === '<=' || op === '>' || op === '>=') return { kind: 'order', op, text: value.text };
  if (value.kind === 'word' && value.text === '*') return { kind: 'exists' };
  return { kind: 'text', match: textMatch(value), ...not };
}

/** The test for numbers, when all ends are numbers of one kind. */
function quantities(op: string, text: string): Extract<FieldTest, { kind: 'number' }> | undefined {
  const ends = endsOf(op, text);
  if (!ends || (ends.from === undefined && ends.to === undefined)) return undefined;
  const written = [ends.from, ends.to].filter((end) => end !== undefined).map(parseQuantity);
  if (written.some((one) => one === undefined)) return undefined;
  const [unit, other = unit] = written.map((one) => one?.unit);
  if (unit !== other) return undefined;
  const range = numberRange(ends, (end) => parseQuantity(end)?.value ?? Number.NaN);
  return { kind: 'number', range, ...(unit ? { unit } : {}), ...(ends.from === ends.to ? { text } : {}) };
}

/** `fields.status` and `@status` are `status`. */
export function fieldPath(key: string): string {
  return key.replace(/^(?:fields\.|@)/, '');
}
