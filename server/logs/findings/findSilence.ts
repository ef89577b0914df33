import type { Candidate, Weight } from './candidate.ts';
import type { Gaps } from './gapTable.ts';
import type { Novelty } from './novelty.ts';
import { RecordLook } from './recordLook.ts';
import type { Series } from './series.ts';
import type { Survey } from './survey.ts';
import { count, span, times, type Words } from './words.ts';

/** Fewer pauses tell no habit. */
const MIN_GAPS = 10;
/** The silence over the longest pause before. */
const MIN_TIMES = 2.5;
/** Others must have gone on for so many records. */
const MIN_OTHERS = 20;
/** Pauses that vary by less, as a part of their mean, are regular. */
const REGULAR = 0.5;
/** A template that occurs in a smaller part of the log belonged to a phase of it. */
const MIN_SPREAD = 0.15;
/** A pause of the whole log: in a log of so many records, as long, so many times the next longest, of pauses that vary so little. */
const PAUSE_RECORDS = 500;
const PAUSE_MS = 10_000;
const PAUSE_TIMES = 15;
const PAUSE_VARIATION = 2;
/** Templates that fall silent within such a part of the log end together. */
const TOGETHER_SHARE = 0.01;

/** Templates that came regularly and then did not, while others went on. */
export function findSilence(survey: Survey, series: Series, novelty: Novelty, words: Words): Candidate[] {
  const look = new RecordLook(survey.index);
  const end = survey.hasClock && survey.records > 0 ? (look.time(survey.records - 1) ?? Number.NaN) : Number.NaN;
  const found: Candidate[] = [];
  for (const [row, slot] of series.rows.entries()) {
    const candidate = judge(survey, series, words, row, slot, end);
    if (candidate) found.push(candidate);
  }
  const pause = pauseOf(survey, series, words, look);
  if (pause) found.push(pause);
  return together(found, Math.max(TOGETHER_SHARE * survey.records, MIN_OTHERS), novelty);
}

function judge(
  survey: Survey,
  series: Series,
  words: Words,
  row: number,
  slot: number,
  end: number,
): Candidate | undefined {
  const order = series.gaps.order(row, survey.records);
  if (order.count < MIN_GAPS) return undefined;
  const clock = survey.hasClock ? series.gaps.clock(row, end) : undefined;
  // What comes with the work (every 20 records) is regular by order only, what comes with time by the clock.
  const isOfWork = clock !== undefined && order.variation < REGULAR && clock.variation >= REGULAR;
  const byClock = clock && clock.mean > 0 && !isOfWork ? clock : undefined;
  const gaps = byClock ?? order;
  const after = gaps.longestAfter;
  const others = byClock ? othersDuring(survey, series, row, after, order) : order.longest;
  const spread = ((survey.last[slot] as number) - (survey.first[slot] as number)) / survey.records;
  const active = after - (survey.first[slot] as number);
  if (after < 0 || spread < MIN_SPREAD || active < MIN_SPREAD * survey.records) return undefined;
  if (others < Math.max(MIN_OTHERS, 3 * order.mean)) return undefined;
  const usual = Math.max(gaps.next, 2 * gaps.mean);
  const ratio = gaps.longest / usual;
  if (ratio < MIN_TIMES) return undefined;
  const isIrregular = gaps.variation >= REGULAR;
  // What comes by chance must be missing by both measures: a quiet night is no silence.
  if (isIrregular && byClock && others < 1.5 * Math.max(order.next, order.mean)) return undefined;
  const isOpen = after === series.gaps.lastPosition(row);
  const weights: Weight[] = [
    { text: `${times(ratio)} the longest pause before`, points: Math.min(6, 2 * Math.log(ratio)) },
    { text: `pauses vary by ${(gaps.variation * 100).toFixed(0)} %`, points: regularity(gaps.variation) },
    { text: `${order.count} pauses before`, points: Math.min(2, Math.log(order.count / MIN_GAPS)) },
  ];
  const severity = survey.severity(slot);
  if (severity > 0) weights.push({ text: 'it is better when this is silent', points: -4 });
  const habit = byClock ? `every ${span(gaps.mean)}` : `every ${count(gaps.mean)} records`;
  const length = byClock ? span(gaps.longest) : `${count(gaps.longest)} records`;
  return {
    kind: 'silence',
    position: after,
    end: after + others,
    slot,
    severity: 0,
    weights,
    reason: isOpen
      ? `came ${habit} (${count(order.count + 1)} times, never more than ${byClock ? span(gaps.next) : `${count(gaps.next)} records`} apart) and not since ${words.when(after).replace(/^at |^in /, '')}: silent for ${length} while ${count(others)} other records came`
      : `came ${habit}, but not for ${length} after ${words.when(after).replace(/^at |^in /, '')}, while ${count(others)} other records came`,
    name: survey.templates[slot]?.text ?? '',
    records: 0,
    folded: [],
  };
}

/** A log that is written all the time and then was not: not one of a program that is started now and then. */
function pauseOf(survey: Survey, series: Series, words: Words, look: RecordLook): Candidate | undefined {
  if (!survey.hasClock || survey.records < PAUSE_RECORDS) return undefined;
  const last = look.time(survey.records - 1);
  if (last === undefined) return undefined;
  const { longest, longestAfter, next, variation } = series.pauses.clock(0, last);
  const ratio = longest / Math.max(next, 1);
  if (longestAfter < 0 || longest < PAUSE_MS || ratio < PAUSE_TIMES || variation > PAUSE_VARIATION) return undefined;
  const after = survey.slots[look.shape(longestAfter + 1)];
  return {
    kind: 'silence',
    position: longestAfter,
    end: longestAfter + 1,
    severity: 0,
    weights: [{ text: `${times(ratio)} the longest pause otherwise`, points: Math.min(8, 2 * Math.log(ratio)) }],
    reason: `nothing at all for ${span(longest)} after ${words.when(longestAfter).replace(/^at |^in /, '')}, where records are never more than ${span(next)} apart otherwise`,
    name: `the log pauses before ${after === undefined ? '' : (survey.templates[after]?.text ?? '')}`,
    records: 0,
    folded: [],
  };
}

/** Records from the last one before the silence to the next one of the template. */
function othersDuring(survey: Survey, series: Series, row: number, after: number, order: Gaps): number {
  if (after === order.longestAfter) return order.longest;
  if (after === series.gaps.lastPosition(row)) return survey.records - after;
  // The longest pause by the clock is not the one with the most records: count to the next bin that holds the template.
  const counts = series.counts[row] as Uint32Array;
  for (let bin = series.binOf(after) + 1; bin < series.bins; bin += 1)
    if ((counts[bin] as number) > 0) return Math.min(order.longest, series.startOf(bin) - after);
  return Math.min(order.longest, survey.records - after);
}

function regularity(variation: number): number {
  if (variation < 0.15) return 5;
  if (variation < 0.3) return 4;
  if (variation < 0.6) return 2.5;
  if (variation < 1.05) return 1;
  return variation < 1.5 ? -1 : -3;
}

/** Of templates that fall silent together the most regular one tells it; many of them are a phase that ended. */
function together(found: Candidate[], reach: number, novelty: Novelty): Candidate[] {
  found.sort((a, b) => a.position - b.position);
  const kept: Candidate[] = [];
  for (let at = 0; at < found.length; ) {
    let last = at;
    while (
      last + 1 < found.length &&
      (found[last + 1] as Candidate).position - (found[last] as Candidate).position <= reach
    )
      last += 1;
    const group = found.slice(at, last + 1);
    const [best] = group.toSorted((a, b) => total(b) - total(a));
    if (best) {
      const others = group.length - 1;
      if (others > 0) {
        best.reason += `; so did ${count(others)} other${others === 1 ? '' : 's'}`;
        if (others >= 4) best.weights.push({ text: `${others} others ended with it`, points: -Math.log(others) });
        best.folded.push(...group.filter((other) => other !== best));
      }
      kept.push(best);
    }
    at = last + 1;
  }
  return novelty.survey.records > 0 ? kept : [];
}

function total({ weights }: Candidate): number {
  return weights.reduce((sum, { points }) => sum + points, 0);
}
