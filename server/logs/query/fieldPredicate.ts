import type { FormatPlan, LogFormat } from '../formats/logFormat.ts';
import type { LogIndex } from '../index/logIndex.ts';
import type { Bitmap } from './bitmap.ts';
import { fieldOf, fieldTester } from './fieldTest.ts';
import { jsonFieldScan } from './jsonFieldScan.ts';
import { jsonFieldReader, NESTED, UNSURE } from './jsonFieldValue.ts';
import { orPredicate } from './logicPredicates.ts';
import { FIELD, type Piece, type Predicate } from './predicate.ts';
import type { FieldTest, TextMatch } from './query.ts';
import { textFinder } from './textFinder.ts';
import { textPredicate } from './textPredicate.ts';

/** Makes the format that reads a source's records; asked once for each source of a query. */
export type FormatOf = (plan: FormatPlan) => LogFormat;

/** Records whose field passes a test. Their formats parse them, but for JSON that a look at its bytes rules out. */
export function fieldPredicate(index: LogIndex, formatOf: FormatOf, path: string, test: FieldTest): Predicate {
  if (test.kind === 'pair')
    return orPredicate([
      textPredicate(index, textFinder({ kind: 'exact', text: test.pair })),
      fieldPredicate(index, formatOf, path, test.field),
    ]);
  const passes = fieldTester(test, path);
  const formats = formatsOf(index, formatOf);
  const confirmText = (text: string, source: number): boolean => {
    const format = formats(source);
    return format !== undefined && passes(fieldOf(format.fields(text), path));
  };
  const parsed = textPredicate(index, { confirmText, crossesLines: false }, FIELD);
  const scanned = textPredicate(index, { confirm: jsonTest(path, passes), confirmText, crossesLines: false }, FIELD);
  return {
    cost: FIELD,
    narrow(piece: Piece, bits: Bitmap) {
      const isJson = index.sources[piece.chunk.source]?.plan.id === 'json';
      (isJson ? scanned : parsed).narrow(piece, bits);
    },
  };
}

/** Whether a line of JSON passes; undefined: it must be parsed. */
function jsonTest(
  path: string,
  passes: (value: unknown) => boolean,
): (bytes: Uint8Array, start: number, end: number) => boolean | undefined {
  const mayPass = jsonFieldScan(path, passes);
  const read = jsonFieldReader(path);
  return (bytes, start, end) => {
    if (!mayPass(bytes, start, end)) return false;
    const value = read(bytes, start, end);
    return value === UNSURE ? undefined : passes(value === NESTED ? {} : value);
  };
}

/** Records whose message, without header and fields, holds a text. */
export function messagePredicate(index: LogIndex, formatOf: FormatOf, match: TextMatch): Predicate {
  const formats = formatsOf(index, formatOf);
  const finder = textFinder(match);
  const holds = messageTest(match);
  // What the message holds may stand escaped in the record: only plain words are looked for in its bytes.
  const search = match.kind === 'exact' && /^[\w .,:;()=-]+$/.test(match.text) ? finder.search : undefined;
  return textPredicate(
    index,
    {
      ...(search ? { search } : {}),
      confirmText: (text, source) => holds(formats(source)?.message(text) ?? text),
      crossesLines: false,
    },
    FIELD,
  );
}

function messageTest(match: TextMatch): (message: string) => boolean {
  const { search, confirm, confirmText } = textFinder(match);
  const encoder = new TextEncoder();
  return (message) => {
    if (confirmText && !search && !confirm) return confirmText(message, 0);
    const bytes = encoder.encode(message);
    if (search && search.find(bytes, 0, bytes.length) < 0) return false;
    if (confirm && !confirm(bytes, 0, bytes.length)) return false;
    return confirmText ? confirmText(message, 0) : true;
  };
}

function formatsOf(index: LogIndex, formatOf: FormatOf): (source: number) => LogFormat | undefined {
  const made: LogFormat[] = [];
  return (source) => {
    const plan = index.sources[source]?.plan;
    if (plan) made[source] ??= formatOf(plan);
    return made[source];
  };
}
