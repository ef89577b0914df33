import type { Candidate, Weight } from './candidate.ts';
import { severityWeights } from './findNovel.ts';
import type { Novelty } from './novelty.ts';
import { RecordLook } from './recordLook.ts';
import type { Survey } from './survey.ts';
import { count, plural, type Words } from './words.ts';

/** The most frequent ones; the others are found by their templates. */
const MAX_GROUPS = 200;

/** Stack traces that are the same but for numbers. Those that were there all along are told, below what is shown unasked. */
export function findErrorGroups(survey: Survey, novelty: Novelty, words: Words): Candidate[] {
  const { groupCount, groupFirst, groupLast, index } = survey;
  const groups: number[] = [];
  let traces = 0;
  for (let group = 1; group < groupCount.length; group += 1) {
    if ((groupCount[group] as number) === 0) continue;
    groups.push(group);
    traces += groupCount[group] as number;
  }
  groups.sort((a, b) => (groupCount[b] as number) - (groupCount[a] as number) || a - b);
  const firsts = groups.map((group) => groupFirst[group] as number).sort((a, b) => a - b);
  const look = new RecordLook(index);
  return groups.slice(0, MAX_GROUPS).map((group) => {
    const first = groupFirst[group] as number;
    const last = groupLast[group] as number;
    const records = groupCount[group] as number;
    const isNew = first >= novelty.settled;
    const recent = firsts.filter((other) => other >= first / 2 && other < first).length;
    const weights: Weight[] = [
      isNew
        ? {
            text: `${plural(recent, 'other stack trace')} began in as many records before`,
            points: 6 - 1.5 * Math.log(1 + recent),
          }
        : { text: 'there from the beginning', points: 1 },
      ...severityWeights(novelty, 2),
      { text: `one of ${count(groups.length)} stack traces`, points: -0.5 * Math.log(groups.length) },
    ];
    const share = records / Math.max(1, traces);
    return {
      kind: 'error-group',
      position: first,
      end: last,
      slot: survey.slots[look.shape(first)] as number,
      severity: 2,
      weights,
      reason: `${index.errorGroups.text(group)}: ${plural(records, 'time')}, ${records > 1 ? `first ${words.when(first)}, last ${words.when(last)}` : words.when(first)}${share < 1 ? `; ${Math.round(share * 100)} % of all stack traces` : ''}`,
      name: index.errorGroups.text(group),
      records,
      folded: [],
    } satisfies Candidate;
  });
}
