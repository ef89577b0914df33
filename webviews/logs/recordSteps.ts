import { fieldTerm, withTerm } from './filterText.ts';
import type { LogModel } from './logModel.ts';

export type StepKind = 'error' | 'template';

/**
 * Finds the next or previous record of a kind within what is listed: of the filter with a further term, the record's place is
 * asked for, and the neighbour's place in the table. @returns its position in the table's view; undefined: there is none
 */
export async function stepTo(
  model: LogModel,
  kind: StepKind,
  direction: -1 | 1,
  from: { record: number; template: number },
): Promise<number | undefined> {
  const term = kind === 'error' ? 'level>=error' : fieldTerm('template', `t${from.template}`);
  const { view, matches } = await model.queries.find(model.log, withTerm(model.filter, term), model.range);
  if (matches === 0) return undefined;
  // Its own place, or that of the next one behind it; none is behind it: -1.
  const found = await model.positionOf(from.record, view);
  const [at] = found < 0 ? [] : await model.rowsAt(found, 1, view);
  const isItself = at?.record === from.record;
  const place = direction < 0 ? (found < 0 ? matches : found) - 1 : isItself ? found + 1 : found;
  if (place < 0) return undefined;
  const [row] = await model.rowsAt(place, 1, view);
  return row && model.positionOf(row.record);
}
