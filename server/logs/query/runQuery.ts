import type { LogIndex } from '../index/logIndex.ts';
import { timePredicate } from './columnPredicates.ts';
import { compileQuery, type QueryContext } from './compileQuery.ts';
import { FilteredView } from './filteredView.ts';
import { andPredicate } from './logicPredicates.ts';
import type { LogView } from './logView.ts';
import type { Query } from './query.ts';
import type { WalkOptions } from './takeTurns.ts';

export interface QueryOptions extends QueryContext {
  /** Only records with times in [from, to], ms; those without a time are left out then. */
  from?: number;
  to?: number;
}

/** The view of a query before anything was looked at: call `advance`, and again whenever the index grew. */
export function openView(index: LogIndex, query: Query, options: QueryOptions): FilteredView {
  const predicate = compileQuery(index, query, options);
  const { from, to } = options;
  if (from === undefined && to === undefined) return new FilteredView(index, predicate);
  // The end is a time of the histogram's or of a record's: it belongs to the range.
  const times = timePredicate(from ?? Number.NEGATIVE_INFINITY, to === undefined ? Number.POSITIVE_INFINITY : to + 1);
  return new FilteredView(index, andPredicate([times, predicate]));
}

/**
 * Looks at all records that the index holds now.
 * @param options.onProgress hears of the view as it grows; what it holds can be listed already
 * @throws the signal's reason when it is aborted
 */
export async function runQuery(
  index: LogIndex,
  query: Query,
  options: QueryOptions & WalkOptions & { onProgress?: (view: LogView) => void },
): Promise<FilteredView> {
  const view = openView(index, query, options);
  await view.advance(options);
  return view;
}
