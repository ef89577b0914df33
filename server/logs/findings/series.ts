import { WARN } from '../levels.ts';
import { DurationSample } from './durationSample.ts';
import { GapTable } from './gapTable.ts';
import type { Pace } from './pace.ts';
import type { Survey } from './survey.ts';

/** Most templates whose course is looked at: the most frequent ones, those of warnings and errors before others. */
const MAX_SERIES = 2_048;
/** What occurs once has no course. */
const MIN_RECORDS = 2;
/** A warning or an error counts like so many other records when series are chosen. */
const SEVERE_WEIGHT = 16;
const MAX_COMPONENTS = 256;
const MAX_BINS = 256;
/** Records a bin should hold at least. */
const BIN_RECORDS = 8;

/** Counts of records, bin by bin. */
export interface Course {
  counts: Uint32Array;
  warnings: Uint32Array;
}

export interface WatchedRecord {
  position: number;
  slot: number;
  /** What it is watched for: the number that was given for its slot. */
  kind: number;
}

/**
 * The course of the log in parts of equally many records, so that a part is never empty and load changes nothing. At most
 * 256 parts × (2,048 templates + 256 components) × 2 counts of 4 bytes: 5 MB.
 */
export interface Series {
  bins: number;
  /** Records of each bin, and those of them that are warnings or worse. */
  all: Uint32Array;
  allWarnings: Uint32Array;
  /** ms from the first time to the last in each bin; all 0 without a clock. */
  width: Float64Array;
  /** Slots of the templates that have a course, and by row their counts, bin by bin. */
  rows: readonly number[];
  counts: readonly Uint32Array[];
  warnings: readonly Uint32Array[];
  /** Row of a slot; -1: it has none. */
  rowOf: Int32Array;
  /** By number of the component; missing: not looked at. */
  components: ReadonlyMap<number, Course>;
  gaps: GapTable;
  /** One row: pauses between any records; of a single source. */
  pauses: GapTable;
  /** By row; undefined: the template tells none. */
  durations: readonly (DurationSample | undefined)[];
  /** Records of the watched templates, by position. */
  watched: readonly WatchedRecord[];
  binOf(position: number): number;
  /** First position of a bin. */
  startOf(bin: number): number;
}

/**
 * @param watched by slot: not 0 for templates whose every record is wanted
 * @throws the signal's reason
 */
export async function courseOf(survey: Survey, watched: Uint8Array | undefined, pace: Pace): Promise<Series> {
  const { index, records, slots, templates } = survey;
  const bins = Math.max(1, Math.min(MAX_BINS, Math.floor(records / BIN_RECORDS)));
  const rows = chosenRows(survey);
  const rowOf = new Int32Array(templates.length + 1).fill(-1);
  for (const [row, slot] of rows.entries()) rowOf[slot] = row;
  const counts = new Uint32Array(rows.length * bins);
  const warnings = new Uint32Array(rows.length * bins);
  const components = new Map<number, Course>();
  const all = new Uint32Array(bins);
  const allWarnings = new Uint32Array(bins);
  const from = new Float64Array(bins).fill(Number.POSITIVE_INFINITY);
  const to = new Float64Array(bins).fill(Number.NEGATIVE_INFINITY);
  const gaps = new GapTable(rows.length);
  const pauses = new GapTable(1);
  const durations: (DurationSample | undefined)[] = rows.map(() => undefined);
  const starts: WatchedRecord[] = [];
  const isOne = index.sources.length <= 1;
  const binOf = (position: number): number => Math.min(bins - 1, Math.floor((position * bins) / records));
  const startOf = (bin: number): number => Math.ceil((bin * records) / bins);
  let source = -1;
  let moment = Number.NaN;
  let bin = 0;
  // Positions of the bin that was hit last: the next one mostly hits it, too.
  let [low, high] = [0, startOf(1)];
  for (let number = 0; number < index.chunkCount; number += 1) {
    const chunk = index.chunk(number);
    if (chunk.source !== source) moment = Number.NaN;
    source = chunk.source;
    let component = 0;
    let course: Course | undefined;
    for (let at = 0; at < chunk.count; at += 1) {
      const position = isOne ? chunk.first + at : index.positionOf(chunk.first + at);
      if (position < low || position >= high) {
        bin = binOf(position);
        low = startOf(bin);
        high = bin === bins - 1 ? records : startOf(bin + 1);
      }
      const isWarning = (chunk.levels[at] as number) >= WARN;
      const time = chunk.times[at] as number;
      if (!Number.isNaN(time)) moment = time;
      if (isOne) pauses.add(0, position, moment);
      all[bin] = (all[bin] as number) + 1;
      if (moment < (from[bin] as number)) from[bin] = moment;
      if (moment > (to[bin] as number)) to[bin] = moment;
      if (isWarning) allWarnings[bin] = (allWarnings[bin] as number) + 1;
      if (chunk.components[at] !== component) {
        component = chunk.components[at] as number;
        course = courseOfComponent(components, component, bins);
      }
      if (course) {
        course.counts[bin] = (course.counts[bin] as number) + 1;
        if (isWarning) course.warnings[bin] = (course.warnings[bin] as number) + 1;
      }
      const slot = slots[chunk.shapes[at] as number] as number;
      if (watched && (watched[slot] as number) > 0) starts.push({ position, slot, kind: watched[slot] as number });
      const row = rowOf[slot] as number;
      if (row < 0) continue;
      const cell = row * bins + bin;
      counts[cell] = (counts[cell] as number) + 1;
      if (isWarning) warnings[cell] = (warnings[cell] as number) + 1;
      gaps.add(row, position, moment);
      const duration = chunk.durations[at] as number;
      if (duration >= 0) {
        let sample = durations[row];
        if (!sample) {
          sample = new DurationSample();
          durations[row] = sample;
        }
        sample.add(position, duration);
      }
    }
    await pace();
  }
  const rowsIn = (cells: Uint32Array): Uint32Array[] =>
    rows.map((_, row) => cells.subarray(row * bins, (row + 1) * bins));
  return {
    bins,
    all,
    allWarnings,
    width: widths(from, to),
    rows,
    rowOf,
    counts: rowsIn(counts),
    warnings: rowsIn(warnings),
    components,
    gaps,
    pauses,
    durations,
    watched: starts.sort((a, b) => a.position - b.position),
    binOf,
    startOf,
  };
}

function chosenRows({ templates, count, warnings }: Survey): number[] {
  const chosen: number[] = [];
  for (let slot = 0; slot < templates.length; slot += 1) if ((count[slot] as number) >= MIN_RECORDS) chosen.push(slot);
  if (chosen.length <= MAX_SERIES) return chosen;
  const weight = (slot: number): number => (count[slot] as number) + SEVERE_WEIGHT * (warnings[slot] as number);
  return chosen
    .sort((a, b) => weight(b) - weight(a) || a - b)
    .slice(0, MAX_SERIES)
    .sort((a, b) => a - b);
}

function courseOfComponent(components: Map<number, Course>, component: number, bins: number): Course | undefined {
  if (component === 0) return undefined;
  const known = components.get(component);
  if (known || components.size >= MAX_COMPONENTS) return known;
  const made = { counts: new Uint32Array(bins), warnings: new Uint32Array(bins) };
  components.set(component, made);
  return made;
}

/** From the first time of a bin to the first of the next, so that a pause belongs to a bin. */
function widths(from: Float64Array, to: Float64Array): Float64Array {
  return from.map((start, bin) => {
    const next = from[bin + 1] ?? (to[bin] as number);
    const width = next - start;
    return width >= 0 && width < Number.POSITIVE_INFINITY ? width : 0;
  });
}

/** Bins without a record that do not yet separate two clusters. */
const CLUSTER_GAP = 2;

/** In how many separate stretches a template occurs. */
export function clustersOf({ counts, rowOf, bins }: Series, slot: number): number {
  const course = counts[rowOf[slot] as number];
  if (!course) return 1;
  let clusters = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (let bin = 0; bin < bins; bin += 1) {
    if (course[bin] === 0) continue;
    if (bin - last > CLUSTER_GAP) clusters += 1;
    last = bin;
  }
  return clusters;
}
