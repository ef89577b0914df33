import type { LogIndex } from '../index/logIndex.ts';
import { Novelty, RARE_RECORDS } from './novelty.ts';
import { createPace } from './pace.ts';
import { type Survey, surveyIndex } from './survey.ts';

export type Mark = 'new' | 'rare';

/** Where little was seen before, everything is rare. */
const MIN_RECORDS = 200;
/** Where so many templates begin in half of the log's past, one more is not new. */
const MOST_RECENT = 20;

/**
 * What is to be marked in a list of records: by the id of a template, whether it is new or rare in this log. Templates without a
 * mark are not in it.
 * @throws the signal's reason
 */
export async function marksOf(index: LogIndex, signal?: AbortSignal): Promise<ReadonlyMap<number, Mark>> {
  return marksIn(await surveyIndex(index, createPace(signal)));
}

/** The same over a survey that is there already. */
export function marksIn(survey: Survey): ReadonlyMap<number, Mark> {
  const marks = new Map<number, Mark>();
  if (survey.records < MIN_RECORDS) return marks;
  const novelty = new Novelty(survey);
  // Where everything is rare, rarity tells nothing.
  const rare = survey.count.reduce((sum, count) => sum + (count > 0 && count <= RARE_RECORDS ? 1 : 0), 0);
  const isRarityRare = rare <= Math.max(10, survey.templates.length / 3);
  for (const slot of novelty.order) {
    const first = survey.first[slot] as number;
    const template = survey.templates[slot];
    if (!template) continue;
    if (first >= Math.max(novelty.settled, survey.records / 4) && novelty.recentTemplates(first) <= MOST_RECENT)
      marks.set(template.id, 'new');
    else if (isRarityRare && (survey.count[slot] as number) <= RARE_RECORDS) marks.set(template.id, 'rare');
  }
  return marks;
}
