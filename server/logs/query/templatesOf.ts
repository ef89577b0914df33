import type { LogIndex } from '../index/logIndex.ts';
import type { RecordChunk } from '../index/recordChunk.ts';
import { type LevelName, levelName } from '../levels.ts';
import type { Template } from '../templates/template.ts';
import { DurationSketch } from './durationSketch.ts';
import { timesOfView } from './histogram.ts';
import type { LogView } from './logView.ts';
import type { WalkOptions } from './takeTurns.ts';
import { walkView } from './walkView.ts';

export type TemplateOrder = 'count' | 'first' | 'last' | 'rare';

/** A template within a view. */
export interface TemplateSummary {
  template: Template;
  count: number;
  /** In the order of the index. */
  firstRecord: number;
  lastRecord: number;
  /** 1-based, each in its record's source. */
  firstLine: number;
  lastLine: number;
  /** ms; absent when none of its records has a time. */
  firstTime?: number;
  lastTime?: number;
  /** The most frequent of its records' levels; the more severe of equal ones. */
  level?: LevelName;
  /** Counts in 24 equal parts of the view's time; empty when no record has a time. */
  spark: number[];
  /**
   * Records a minute in the last quarter of the view's time over those before it, with one record added to either
   * side, so that a template that is new there has a number too; absent without times.
   */
  trend?: number;
  /** Percentiles of durations, ms. */
  p50?: number;
  p99?: number;
}

const SPARKS = 24;
const LAST_QUARTER = SPARKS - SPARKS / 4;

/**
 * The templates of a view. Two looks at its records: one counts (12 bytes a shape), one notes the rest for the `limit`
 * templates that are asked for (about 300 bytes each, and their durations).
 * @param order `count`: most frequent first; `rare`: the least; `first`, `last`: by where they occur first, or last (latest first)
 */
export async function templatesOf(
  view: LogView,
  { order = 'count', limit = 5_000, ...options }: { order?: TemplateOrder; limit?: number } & WalkOptions = {},
): Promise<{ total: number; templates: TemplateSummary[] }> {
  const counted = await countTemplates(view, options);
  const sorted = counted.sort(ORDERS[order]);
  const chosen = sorted.slice(0, limit).map((count) => new Summary(count));
  const byId = new Map(chosen.map((summary) => [summary.counted.template.id, summary]));
  const { first, last } = await timesOfView(view, options);
  const step = Math.max(1, (last - first + 1) / SPARKS);
  const templateOf = shapeLookup(view.index);
  await walkView(view, options, (chunk, at) =>
    byId.get(templateOf(chunk.shapes[at] as number))?.add(chunk, at, first, step),
  );
  return { total: counted.length, templates: chosen.map((summary) => summary.told(Number.isFinite(first))) };
}

export interface CountedTemplate {
  template: Template;
  count: number;
  firstRecord: number;
  lastRecord: number;
}

const ORDERS: Readonly<Record<TemplateOrder, (a: CountedTemplate, b: CountedTemplate) => number>> = {
  count: (a, b) => b.count - a.count || a.firstRecord - b.firstRecord,
  rare: (a, b) => a.count - b.count || b.lastRecord - a.lastRecord,
  first: (a, b) => a.firstRecord - b.firstRecord,
  last: (a, b) => b.lastRecord - a.lastRecord,
};

/** How often each template occurs in a view, and where first and last. */
export async function countTemplates(view: LogView, options: WalkOptions): Promise<CountedTemplate[]> {
  const { index } = view;
  let counts = new Uint32Array(index.shapeCount);
  let firsts = new Uint32Array(index.shapeCount);
  let lasts = new Uint32Array(index.shapeCount);
  const lengthen = (column: Uint32Array<ArrayBuffer>, size: number): Uint32Array<ArrayBuffer> => {
    const longer = new Uint32Array(size);
    longer.set(column);
    return longer;
  };
  await walkView(view, options, ({ shapes, first }, at) => {
    const shape = shapes[at] as number;
    if (shape >= counts.length) {
      const size = Math.max(shape + 1, 2 * counts.length);
      [counts, firsts, lasts] = [lengthen(counts, size), lengthen(firsts, size), lengthen(lasts, size)];
    }
    if (counts[shape] === 0) firsts[shape] = first + at;
    counts[shape] = (counts[shape] as number) + 1;
    lasts[shape] = first + at;
  });
  // Shapes are joined only now: which of them make one template may have changed meanwhile.
  const known = new Map(index.templates().map((template) => [template.id, template]));
  const found = new Map<number, CountedTemplate>();
  counts.forEach((count, shape) => {
    if (count === 0) return;
    const id = index.templateOf(shape);
    const [firstRecord, lastRecord] = [firsts[shape] as number, lasts[shape] as number];
    const template = found.get(id);
    if (template) {
      template.count += count;
      template.firstRecord = Math.min(template.firstRecord, firstRecord);
      template.lastRecord = Math.max(template.lastRecord, lastRecord);
    } else {
      const own = known.get(id) ?? { id, text: `t${id}`, parameters: [], shapes: [shape] };
      found.set(id, { template: own, count, firstRecord, lastRecord });
    }
  });
  return [...found.values()];
}

/** The template of a shape, as it is now; looked up once a shape. */
function shapeLookup(index: LogIndex): (shape: number) => number {
  const templates = new Int32Array(index.shapeCount).fill(-1);
  return (shape) => {
    const known = templates[shape] ?? -1;
    if (known >= 0) return known;
    const template = index.templateOf(shape);
    if (shape < templates.length) templates[shape] = template;
    return template;
  };
}

/** What the second look finds of one template. */
class Summary {
  readonly counted: CountedTemplate;
  readonly #levels = new Uint32Array(8);
  readonly #spark = new Uint32Array(SPARKS);
  readonly #durations = new DurationSketch();
  #firstLine = 0;
  #lastLine = 0;
  #firstTime = Number.POSITIVE_INFINITY;
  #lastTime = Number.NEGATIVE_INFINITY;

  constructor(counted: CountedTemplate) {
    this.counted = counted;
  }

  add(
    { times, levels, durations, lines, firstLine, first }: RecordChunk,
    at: number,
    from: number,
    step: number,
  ): void {
    const level = levels[at] as number;
    this.#levels[level] = (this.#levels[level] as number) + 1;
    this.#durations.add(durations[at] as number);
    const record = first + at;
    if (record === this.counted.firstRecord) this.#firstLine = firstLine + (lines[at] as number);
    if (record === this.counted.lastRecord) this.#lastLine = firstLine + (lines[at] as number);
    const time = times[at] as number;
    if (Number.isNaN(time)) return;
    if (time < this.#firstTime) this.#firstTime = time;
    if (time > this.#lastTime) this.#lastTime = time;
    const part = Math.min(SPARKS - 1, Math.max(0, Math.floor((time - from) / step)));
    this.#spark[part] = (this.#spark[part] as number) + 1;
  }

  told(hasTimes: boolean): TemplateSummary {
    const level = levelName(this.#levels.lastIndexOf(Math.max(...this.#levels)));
    const p50 = this.#durations.percentile(0.5);
    const p99 = this.#durations.percentile(0.99);
    const spark = hasTimes ? [...this.#spark] : [];
    const late = spark.slice(LAST_QUARTER).reduce((sum, count) => sum + count, 0);
    const early = spark.slice(0, LAST_QUARTER).reduce((sum, count) => sum + count, 0);
    return {
      ...this.counted,
      firstLine: this.#firstLine,
      lastLine: this.#lastLine,
      ...(this.#firstTime <= this.#lastTime ? { firstTime: this.#firstTime, lastTime: this.#lastTime } : {}),
      ...(level === undefined ? {} : { level }),
      spark,
      ...(hasTimes ? { trend: ((late + 1) * LAST_QUARTER) / ((early + 1) * (SPARKS - LAST_QUARTER)) } : {}),
      ...(p50 === undefined || p99 === undefined ? {} : { p50, p99 }),
    };
  }
}
