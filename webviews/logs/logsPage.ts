import type { reopenLog } from '../../server/protocol/logPage.ts';
import type { LogRow } from '../../server/protocol/logs.ts';
import type { Ask } from '../shared/rpc/ask.ts';
import type { Host } from '../shared/rpc/connectHost.ts';
import { Completions } from './completions.ts';
import { Errands } from './errands.ts';
import { FilterHistory } from './filterHistory.ts';
import { withTerm } from './filterText.ts';
import { LogModel } from './logModel.ts';
import { LogTable } from './logTable.ts';
import { countText } from './numberText.ts';
import { asPageMemory, type PageMemory, type Side, type TimeRange, toKept } from './pageMemory.ts';
import { DetailLoader } from './recordDetail.ts';
import type { RowContext } from './rowView.ts';
import { SideData } from './sideData.ts';
import { type ColumnHead, createColumnHead } from './tableHead.ts';
import { Timeline } from './timeline.ts';
import { dayText, type TimeMode } from './timeText.ts';
import { Travel } from './travel.ts';

/** Fields that every log can be grouped by. */
const COMMON_FIELDS = ['component', 'template'];
/** While a log is read or followed, what stands beside the table is asked for again this often. ms */
const REFRESH_MS = 2_000;
const KEEP_MS = 400;
/** A log that was just read to its end still gets its last record. ms */
const SETTLE_MS = 1_000;

/** The page: its parts, what the user has chosen, and what every button and key does. */
export class LogsPage {
  readonly #host: Host;
  readonly #ask: Ask;
  readonly #draw: () => void;
  readonly memory: PageMemory;
  readonly model: LogModel;
  readonly data: SideData;
  readonly detail: DetailLoader;
  readonly table: LogTable;
  readonly timeline: Timeline;
  readonly history: FilterHistory;
  readonly completions: Completions;
  readonly travel: Travel;
  readonly errands: Errands;
  readonly #head: ColumnHead;
  /** What stands in the filter's field. */
  draft: string;
  selected: { position: number; record: number | undefined } | undefined;
  /** The timeline shows this range alone. */
  zoom: TimeRange | undefined;
  /** The table stays at its end as records come. */
  following = false;
  /** Records that came while the user looked elsewhere. */
  unseen = 0;
  /** The field for a line or a time is open. */
  goesTo = false;
  /** What was done last, in words, until something else is. */
  note: string | undefined;
  /** Read to screen readers. */
  announcement = '';
  /** The record to come back to when the next view is there. */
  restore: { record: number; select: boolean } | undefined;
  #refresh: number | undefined;
  #keep: number | undefined;
  /** From then on what comes is news; before, it is the rest of what was there. */
  #liveFrom = Number.POSITIVE_INFINITY;

  constructor(host: Host, ask: Ask, draw: () => void) {
    this.#host = host;
    this.#ask = ask;
    this.#draw = draw;
    this.memory = asPageMemory(host.recall());
    const { memory } = this;
    this.draft = memory.filter;
    this.history = new FilterHistory(memory.history);
    const start = memory.record ?? memory.topRecord;
    this.restore = start === undefined ? undefined : { record: start, select: memory.record !== undefined };
    this.model = new LogModel(ask, host.connection, {
      changed: draw,
      viewChanged: () => this.#viewChanged(),
      rowsChanged: () => this.#rowsChanged(),
      grew: (before, after) => this.#grew(before, after),
      dataChanged: () => this.#dataChanged(),
      say: (text) => this.say(text),
    });
    this.travel = new Travel(this);
    this.errands = new Errands(ask, this);
    this.model.filter = memory.filter;
    this.model.range = memory.range;
    this.completions = new Completions(ask, this.model, draw);
    this.data = new SideData(ask, this.model, draw);
    this.detail = new DetailLoader(ask, this.model, draw);
    this.detail.open = memory.detail;
    this.#head = createColumnHead(memory.timeMode, (mode) => this.setTimeMode(mode));
    this.table = new LogTable(
      this.#head.element,
      {
        row: (position) => this.model.row(position),
        want: (first, last, direction) => {
          this.model.cache.want(first, last, this.table.count, direction);
          this.#tellSeen();
        },
        context: () => this.#rowContext(),
      },
      {
        clicked: (position) => this.select(position),
        doubleClicked: (position) => {
          this.select(position);
          this.detail.toggle(true);
        },
        scrolled: () => this.#scrolled(),
      },
    );
    this.timeline = new Timeline({
      selected: (range) => void this.setRange(range),
      clicked: (time) => void this.travel.goToTime(time),
      zoomed: () => this.toggleZoom(),
      resized: () => this.#loadHistogram(),
    });
  }

  get fields(): readonly string[] {
    const files = (this.model.summary?.sources.length ?? 0) > 1 ? ['file'] : [];
    return [...files, ...COMMON_FIELDS, ...this.memory.fields];
  }

  redraw(): void {
    this.#draw();
  }

  /** Asks the client to do something that needs no answer. */
  askClient(message: typeof reopenLog): void {
    void this.attempt(async () => {
      await this.#ask(message, {});
    });
  }

  /** The user has read what went wrong. */
  dismiss(): void {
    this.model.failure = undefined;
    if (this.model.page) delete this.model.page.error;
    this.#draw();
  }

  say(text: string): void {
    this.announcement = text;
    this.#draw();
  }

  // What is listed

  async applyFilter(filter: string): Promise<void> {
    this.draft = filter;
    await this.model.apply(filter.trim(), this.model.range);
    if (!this.model.filterError) this.history.add(filter);
    this.keepSoon();
  }

  addTerm(term: string): void {
    void this.applyFilter(withTerm(this.model.filter, term));
  }

  async setRange(range: TimeRange | undefined): Promise<void> {
    this.timeline.select(range);
    await this.model.apply(this.model.filter, range);
    this.keepSoon();
  }

  /** Every record again. */
  clearFilters(): void {
    this.draft = '';
    this.timeline.select(undefined);
    void this.model.apply('', undefined).then(() => this.keepSoon());
  }

  toggleZoom(): void {
    this.zoom = this.zoom ? undefined : this.model.range;
    this.#loadHistogram();
    this.#draw();
  }

  setTimeMode(mode: TimeMode): void {
    this.memory.timeMode = mode;
    this.#head.show(mode);
    this.table.refresh();
    this.keepSoon();
    this.#draw();
  }

  setSide(side: Side | undefined): void {
    this.memory.side = this.memory.side === side ? undefined : side;
    this.loadSide();
    this.keepSoon();
    this.#draw();
  }

  loadSide(): void {
    if (this.memory.side === 'templates' || this.memory.side === 'fields') void this.data.loadTemplates();
    if (this.memory.side === 'fields') for (const field of this.fields) void this.data.loadGroups(field);
  }

  addField(field: string): void {
    if (field === '' || this.fields.includes(field)) return;
    this.memory.fields.push(field);
    this.memory.side = 'fields';
    void this.data.loadGroups(field);
    this.keepSoon();
    this.#draw();
  }

  removeField(field: string): void {
    this.memory.fields = this.memory.fields.filter((kept) => kept !== field);
    this.data.groups.delete(field);
    this.keepSoon();
    this.#draw();
  }

  // The record that is looked at

  select(position: number): void {
    if (this.table.count === 0) return;
    const at = Math.min(this.table.count - 1, Math.max(0, position));
    const record = this.model.row(at)?.record;
    this.selected = { position: at, record };
    this.table.show(at, 'nearest');
    this.table.refresh();
    if (record !== undefined) this.detail.show(record);
    this.keepSoon();
    this.#draw();
  }

  get selectedRow(): LogRow | undefined {
    return this.selected && this.model.row(this.selected.position);
  }

  toggleDetail(open: boolean): void {
    if (open && this.selected === undefined) this.select(this.table.visible.first);
    this.detail.toggle(open);
    this.keepSoon();
  }

  // Growth

  toggleFollow(): void {
    if (this.following) {
      this.following = false;
      this.model.pause(true);
    } else {
      this.unseen = 0;
      this.following = true;
      if (this.model.pausedAt !== undefined) this.model.pause(false);
      this.table.scrollToEnd();
    }
    this.#draw();
  }

  // Changes of the model

  #viewChanged(): void {
    // Who follows sees the newest of what the filter leaves.
    const shown = this.following
      ? undefined
      : (this.selected?.record ?? (this.table.top > 0 ? this.#topRecord : undefined));
    if (shown !== undefined) this.restore ??= { record: shown, select: this.selected?.record !== undefined };
    this.selected = undefined;
    this.unseen = 0;
    this.data.groups.clear();
    this.timeline.select(this.model.range);
    this.table.setCount(this.model.matches);
    if (this.following) this.table.scrollToEnd();
    else this.table.scrollToPx(0);
    this.#topRecord = undefined;
    void this.#restorePlace();
  }

  /** The first visible record of the view, as it was last drawn. */
  #topRecord: number | undefined;

  /** After a filter: the selected record, or the one that stood first, is shown where it stands now. */
  async #restorePlace(): Promise<void> {
    const wanted = this.restore;
    if (!wanted) return;
    await this.attempt(async () => {
      const position = await this.model.positionOf(wanted.record);
      if (position < 0 || this.restore !== wanted) return;
      const [row] = await this.model.rowsAt(position, 1);
      this.table.show(position, 'center');
      if (wanted.select && row?.record === wanted.record) {
        this.selected = { position, record: wanted.record };
        this.detail.show(wanted.record);
      }
      this.table.refresh();
      if (this.model.scanning === undefined) this.restore = undefined;
    });
  }

  #rowsChanged(): void {
    const { selected } = this;
    if (selected && selected.record === undefined) {
      selected.record = this.model.row(selected.position)?.record;
      if (selected.record !== undefined) this.detail.show(selected.record);
      this.#draw();
    }
    this.table.refresh();
  }

  #grew(before: number, after: number): void {
    this.table.setCount(after);
    if (this.following) this.table.scrollToEnd();
    else if (performance.now() > this.#liveFrom) this.unseen += Math.max(0, after - before);
    this.#refresh ??= window.setTimeout(() => {
      this.#refresh = undefined;
      this.#dataChanged();
    }, REFRESH_MS);
  }

  #dataChanged(): void {
    const isLive = this.model.summary?.state === 'following';
    if (!isLive) this.#liveFrom = Number.POSITIVE_INFINITY;
    else if (this.#liveFrom === Number.POSITIVE_INFINITY) this.#liveFrom = performance.now() + SETTLE_MS;
    if (this.restore) void this.#restorePlace();
    this.data.refresh(this.memory.side, this.fields, this.timeline.buckets, this.zoom);
  }

  #loadHistogram(): void {
    if (this.model.summary) void this.data.loadHistogram(this.timeline.buckets, this.zoom);
  }

  #scrolled(): void {
    const isAtEnd = this.table.isAtEnd && this.table.top > 0;
    if (this.model.summary?.state === 'following' && this.model.pausedAt === undefined && this.following !== isAtEnd) {
      this.following = isAtEnd;
      if (isAtEnd) this.unseen = 0;
      this.#draw();
    }
    this.keepSoon();
  }

  #tellSeen(): void {
    const { first, last } = this.table.visible;
    this.#topRecord = this.model.row(first)?.record;
    const [from, to] = [this.model.row(first)?.time, this.model.row(last)?.time];
    this.timeline.showSeen(from === undefined ? undefined : [from, to ?? from]);
  }

  #rowContext(): RowContext {
    const { summary } = this.model;
    const { from, to } = summary ?? {};
    const utc = this.memory.timeMode === 'utc';
    return {
      timeMode: this.memory.timeMode,
      start: from,
      days: from !== undefined && to !== undefined && dayText(from, utc) !== dayText(to, utc),
      digits: countText(Math.max(1, ...(summary?.sources.map(({ lines }) => lines) ?? []))).length,
      selected: this.selected?.record,
      sourceNames: summary?.sources.map(({ name }) => name) ?? [],
    };
  }

  /** Does what may fail; the failure is shown. */
  async attempt(act: () => Promise<void>): Promise<void> {
    this.note = undefined;
    try {
      await act();
      if (this.note !== undefined) this.announcement = this.note;
    } catch (error) {
      this.model.fail(error);
    }
    this.#draw();
  }

  keepSoon(): void {
    window.clearTimeout(this.#keep);
    this.#keep = window.setTimeout(() => this.keep(), KEEP_MS);
  }

  /** Keeps what the page needs to come back as it is. */
  keep(): void {
    const { memory, model } = this;
    memory.sources = model.page?.sources ?? memory.sources;
    memory.filter = model.filter;
    memory.range = model.range;
    memory.record = this.selected?.record;
    memory.topRecord = this.#topRecord;
    memory.detail = this.detail.open;
    memory.history = [...this.history.entries];
    this.#host.keep(toKept(memory));
  }
}

/** `1,204 new records` */
export function unseenText(count: number): string {
  return `${countText(count)} new record${count === 1 ? '' : 's'}`;
}
