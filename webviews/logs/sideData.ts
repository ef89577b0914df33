import type * as z from 'zod';
import type { TektraError } from '../../server/protocol/errors.ts';
import {
  compareLogs,
  getLogHistogram,
  groupLog,
  type LogSummary,
  listLogFindings,
  listLogTemplates,
  unsuppressLogFinding,
} from '../../server/protocol/logs.ts';
import type { Ask } from '../shared/rpc/ask.ts';
import { asError, type LogModel } from './logModel.ts';
import type { Side, TimeRange } from './pageMemory.ts';

export type Histogram = z.infer<typeof getLogHistogram.result>;
export type Findings = z.infer<typeof listLogFindings.result>;
export type Templates = z.infer<typeof listLogTemplates.result>;
export type Groups = z.infer<typeof groupLog.result>;
export type Comparison = z.infer<typeof compareLogs.result>;
export type TemplateOrder = 'count' | 'first' | 'last' | 'rare';

/** One side of a comparison: a range of this log (none: all of it), or another log whole. */
export interface ComparedSide {
  title: string;
  range?: TimeRange;
  other?: LogSummary;
}

const GROUPS = 8;
const TEMPLATES = 500;
const COMPARED = 300;

/** What stands beside the table; each part is asked for when it is shown, and when what it tells of has changed. */
export class SideData {
  readonly #ask: Ask;
  readonly #model: LogModel;
  readonly #changed: () => void;
  histogram: Histogram | undefined;
  findings: Findings | undefined;
  templates: Templates | undefined;
  templateOrder: TemplateOrder = 'count';
  /** By field; an error when the field cannot be grouped by. */
  readonly groups = new Map<string, Groups | TektraError>();
  /** Fields whose groups are listed further than the most frequent. */
  readonly wholeFields = new Set<string>();
  compareA: ComparedSide | undefined;
  compareB: ComparedSide | undefined;
  comparison: Comparison | undefined;
  comparing = false;
  /** Counts what was begun, by kind: an answer that comes after a newer question is dropped. */
  readonly #rounds = new Map<string, number>();

  constructor(ask: Ask, model: LogModel, changed: () => void) {
    this.#ask = ask;
    this.#model = model;
    this.#changed = changed;
  }

  /** Asks again for the timeline and for what the open side shows. */
  refresh(side: Side | undefined, fields: readonly string[], buckets: number, zoom: TimeRange | undefined): void {
    void this.loadHistogram(buckets, zoom);
    // Findings are of the whole log and always counted on their tab.
    void this.loadFindings();
    // The fields tell the text of a template, not its number alone.
    if (side === 'templates' || side === 'fields') void this.loadTemplates();
    if (side === 'fields') for (const field of fields) void this.loadGroups(field);
  }

  /** The timeline shows what the filter leaves at all times, so that the selected range is seen within them. */
  loadHistogram(buckets: number, zoom: TimeRange | undefined): Promise<void> {
    return this.#load('histogram', async () => {
      const { log, filter } = this.#model;
      const { view } = await this.#model.queries.find(log, filter, undefined);
      const times = zoom ? { from: zoom[0], to: zoom[1] } : {};
      const histogram = await this.#ask(getLogHistogram, { log, view, buckets, ...times });
      return () => {
        this.histogram = histogram;
      };
    });
  }

  loadFindings(): Promise<void> {
    return this.#load('findings', async () => {
      const findings = await this.#ask(listLogFindings, { log: this.#model.log });
      return () => {
        this.findings = findings;
      };
    });
  }

  loadTemplates(): Promise<void> {
    return this.#load('templates', async () => {
      const { log, view } = this.#model;
      const templates = await this.#ask(listLogTemplates, { log, view, order: this.templateOrder, limit: TEMPLATES });
      return () => {
        this.templates = templates;
      };
    });
  }

  async loadGroups(field: string): Promise<void> {
    const { log, view } = this.#model;
    const limit = this.wholeFields.has(field) ? 200 : GROUPS;
    const groups = await this.#ask(groupLog, { log, view, by: field, limit }).catch(asError);
    if (view !== this.#model.view) return;
    this.groups.set(field, groups);
    this.#changed();
  }

  async restore(fingerprint: string): Promise<void> {
    await this.#ask(unsuppressLogFinding, { fingerprint }).catch((error: unknown) => this.#model.fail(error));
    await this.loadFindings();
  }

  compare(): Promise<void> {
    const { compareA: a, compareB: b } = this;
    this.comparison = undefined;
    this.comparing = a !== undefined && b !== undefined;
    this.#changed();
    return this.#load('compare', async () => {
      if (!a || !b) return () => undefined;
      const [viewA, viewB] = [await this.#viewOf(a), await this.#viewOf(b)];
      const comparison = await this.#ask(compareLogs, { a: viewA, b: viewB, limit: COMPARED });
      return () => {
        this.comparison = comparison;
      };
    }).finally(() => {
      this.comparing = false;
      this.#changed();
    });
  }

  async #viewOf({ range, other }: ComparedSide): Promise<{ log: string; view: string }> {
    const { log, filter, queries } = this.#model;
    const of = other?.log ?? log;
    const { view } = await queries.find(of, filter, range);
    return { log: of, view };
  }

  async #load(kind: string, ask: () => Promise<() => void>): Promise<void> {
    const round = (this.#rounds.get(kind) ?? 0) + 1;
    this.#rounds.set(kind, round);
    try {
      const take = await ask();
      if (this.#rounds.get(kind) !== round) return;
      take();
      this.#changed();
    } catch (error) {
      if (this.#rounds.get(kind) === round) this.#model.fail(error);
    }
  }
}
