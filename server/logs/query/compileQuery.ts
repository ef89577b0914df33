import type { LogIndex } from '../index/logIndex.ts';
import { durationPredicate, levelPredicate, linePredicate, piecePredicate, timePredicate } from './columnPredicates.ts';
import { dictionaryPredicate } from './dictionaryPredicate.ts';
import { type FormatOf, fieldPredicate, messagePredicate } from './fieldPredicate.ts';
import { andPredicate, everything, notPredicate, orPredicate } from './logicPredicates.ts';
import { COLUMN, FIELD, type Predicate } from './predicate.ts';
import type { HasWhat, Query, TextMatch } from './query.ts';
import { textFinder } from './textFinder.ts';
import { textMatcher } from './textMatcher.ts';
import { textPredicate } from './textPredicate.ts';
import { needsEnd, resolveTimes } from './timePoint.ts';
import { timesOf } from './zone.ts';

/** What a query needs of others. */
export interface QueryContext {
  formatOf: FormatOf;
  /** Whether a template is new or rare, for `mark:`; without it no record has a mark. */
  markOf?(template: number): 'new' | 'rare' | undefined;
}

/** Binds a query to an index: columns first, then dictionaries, then bytes, then parsed fields, whatever order was written. */
export function compileQuery(index: LogIndex, query: Query, context: QueryContext): Predicate {
  const compile = (part: Query): Predicate => compileQuery(index, part, context);
  switch (query.kind) {
    case 'all':
      return everything;
    case 'and':
      return andPredicate(query.parts.map(compile));
    case 'or':
      return orPredicate(query.parts.map(compile));
    case 'not':
      return notPredicate(compile(query.part));
    case 'text':
      return textPredicate(index, textFinder(query.match));
    case 'message':
      return messagePredicate(index, context.formatOf, query.match);
    case 'level':
      return levelPredicate(query.from, query.to);
    case 'duration':
      return durationPredicate(query.range);
    case 'time':
      return relativeTimes(index, query);
    case 'line':
      return linePredicate(query.from, query.to);
    case 'component':
    case 'group':
      return named(index, query.kind, query.match);
    case 'trace':
      return traced(index, query.match);
    case 'template':
      return byTemplate(index, (template) => template === query.id);
    case 'templateText':
      return byTemplateText(index, query.match);
    case 'mark':
      return byTemplate(index, (template) => context.markOf?.(template) === query.mark);
    case 'file': {
      const matches = textMatcher(query.match);
      return piecePredicate(COLUMN, ({ chunk }) => isNamed(index.sources[chunk.source]?.name ?? '', matches));
    }
    case 'has':
      return hasPredicate(index, query.what);
    case 'field':
      return fieldPredicate(index, context.formatOf, query.path, query.test);
  }
}

/** The whole name, or what stands behind its last slash. */
function isNamed(name: string, matches: (text: string) => boolean): boolean {
  return matches(name) || matches(name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1));
}

function named(index: LogIndex, kind: 'component' | 'group', match: TextMatch): Predicate {
  const matches = textMatcher(match);
  const dictionary = kind === 'component' ? index.components : index.errorGroups;
  return dictionaryPredicate({
    values: ({ components, errorGroups }) => (kind === 'component' ? components : errorGroups),
    size: () => dictionary.size,
    // None never matches, not even `*`.
    matches: (number) => number !== 0 && matches(dictionary.text(number)),
  });
}

/** There may be a million traces, whose texts are read from their records: few must be asked for. */
function traced(index: LogIndex, match: TextMatch): Predicate {
  const { traces } = index;
  const column = { values: ({ traces: numbers }: { traces: Uint32Array }) => numbers, size: () => traces.size };
  if (match.kind === 'exact') {
    const spellings = new Set([match.text, match.text.toLowerCase(), match.text.toUpperCase()]);
    return dictionaryPredicate({
      ...column,
      matches: (number) => number !== 0 && [...spellings].some((text) => traces.find(text) === number),
    });
  }
  const matches = textMatcher(match);
  const byText: Predicate = {
    ...dictionaryPredicate({ ...column, matches: (number) => number !== 0 && matches(traces.text(number)) }),
    cost: FIELD,
  };
  // A trace stands in its records as it is; where an expression's `^` and `$` are, only the trace itself tells.
  return match.kind === 'glob' ? andPredicate([textPredicate(index, textFinder(match)), byText]) : byText;
}

function byTemplate(index: LogIndex, matches: (template: number) => boolean): Predicate {
  return dictionaryPredicate({
    values: ({ shapes }) => shapes,
    size: () => index.shapeCount,
    matches: (shape) => matches(index.templateOf(shape)),
    // Templates merge as more is known.
    mayChange: true,
  });
}

function byTemplateText(index: LogIndex, match: TextMatch): Predicate {
  const matches = textMatcher(match);
  let of: readonly unknown[] | undefined;
  let ids = new Set<number>();
  return byTemplate(index, (template) => {
    const templates = index.templates();
    if (of !== templates) {
      of = templates;
      ids = new Set(templates.filter(({ text }) => matches(text)).map(({ id }) => id));
    }
    return ids.has(template);
  });
}

/** Times of day and times before the end move when records come in while the log is still read. */
function relativeTimes(index: LogIndex, query: Extract<Query, { kind: 'time' }>): Predicate {
  const moves = needsEnd(query.from) || needsEnd(query.to);
  const resolve = (): { from: number; to: number } =>
    resolveTimes(query, {
      end: moves ? timesOf(index).last : Number.NaN,
      zoneMinutes: index.sources[0]?.plan.zoneMinutes ?? 0,
    });
  let { from, to } = resolve();
  let current = timePredicate(from, to);
  let isSettled = index.complete;
  return {
    cost: COLUMN,
    narrow: (piece, bits) => current.narrow(piece, bits),
    mayMatch: (zone) => current.mayMatch?.(zone) ?? true,
    refresh() {
      // Of a log that is followed, the range stays where it was when the query was made.
      if (!moves || isSettled) return false;
      isSettled = index.complete;
      const fresh = resolve();
      if (fresh.from === from && fresh.to === to) return false;
      ({ from, to } = fresh);
      current = timePredicate(from, to);
      return true;
    },
  };
}

function hasPredicate(index: LogIndex, what: HasWhat): Predicate {
  switch (what) {
    case 'time':
      return timePredicate(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    case 'level':
      return levelPredicate(1, 7);
    case 'duration':
      return durationPredicate({});
    default: {
      const values = { component: 'components', trace: 'traces', stack: 'errorGroups' } as const;
      const dictionary = index[values[what]];
      return dictionaryPredicate({
        values: (chunk) => chunk[values[what]],
        size: () => dictionary.size,
        matches: (number) => number !== 0,
      });
    }
  }
}
