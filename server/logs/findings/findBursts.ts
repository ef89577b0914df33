import type { Candidate, Weight } from './candidate.ts';
import { type Elevation, findElevation } from './elevation.ts';
import { severityWeights } from './findNovel.ts';
import type { Novelty } from './novelty.ts';
import type { Pace } from './pace.ts';
import type { Series } from './series.ts';
import type { Survey } from './survey.ts';
import { count, plural, times, type Words } from './words.ts';

/** Less is what one course in thousands does by chance. */
const MIN_EVIDENCE = 5;
/** A stretch that is hardly denser than the next densest one is how this message comes. */
const MIN_DISTINCT = 1.6;
const MIN_RATIO = 3;
const MIN_RECORDS = 12;
/** Part of the log that has to lie before, for what is usual to be known. */
const ENOUGH_BEFORE = 0.2;
/** In so many parts of the log it must occur outside. */
const MIN_OUTSIDE = 4;
/** Work between two turns. */
const TURN = 16;

/** Templates whose rate rises against that of all others: for a while, or from then on. @throws the signal's reason */
export async function findBursts(
  survey: Survey,
  series: Series,
  novelty: Novelty,
  words: Words,
  pace: Pace,
): Promise<Candidate[]> {
  const found: Candidate[] = [];
  const rest = new Uint32Array(series.bins);
  for (const [row, slot] of series.rows.entries()) {
    if (row % TURN === 0) await pace();
    if ((survey.count[slot] as number) < MIN_RECORDS) continue;
    const counts = series.counts[row] as Uint32Array;
    for (let bin = 0; bin < series.bins; bin += 1) rest[bin] = (series.all[bin] as number) - (counts[bin] as number);
    const rise = findElevation(counts, rest, series.bins, MIN_OUTSIDE);
    if (!rise || !standsOut(rise) || !isFaster(counts, series, rise)) continue;
    const position = firstOf(series, counts, rise, survey, slot);
    const severity = survey.severity(slot);
    const end = series.startOf(rise.to) - 1;
    const isOpen = rise.to >= series.bins - 1;
    const inside = plural(rise.inside, 'record');
    found.push({
      kind: 'burst',
      position,
      end,
      slot,
      severity,
      weights: [...riseWeights(rise, series.bins), ...severityWeights(novelty, severity)],
      reason: isOpen
        ? `${times(rise.ratio)} as frequent from then on, ${words.when(position)}: ${inside} where ${count(rise.expected)} would be usual`
        : `${times(rise.ratio)} as frequent for ${words.distance(position, end)}, ${words.when(position)}: ${inside} where ${count(rise.expected)} would be usual`,
      name: survey.templates[slot]?.text ?? '',
      records: rise.inside,
      folded: [],
    });
  }
  return found;
}

export function standsOut({ evidence, distinct, ratio, from }: Elevation): boolean {
  return from > 0 && evidence >= MIN_EVIDENCE && distinct >= MIN_DISTINCT && ratio >= MIN_RATIO;
}

export function riseWeights({ evidence, distinct, ratio, from }: Elevation, bins: number): Weight[] {
  const enough = bins * ENOUGH_BEFORE;
  return [
    ...(from < enough ? [{ text: 'little of the log lies before', points: 1.5 * Math.log(from / enough) }] : []),
    { text: `evidence of ${evidence.toFixed(0)} nats`, points: Math.min(8, 1.7 * Math.log(evidence) - 1.5) },
    {
      text: `${times(distinct)} as dense as the next densest stretch`,
      points: Math.min(3, 1.2 * Math.log(distinct)) - 1,
    },
    { text: `${times(ratio)} as frequent`, points: Math.min(1, Math.log(ratio / MIN_RATIO)) },
  ];
}

/** A share may rise because others fell silent: the clock tells. Without a clock the share is all there is. */
function isFaster(counts: Uint32Array, { width, bins }: Series, { from, to }: Elevation): boolean {
  const length = Math.min(to - from, from);
  const edge = Math.max(1, Math.ceil(length / 2));
  const rate = (begin: number, end: number): number => {
    let hits = 0;
    let elapsed = 0;
    for (let bin = begin; bin < Math.min(end, bins); bin += 1) {
      hits += counts[bin] as number;
      elapsed += width[bin] as number;
    }
    return elapsed > 0 ? (hits + 0.5) / elapsed : Number.NaN;
  };
  const before = rate(Math.max(0, from - 2 * edge), from);
  const inside = rate(from, from + edge);
  return !(inside < 1.8 * before);
}

/** The first record of the template in the stretch. */
function firstOf(series: Series, counts: Uint32Array, { from, to }: Elevation, survey: Survey, slot: number): number {
  for (let bin = from; bin < to; bin += 1)
    if ((counts[bin] as number) > 0)
      return firstIn(survey, series.startOf(bin), series.startOf(bin + 1), (_, shape) => survey.slots[shape] === slot);
  return series.startOf(from);
}

/** Looks at no more than so many records: about two bins of a million. */
const MAX_LOOK = 16_384;

/** The first record in [from, to) that matches; `from` when none is near. */
export function firstIn(
  survey: Survey,
  from: number,
  to: number,
  matches: (component: number, shape: number, level: number) => boolean,
): number {
  const { index } = survey;
  for (let position = from; position < Math.min(to, from + MAX_LOOK, survey.records); position += 1) {
    const record = index.recordAt(position);
    const chunk = index.chunk(index.chunkOf(record));
    const at = record - chunk.first;
    if (matches(chunk.components[at] as number, chunk.shapes[at] as number, chunk.levels[at] as number))
      return position;
  }
  return from;
}
