import { type LevelName, levelName } from '../levels.ts';
import type { LogView } from './logView.ts';
import type { WalkOptions } from './takeTurns.ts';
import { type CountedTemplate, countTemplates } from './templatesOf.ts';

/** A template in two views. */
export interface TemplateChange {
  text: string;
  /** Of the record below. */
  level?: LevelName;
  countA: number;
  countB: number;
  /** Its first record in B, or in A when B has none. */
  record: number;
  isOfB: boolean;
  /**
   * How far the counts are from equal shares: the likelihood ratio G². 10.8 and more happen by chance once in 1,000
   * templates whose share is the same.
   */
  surprise: number;
  /** Share of B over share of A, with half a record added to either, so that what is new has a number too. */
  ratio: number;
}

/**
 * What differs between two views, of one log or of two: templates by how much their shares differ, most first. Those of
 * two logs are the same when their texts are.
 */
export async function compareViews(
  a: LogView,
  b: LogView,
  { limit = 1_000, ...options }: { limit?: number } & WalkOptions = {},
): Promise<{ recordsA: number; recordsB: number; templates: TemplateChange[] }> {
  const ofA = byText(await countTemplates(a, options));
  const ofB = byText(await countTemplates(b, options));
  const recordsA = sum(ofA);
  const recordsB = sum(ofB);
  const changes = [...new Set([...ofB.keys(), ...ofA.keys()])].map((text): TemplateChange => {
    const [inA, inB] = [ofA.get(text), ofB.get(text)];
    const [countA, countB] = [inA?.count ?? 0, inB?.count ?? 0];
    return {
      text,
      countA,
      countB,
      record: inB?.firstRecord ?? inA?.firstRecord ?? 0,
      isOfB: inB !== undefined,
      surprise: likelihoodRatio(countA, recordsA, countB, recordsB),
      ratio: (countB + 0.5) / (recordsB + 1) / ((countA + 0.5) / (recordsA + 1)),
    };
  });
  changes.sort(
    (x, y) => y.surprise - x.surprise || y.countB + y.countA - x.countB - x.countA || (x.text < y.text ? -1 : 1),
  );
  const templates = changes.slice(0, limit).map((change) => {
    const level = levelOf(change.isOfB ? b : a, change.record);
    return level === undefined ? change : { ...change, level };
  });
  return { recordsA, recordsB, templates };
}

/** Shapes that could not be merged across two logs, and templates of equal text, count together. */
function byText(counted: readonly CountedTemplate[]): Map<string, CountedTemplate> {
  const found = new Map<string, CountedTemplate>();
  for (const one of counted) {
    const known = found.get(one.template.text);
    found.set(
      one.template.text,
      known
        ? { ...known, count: known.count + one.count, firstRecord: Math.min(known.firstRecord, one.firstRecord) }
        : one,
    );
  }
  return found;
}

function sum(counted: ReadonlyMap<string, CountedTemplate>): number {
  return [...counted.values()].reduce((total, { count }) => total + count, 0);
}

function levelOf({ index }: LogView, record: number): LevelName | undefined {
  const chunk = index.chunk(index.chunkOf(record));
  return levelName(chunk.levels[record - chunk.first] ?? 0);
}

/** G² of the table (count, rest) × (A, B): 0 when the shares are equal. */
function likelihoodRatio(countA: number, allA: number, countB: number, allB: number): number {
  const all = allA + allB;
  const count = countA + countB;
  if (allA === 0 || allB === 0) return 0;
  const term = (seen: number, row: number, column: number): number =>
    seen === 0 ? 0 : seen * Math.log((seen * all) / (row * column));
  const half =
    term(countA, count, allA) +
    term(countB, count, allB) +
    term(allA - countA, all - count, allA) +
    term(allB - countB, all - count, allB);
  return Math.max(0, 2 * half);
}
