import type { Candidate, Weight } from './candidate.ts';
import type { DurationSample } from './durationSample.ts';
import type { Pace } from './pace.ts';
import type { Series } from './series.ts';
import type { Survey } from './survey.ts';
import { count, span, times, type Words } from './words.ts';

const MIN_SAMPLES = 24;
/** Parts that are compared. */
const SEGMENTS = 32;
/** Durations that rose by less are not worth a look. */
const MIN_RATIO = 1.8;
const MIN_DEVIATIONS = 4;
/** One record this much longer than every other, and than a second, is told by itself. */
const OUTLIER_TIMES = 20;
const OUTLIER_MS = 1_000;
const OUTLIER_SAMPLES = 200;

/** Templates whose durations rose, for a while or from then on, and single records that took far too long. @throws the signal's reason */
export async function findSlow(survey: Survey, series: Series, words: Words, pace: Pace): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const [row, sample] of series.durations.entries()) {
    if (!sample) continue;
    await pace();
    const slot = series.rows[row] as number;
    const candidate = shiftOf(survey, words, slot, sample) ?? outlierOf(survey, words, slot, sample);
    if (candidate) found.push(candidate);
  }
  return found;
}

/** The stretch whose durations rank highest, by the rank sum of Mann and Whitney, against how much equal stretches differ anyway. */
function shiftOf(survey: Survey, words: Words, slot: number, sample: DurationSample): Candidate | undefined {
  const size = sample.kept;
  if (size < MIN_SAMPLES) return undefined;
  const byPosition = Uint32Array.from({ length: size }, (_, at) => at).sort(
    (a, b) => (sample.positions[a] as number) - (sample.positions[b] as number),
  );
  const values = Float64Array.from(byPosition, (at) => sample.values[at] as number);
  const segments = Math.min(SEGMENTS, Math.floor(size / 6));
  const edge = (segment: number): number => Math.round((segment * size) / segments);
  const sums = prefixOfRanks(values);
  let best: { from: number; to: number; deviations: number } | undefined;
  for (let from = 1; from < segments; from += 1)
    for (let to = from + 1; to <= segments; to += 1) {
      const deviations = deviationsOf(sums, edge(from), edge(to), size);
      if (deviations > (best?.deviations ?? MIN_DEVIATIONS)) best = { from, to, deviations };
    }
  if (!best) return undefined;
  const [begin, end] = [edge(best.from), edge(best.to)];
  const inside = values.slice(begin, end).sort();
  const before = Float64Array.from([...values.subarray(0, begin), ...values.subarray(end)]).sort();
  const [p50, p95] = [quantile(inside, 0.5), quantile(inside, 0.95)];
  const [usual50, usual95] = [quantile(before, 0.5), quantile(before, 0.95)];
  const ratio = p50 / Math.max(usual50, 1e-3);
  if (ratio < MIN_RATIO || p50 - usual50 < 1) return undefined;
  const spread = dispersionOf(sums, size, segments, best, edge);
  const deviations = best.deviations / Math.sqrt(Math.max(1, spread.dispersion));
  if (deviations < MIN_DEVIATIONS) return undefined;
  const distinct = p50 / Math.max(1e-3, highestMedian(values, segments, best, edge));
  const from = refine(values, begin, edge(best.from - 1), Math.sqrt(p50 * usual50));
  const position = sample.positions[byPosition[from] as number] as number;
  const last = sample.positions[byPosition[end - 1] as number] as number;
  const weights: Weight[] = [
    { text: `${deviations.toFixed(1)} standard deviations`, points: Math.min(7, 1.6 * Math.log(deviations / 2)) + 2 },
    { text: `${times(ratio)} as slow`, points: Math.min(3, 1.5 * Math.log(ratio)) },
    {
      text: `${times(distinct)} the slowest stretch otherwise`,
      points: Math.max(-4, Math.min(2, 2 * Math.log(distinct))),
    },
  ];
  return {
    kind: 'slow',
    position,
    end: last,
    slot,
    severity: 0,
    weights,
    reason: `${times(ratio)} as slow ${words.when(position)}${best.to < segments ? `, for ${words.distance(position, last)}` : ' and since'}: p50 ${span(p50)} after ${span(usual50)}, p95 ${span(p95)} after ${span(usual95)} (${count(sample.size)} durations)`,
    name: survey.templates[slot]?.text ?? '',
    records: end - begin,
    folded: [],
  };
}

function outlierOf(survey: Survey, words: Words, slot: number, sample: DurationSample): Candidate | undefined {
  const { longest, next, size, longestAt } = sample;
  if (size < OUTLIER_SAMPLES || longest < OUTLIER_MS || longest < OUTLIER_TIMES * Math.max(next, 1e-3))
    return undefined;
  const weights = [
    { text: `${times(longest / next)} the next longest`, points: Math.min(7, 2 + Math.log(longest / next)) },
  ];
  return {
    kind: 'slow',
    position: longestAt,
    end: longestAt,
    slot,
    severity: 0,
    weights,
    reason: `took ${span(longest)} ${words.when(longestAt)}, where none of ${count(size)} others took longer than ${span(next)}`,
    name: survey.templates[slot]?.text ?? '',
    records: 1,
    folded: [],
  };
}

/** Sums of the ranks of the first n values; equal values share the mean of their ranks. */
function prefixOfRanks(values: Float64Array): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, at) => at).sort(
    (a, b) => (values[a] as number) - (values[b] as number),
  );
  const ranks = new Float64Array(values.length);
  for (let at = 0; at < order.length; ) {
    let end = at + 1;
    while (end < order.length && values[order[end] as number] === values[order[at] as number]) end += 1;
    for (let same = at; same < end; same += 1) ranks[order[same] as number] = (at + end + 1) / 2;
    at = end;
  }
  const sums = new Float64Array(values.length + 1);
  for (let at = 0; at < values.length; at += 1) sums[at + 1] = (sums[at] as number) + (ranks[at] as number);
  return sums;
}

/** How many standard deviations the rank sum of values [from, to) lies above what chance gives. */
function deviationsOf(sums: Float64Array, from: number, to: number, size: number): number {
  const inside = to - from;
  const outside = size - inside;
  if (inside < 5 || outside < 5) return 0;
  const sum = (sums[to] as number) - (sums[from] as number);
  return (sum - (inside * (size + 1)) / 2) / Math.sqrt((inside * outside * (size + 1)) / 12);
}

type Edge = (segment: number) => number;
type Stretch = { from: number; to: number };

/** Variance of the segments' rank sums outside of the stretch, over that of chance: load moves durations slowly. */
function dispersionOf(
  sums: Float64Array,
  size: number,
  segments: number,
  { from, to }: Stretch,
  edge: Edge,
): { dispersion: number } {
  let squares = 0;
  let parts = 0;
  const outside = size - (edge(to) - edge(from));
  let sum = 0;
  for (let segment = 0; segment < segments; segment += 1)
    if (segment < from || segment >= to) sum += (sums[edge(segment + 1)] as number) - (sums[edge(segment)] as number);
  const mean = sum / Math.max(1, outside);
  for (let segment = 0; segment < segments; segment += 1) {
    if (segment >= from && segment < to) continue;
    const inside = edge(segment + 1) - edge(segment);
    const own = (sums[edge(segment + 1)] as number) - (sums[edge(segment)] as number);
    squares += (own - mean * inside) ** 2 / Math.max(1, (inside * outside * outside) / 12);
    parts += 1;
  }
  return { dispersion: parts > 1 ? squares / parts : 1 };
}

/** Highest median of two neighbouring segments outside of the stretch. */
function highestMedian(values: Float64Array, segments: number, { from, to }: Stretch, edge: Edge): number {
  let highest = 0;
  for (let segment = 0; segment + 2 <= segments; segment += 1) {
    if (segment + 2 > from && segment < to) continue;
    highest = Math.max(highest, quantile(values.slice(edge(segment), edge(segment + 2)).sort(), 0.5));
  }
  return highest;
}

/** The first value of the segment before that is already high, when all after it are mostly high. */
function refine(values: Float64Array, begin: number, earliest: number, bound: number): number {
  let from = begin;
  while (from < values.length - 1 && (values[from] as number) < bound) from += 1;
  let at = begin - 1;
  while (at >= earliest && (values[at] as number) >= bound) at -= 1;
  return at < begin - 1 ? at + 1 : from;
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
