import type { FormatFamily, SampleFacts } from '../formatFamily.ts';
import type { FormatPlan, LogFormat } from '../logFormat.ts';
import { type SampleLines, sampleOf, thinned } from '../sampleLines.ts';
import { type Explained, explain, hasLineWith, layoutOf, linesWith, startOf } from './detectHeads.ts';
import { learnHead } from './learnHead.ts';
import { libraryEntries } from './libraryEntries.ts';
import { serverEntries } from './serverEntries.ts';
import { systemEntries } from './systemEntries.ts';
import type { TextEntry } from './textEntry.ts';
import { type HeadShape, TextFormat, type TextOptions } from './textFormat.ts';

const entries: readonly TextEntry[] = [...systemEntries, ...serverEntries, ...libraryEntries];

/** Less than this share of lines with a head is chance. */
const LEAST_HEADS = 0.02;
/** The same where other output is normal: plain lines tell their levels without a format. */
const LEAST_PLAIN = 0.25;

/** Lines of the sample that every format is tried on. */
const ASKED = 300;
/** Those that rule most formats out. */
const FEW = 60;
const LEARNED_ID = 'learned';
/** From this share on, lines without a head are other output, not the rest of a record. */
const MANY_PLAIN = 0.3;
/** A learned head is believed less than a known one. */
const LEARNED = 0.8;
/** From this share of lines without a head on they are asked for one of their own. */
const MANY_OTHERS = 0.1;

/** Formats whose lines begin with a head: of a known shape, or one that is learned from the sample. */
export const textFamily: FormatFamily = {
  id: 'text',
  detect(all, facts) {
    const sample = thinned(all, ASKED);
    const few = thinned(all, FEW);
    const named = entries.filter((entry) => occurs(entry, few)).flatMap((entry) => candidateOf(entry, sample) ?? []);
    // What is learned is believed less than a known format that explains the sample.
    const learned = named.some(({ score }) => score >= LEARNED) ? undefined : learnedCandidate(sample);
    const best = [...named, ...(learned ? [learned] : [])].sort((a, b) => b.score - a.score)[0];
    return best && { plan: planOf(best, sample, facts), score: best.score };
  },
  create(plan): LogFormat | undefined {
    if (plan.id !== LEARNED_ID && !entries.some(({ id }) => id === plan.id)) return undefined;
    return new TextFormat(plan, plan.options as TextOptions);
  },
};

interface Candidate {
  id: string;
  title: string;
  heads: readonly HeadShape[];
  explained: Explained;
  score: number;
  entry?: TextEntry;
}

function candidateOf(entry: TextEntry, sample: SampleLines): Candidate | undefined {
  const heads = shapesOf(entry, sample);
  const core = entry.core ?? entry.patterns.length;
  if (!heads.some(({ pattern }) => entry.patterns.indexOf(pattern) < core)) return undefined;
  const explained = explain(heads, sample);
  if (explained.heads < (entry.plainLines ? LEAST_PLAIN : LEAST_HEADS)) return undefined;
  if (entry.completing) {
    // The lines that complete a record are not lines without a head.
    const whole = explain([...heads, ...completingShapes(entry.completing, sample)], sample);
    explained.lines = whole.lines;
    explained.others = whole.others;
  }
  return {
    id: entry.id,
    title: entry.title,
    heads,
    explained,
    score: explained.lines * (entry.certainty ?? 1),
    entry,
  };
}

function learnedCandidate(sample: SampleLines): Candidate | undefined {
  const shape = learnHead(sample, [...sample.starts.keys()]);
  if (!shape) return undefined;
  const explained = explain([shape], sample);
  if (explained.heads < LEAST_HEADS) return undefined;
  return {
    id: LEARNED_ID,
    title: titleOf(shape),
    heads: [shape],
    explained,
    score: explained.lines * LEARNED,
  };
}

/** "time · level · component". */
function titleOf({ pattern }: HeadShape): string {
  const known = ['time', 'level', 'component'].filter((name) => new RegExp(`\\{${name}[:}]`).test(pattern));
  return `lines with ${known.join(', ')}`;
}

/** A second head for the lines that have none, when there are many: two programs may write one log. */
function secondHeads({ heads, explained }: Candidate, sample: SampleLines): HeadShape[] {
  if (explained.others.length < MANY_OTHERS * sample.count || explained.others.length < 3) return [];
  const { bytes, starts, ends } = sample;
  const others = sampleOf(explained.others.map((line) => bytes.subarray(starts[line], ends[line])));
  const found = entries.flatMap((entry) => candidateOf(entry, others) ?? []).sort((a, b) => b.score - a.score)[0];
  const learned = found && found.score > 0.6 ? found : learnedCandidate(others);
  // A level alone is what any line may begin with.
  if (!learned || learned.score < 0.5 || !learned.heads.some(({ layout }) => layout !== '')) return [];
  return learned.heads.filter(({ pattern }) => !heads.some((head) => head.pattern === pattern));
}

/** Those of the patterns that occur, or need no time. */
function completingShapes(patterns: readonly string[], sample: SampleLines): HeadShape[] {
  return patterns.flatMap((pattern) => {
    const layout = layoutOf(pattern, sample);
    return layout === undefined ? [] : [{ pattern, layout }];
  });
}

/** Whether any pattern of the entry reads a line. */
function occurs(entry: TextEntry, sample: SampleLines): boolean {
  return entry.patterns.some((pattern) => {
    const layout = layoutOf(pattern, sample);
    if (layout === undefined || (entry.layout && !entry.layout.test(layout))) return false;
    return hasLineWith({ pattern, layout }, sample);
  });
}

/** The entry's patterns that read lines that those before them do not, with the layouts of their times. */
function shapesOf(entry: TextEntry, sample: SampleLines): HeadShape[] {
  const shapes: HeadShape[] = [];
  const read = new Set<number>();
  for (const pattern of entry.patterns) {
    const layout = layoutOf(pattern, sample);
    if (layout === undefined || (entry.layout && !entry.layout.test(layout))) continue;
    const reads = linesWith({ pattern, layout }, sample).filter((line) => !read.has(line));
    if (reads.length === 0) continue;
    shapes.push({ pattern, layout });
    for (const line of reads) read.add(line);
  }
  return shapes;
}

function planOf(candidate: Candidate, sample: SampleLines, facts: SampleFacts): FormatPlan {
  const heads = [...candidate.heads, ...secondHeads(candidate, sample)];
  const { others } = explain(heads, sample);
  const { entry } = candidate;
  const options: TextOptions = {
    heads,
    ...(entry?.completing ? { completing: completingShapes(entry.completing, sample) } : {}),
    ...(entry?.chained ? { chained: true } : {}),
    ...(entry?.plainLines || (others.length > sample.count * MANY_PLAIN && !entry?.completing)
      ? { plainLines: true }
      : {}),
  };
  return {
    id: candidate.id,
    title: candidate.title,
    zoneMinutes: facts.zoneMinutes ?? 0,
    ...startOf(heads, sample, facts),
    options,
  };
}
