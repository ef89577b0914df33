import { continues } from '../continuation.ts';
import { findTimeLayouts } from '../findTimeLayout.ts';
import type { SampleFacts } from '../formatFamily.ts';
import { HeadProgram } from '../headProgram.ts';
import { createHead, resetHead } from '../logFormat.ts';
import type { SampleLines } from '../sampleLines.ts';
import { lackOf } from '../timeLayout.ts';
import type { HeadShape } from './textFormat.ts';

const DAY = 86_400_000;
/** Lines that are asked for the layout of their time. */
const ASKED = 60;

/** Layouts of a sample's times by what patterns have ahead of the time: most of them share it. */
const layoutsOf = new WeakMap<SampleLines, Map<string, string | undefined>>();

/** The layout that reads most of the times that stand where the pattern has one; undefined: the pattern matches no line. */
export function layoutOf(pattern: string, sample: SampleLines): string | undefined {
  const time = pattern.indexOf('{time}');
  if (time < 0) return '';
  const ahead = pattern.slice(0, time);
  // In a part that may be missing, or behind one, what follows it may matter.
  if (ahead.includes('{?')) return layoutAsked(pattern, sample);
  const layouts = layoutsOf.get(sample) ?? new Map<string, string | undefined>();
  layoutsOf.set(sample, layouts);
  if (!layouts.has(ahead)) layouts.set(ahead, layoutAsked(pattern, sample));
  return layouts.get(ahead);
}

function layoutAsked(pattern: string, sample: SampleLines): string | undefined {
  const program = new HeadProgram(pattern, '', { zoneMinutes: 0 });
  const head = createHead();
  const times: TimeVote[] = [];
  const step = Math.max(1, Math.floor(sample.count / ASKED));
  for (let line = 0; line < sample.count; line += step) {
    const [start, end] = [sample.starts[line] as number, sample.ends[line] as number];
    resetHead(head, start, end);
    const at = program.beforeTime(sample.bytes, start, end, head);
    if (at >= 0 && at < end) times.push({ found: findTimeLayouts(sample.bytes, at, end), at });
  }
  return voteOnLayout(times);
}

export interface TimeVote {
  found: readonly { layout: string; end: number; ms: number }[];
  at: number;
}

/**
 * The layout that most lines agree on; of equals the one that reads more of the line, and of those (10/11/12) the one whose
 * times run forward with the smallest steps.
 */
export function voteOnLayout(votes: readonly TimeVote[]): string | undefined {
  const ballots = new Map<string, { count: number; length: number; times: number[] }>();
  for (const { found, at } of votes)
    for (const { layout, end, ms } of found) {
      const ballot = ballots.get(layout) ?? { count: 0, length: 0, times: [] };
      ballot.count += 1;
      ballot.length += end - at;
      ballot.times.push(ms);
      ballots.set(layout, ballot);
    }
  let best: { layout: string; rank: readonly number[] } | undefined;
  for (const [layout, { count, length, times }] of ballots) {
    const rank = [Math.round((20 * count) / Math.max(1, votes.length)), length / count, -unrest(times)];
    if (!best || isGreater(rank, best.rank)) best = { layout, rank };
  }
  return best?.layout;
}

function isGreater(a: readonly number[], b: readonly number[]): boolean {
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return (a[at] as number) > (b[at] as number);
  return false;
}

/** How far times wander: steps back weigh ten times. */
function unrest(times: readonly number[]): number {
  let sum = 0;
  for (let at = 1; at < times.length; at += 1) {
    const step = (times[at] as number) - (times[at - 1] as number);
    sum += step < 0 ? -10 * step : step;
  }
  return sum;
}

/** Numbers of the lines that have such a head. */
export function linesWith({ pattern, layout }: HeadShape, sample: SampleLines): number[] {
  const program = new HeadProgram(pattern, layout, { zoneMinutes: 0 });
  const head = createHead();
  return [...sample.starts.keys()].filter(
    (line) => program.run(sample.bytes, sample.starts[line] as number, sample.ends[line] as number, head) >= 0,
  );
}

/** Whether any line has such a head. */
export function hasLineWith({ pattern, layout }: HeadShape, sample: SampleLines): boolean {
  const program = new HeadProgram(pattern, layout, { zoneMinutes: 0 });
  const head = createHead();
  for (let line = 0; line < sample.count; line += 1)
    if (program.run(sample.bytes, sample.starts[line] as number, sample.ends[line] as number, head) >= 0) return true;
  return false;
}

export interface Explained {
  /** Share of the lines that have such a head. */
  heads: number;
  /** Share of the lines that have a head, or continue a record. */
  lines: number;
  /** Lines that have neither. */
  others: number[];
}

/** How much of a sample heads explain. */
export function explain(heads: readonly HeadShape[], sample: SampleLines): Explained {
  const programs = heads.map(({ pattern, layout }) => new HeadProgram(pattern, layout, { zoneMinutes: 0 }));
  const head = createHead();
  let matched = 0;
  let continuing = 0;
  const others: number[] = [];
  for (let line = 0; line < sample.count; line += 1) {
    const [start, end] = [sample.starts[line] as number, sample.ends[line] as number];
    resetHead(head, start, end);
    if (programs.some((program) => program.run(sample.bytes, start, end, head) >= 0)) matched += 1;
    else if (continues(sample.bytes, start, end)) continuing += 1;
    else others.push(line);
    // A sample of which a tenth is nothing like it is another format's: the rest need not be read.
    if (line === 60 && matched === 0) break;
  }
  const count = Math.max(1, sample.count);
  return { heads: matched / count, lines: matched === 0 ? 0 : (matched + continuing) / count, others };
}

/** Where times that lack their year or date begin: see `FormatPlan.startMs`. */
export function startOf(
  heads: readonly HeadShape[],
  sample: SampleLines,
  facts: SampleFacts,
): { startMs?: number; lacks?: 'year' | 'date' } {
  const shape = heads.find(({ layout }) => layout !== '' && lackOf(layout));
  const lacks = shape && lackOf(shape.layout);
  if (!shape || !lacks) return {};
  const zoneMinutes = facts.zoneMinutes ?? 0;
  const program = new HeadProgram(shape.pattern, shape.layout, { zoneMinutes, startMs: 0 });
  const head = createHead();
  const written = (facts.modified ?? new Date()).getTime();
  for (let line = 0; line < sample.count; line += 1) {
    const [start, end] = [sample.starts[line] as number, sample.ends[line] as number];
    resetHead(head, start, end);
    if (program.run(sample.bytes, start, end, head) < 0 || !Number.isFinite(head.time)) continue;
    return { lacks, startMs: lacks === 'year' ? yearStart(head.time, written) : dayStart(head.time, written) };
  }
  return { lacks, startMs: lacks === 'year' ? yearStart(0, written) : dayStart(0, written) };
}

/** 1 January of the last year in which a time of 1970 is not after the file's last change (a day later is a clock that is off). */
function yearStart(time: number, written: number): number {
  const year = new Date(written + DAY).getUTCFullYear();
  const start = Date.UTC(year, 0, 1);
  const first = new Date(time);
  const then = Date.UTC(year, first.getUTCMonth(), first.getUTCDate()) + (time % DAY);
  return then > written + DAY ? Date.UTC(year - 1, 0, 1) : start;
}

/** Midnight of the last day on which a time of day is not after the file's last change (an hour later is a clock that is off). */
function dayStart(time: number, written: number): number {
  const midnight = Math.floor(written / DAY) * DAY;
  return midnight + time > written + 3_600_000 ? midnight - DAY : midnight;
}
