import type { LogPageState } from '../../server/protocol/logPage.ts';
import type { LogsPage } from './logsPage.ts';
import type { TimeRange } from './pageMemory.ts';
import { type StepKind, stepTo } from './recordSteps.ts';
import { parseTime } from './timeText.ts';

/** The ways from record to record. */
export class Travel {
  readonly #page: LogsPage;

  constructor(page: LogsPage) {
    this.#page = page;
  }

  /** The log, as the client opened it, and what the user came to see of it. */
  async arrive(state: LogPageState): Promise<void> {
    const page = this.#page;
    const { place } = state;
    const isNew = place !== undefined && place.number > page.memory.place && state.summary !== undefined;
    if (isNew) {
      page.memory.place = place.number;
      page.restore = undefined;
      page.model.filter = place.query ?? page.model.filter;
      page.draft = page.model.filter;
      page.model.range = place.range && [place.range.from, place.range.to];
    }
    await page.model.accept(state);
    if (!isNew) return;
    await page.model.apply(page.model.filter, page.model.range);
    if (place.line !== undefined) await this.goToLine(0, place.line, true);
    page.keepSoon();
  }

  /** Selects a record and shows it; when the filter hides it, the filter is lifted. */
  async goToRecord(record: number): Promise<void> {
    const page = this.#page;
    await page.attempt(async () => {
      let position = await page.model.positionOf(record);
      const [row] = position < 0 ? [] : await page.model.rowsAt(position, 1);
      if (row?.record !== record) {
        page.draft = '';
        page.timeline.select(undefined);
        await page.model.apply('', undefined);
        position = await page.model.positionOf(record);
        page.note = 'The filter was lifted: it hid that record. Arrow up in the filter brings it back.';
      }
      page.restore = undefined;
      page.following = false;
      page.table.show(position, 'center');
      page.selected = { position, record };
      page.detail.open = true;
      page.detail.show(record);
      page.table.refresh();
      page.table.grid.focus();
    });
  }

  async goToTime(time: number): Promise<void> {
    const page = this.#page;
    await this.#goTo(() => page.model.positionAt({ time }), 'no record is as late');
  }

  /** @param text `1204`: a line of the first source; else a time */
  async goTo(text: string): Promise<void> {
    const page = this.#page;
    page.goesTo = false;
    const line = /^\d+$/.test(text.trim()) ? Number(text.trim()) : undefined;
    const near = page.selectedRow?.time ?? page.model.row(page.table.visible.first)?.time ?? page.model.summary?.from;
    const time = line === undefined ? parseTime(text, near) : undefined;
    if (line !== undefined) {
      const source = page.selectedRow?.source ?? 0;
      await this.goToLine(source, line);
    } else if (time !== undefined) await this.goToTime(time);
    else page.note = `"${text}" is neither a line nor a time like 14:03:05 or 2026-11-24 14:03.`;
    page.table.grid.focus();
    page.redraw();
  }

  /** @param line 1-based @param whole shows the details too */
  async goToLine(source: number, line: number, whole = false): Promise<void> {
    const page = this.#page;
    await this.#goTo(() => page.model.positionAt({ line: { source, line } }), 'there is no such line');
    if (whole && page.selected) page.toggleDetail(true);
  }

  async step(kind: StepKind, direction: -1 | 1): Promise<void> {
    const page = this.#page;
    if (!page.selectedRow) page.select(page.table.visible.first);
    const from = page.selectedRow;
    if (!from) return;
    await page.attempt(async () => {
      const position = await stepTo(page.model, kind, direction, from);
      const what = kind === 'error' ? 'error' : 'record of this template';
      if (position === undefined) page.note = `There is no ${direction > 0 ? 'further' : 'earlier'} ${what}.`;
      else {
        page.following = false;
        page.table.show(position, 'center');
        page.select(position);
      }
    });
  }

  /** The filter is lifted, and the half minute around a record is selected. */
  async showAround(time: number, record: number): Promise<void> {
    const page = this.#page;
    page.draft = '';
    const range: TimeRange = [time - 15_000, time + 15_000];
    page.timeline.select(range);
    page.restore = { record, select: true };
    await page.model.apply('', range);
    page.keepSoon();
  }

  async #goTo(find: () => Promise<number>, otherwise: string): Promise<void> {
    const page = this.#page;
    await page.attempt(async () => {
      const position = await find();
      if (position < 0) {
        page.note = `Nothing to go to: ${otherwise}.`;
        return;
      }
      page.following = false;
      page.table.show(position, 'center');
      page.select(position);
    });
  }

  openGoTo(): void {
    this.#page.goesTo = true;
    this.#page.redraw();
    requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById('go-to')?.focus()));
  }

  closeGoTo(): void {
    this.#page.goesTo = false;
    this.#page.redraw();
    this.#page.table.grid.focus();
  }
}
