import type { LogRow } from '../../server/protocol/logs.ts';
import { type RowContext, RowView } from './rowView.ts';
import { Scrollbar } from './scrollbar.ts';
import { maxTop, ROW_PX, topToShow, visibleRows } from './scrollMap.ts';

/** The id of the grid, for what refers to it. */
export const TABLE_ID = 'records';
/** Farther from it rows would be placed by coordinates that a browser rounds. */
const MAX_FROM_ANCHOR = 40_000;
const COLUMNS = 7;
/** Characters of a component that its column has room for at most. */
const MAX_COMPONENT = 22;

interface TableSource {
  row(position: number): LogRow | undefined;
  /** What is looked at, so that it can be loaded. */
  want(first: number, last: number, direction: number): void;
  context(): RowContext;
}

interface TableEvents {
  clicked(position: number): void;
  doubleClicked(position: number): void;
  /** The user, or the page, moved the content. */
  scrolled(): void;
}

/**
 * A table of any number of rows of one height. It holds as many elements as are seen, uses each again for the row that comes
 * into sight, and scrolls by itself: a browser's own scrolling cannot be that high.
 */
export class LogTable {
  readonly element = document.createElement('div');
  readonly grid = document.createElement('div');
  readonly #viewport = document.createElement('div');
  readonly #layer = document.createElement('div');
  readonly #source: TableSource;
  readonly #events: TableEvents;
  readonly #scrollbar: Scrollbar;
  #rows: RowView[] = [];
  #count = 0;
  /** How far the content is moved up, in px. */
  #top = 0;
  #height = 0;
  #anchor = 0;
  #direction = 1;
  #frame: number | undefined;
  /** Of the longest component that was seen; it never becomes less, so that columns do not jump. */
  #componentChars = 9;
  #fitted = '';

  /** @param head the row of column headers */
  constructor(head: HTMLElement, source: TableSource, events: TableEvents) {
    this.#source = source;
    this.#events = events;
    const { element, grid } = this;
    element.className = 'table-body';
    grid.id = TABLE_ID;
    grid.className = 'grid';
    grid.tabIndex = 0;
    grid.setAttribute('role', 'grid');
    grid.setAttribute('aria-label', 'Records');
    grid.setAttribute('aria-colcount', String(COLUMNS));
    grid.setAttribute('aria-readonly', 'true');
    this.#layer.className = 'layer';
    this.#layer.setAttribute('role', 'rowgroup');
    this.#viewport.className = 'viewport';
    this.#viewport.append(this.#layer);
    grid.append(head, this.#viewport);
    this.#scrollbar = new Scrollbar(TABLE_ID, (top) => this.scrollToPx(top));
    element.append(grid, this.#scrollbar.element);
    element.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    grid.addEventListener('click', (event) => this.#pick(event, events.clicked));
    grid.addEventListener('dblclick', (event) => this.#pick(event, events.doubleClicked));
    this.#followTouch();
    new ResizeObserver(([entry]) => entry && this.#resize(entry.contentRect.height)).observe(this.#viewport);
  }

  get count(): number {
    return this.#count;
  }

  get top(): number {
    return this.#top;
  }

  /** First and last row that are seen, even in part. */
  get visible(): { first: number; last: number } {
    return visibleRows(this.#top, this.#count, this.#height);
  }

  /** Rows that are seen whole. */
  get pageRows(): number {
    return Math.max(1, Math.floor(this.#height / ROW_PX));
  }

  get isAtEnd(): boolean {
    return this.#top >= maxTop(this.#count, this.#height) - ROW_PX / 2;
  }

  setCount(count: number): void {
    this.#count = count;
    this.grid.setAttribute('aria-rowcount', String(count + 1));
    this.#top = Math.min(this.#top, maxTop(count, this.#height));
    this.refresh();
  }

  scrollToPx(top: number): void {
    const next = Math.min(maxTop(this.#count, this.#height), Math.max(0, top));
    if (next === this.#top) return;
    this.#direction = next - this.#top;
    this.#top = next;
    this.#events.scrolled();
    this.refresh();
  }

  scrollToEnd(): void {
    this.scrollToPx(maxTop(this.#count, this.#height));
  }

  /** Moves the content as far as needed to show a row; `center` when it is out of sight and not a neighbour. */
  show(position: number, align: 'nearest' | 'center'): void {
    this.scrollToPx(topToShow(position, this.#top, this.#count, this.#height, align));
  }

  /** The context or rows changed: draws what is seen with the next frame. */
  refresh(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#draw();
    });
  }

  #draw(): void {
    const { first, last } = this.visible;
    const rows = this.#rows;
    if (rows.length === 0 || this.#height === 0) return;
    if (Math.abs(first - this.#anchor) > MAX_FROM_ANCHOR) {
      this.#anchor = first;
      for (const view of rows) view.position = -1;
    }
    const context = this.#source.context();
    this.#fitColumns(context);
    let active: string | undefined;
    for (let position = first; position < first + rows.length; position += 1) {
      const view = rows[position % rows.length];
      if (!view) continue;
      if (position > last) {
        if (!view.element.hidden) view.hide();
        continue;
      }
      if (view.position !== position) {
        view.element.hidden = false;
        view.element.style.transform = `translateY(${(position - this.#anchor) * ROW_PX}px)`;
      }
      const row = this.#source.row(position);
      view.fill(position, row, position === 0 ? undefined : this.#source.row(position - 1), context);
      if (row !== undefined && row.record === context.selected) active = view.element.id;
      this.#componentChars = Math.max(this.#componentChars, Math.min(MAX_COMPONENT, row?.component?.length ?? 0));
    }
    this.#layer.style.transform = `translateY(${this.#anchor * ROW_PX - this.#top}px)`;
    this.#scrollbar.update(this.#top, this.#count, this.#height, first);
    if (active === undefined) this.grid.removeAttribute('aria-activedescendant');
    else if (this.grid.getAttribute('aria-activedescendant') !== active)
      this.grid.setAttribute('aria-activedescendant', active);
    this.#source.want(first, last, this.#direction);
  }

  /** Columns as wide as what stands in them. */
  #fitColumns({ days, digits }: RowContext): void {
    const fitted = `${digits} ${this.#componentChars} ${days}`;
    if (fitted === this.#fitted) return;
    this.#fitted = fitted;
    this.grid.style.setProperty('--line-digits', String(digits));
    this.grid.style.setProperty('--component-chars', String(this.#componentChars));
    this.grid.classList.toggle('has-days', days);
  }

  #resize(height: number): void {
    const wasAtEnd = this.isAtEnd;
    const { selected } = this.#source.context();
    const { first, last } = this.visible;
    const shown = this.#rows.find(({ row }) => row !== undefined && row.record === selected)?.position;
    this.#height = height;
    // One more than fit is seen when the content stands between two rows.
    const needed = Math.ceil(height / ROW_PX) + 1;
    while (this.#rows.length < needed) {
      const view = new RowView(`${TABLE_ID}-${this.#rows.length}`);
      this.#rows.push(view);
      this.#layer.append(view.element);
    }
    for (const view of this.#rows.splice(needed)) view.element.remove();
    for (const view of this.#rows) view.position = -1;
    const most = maxTop(this.#count, height);
    this.#top = wasAtEnd && this.#count > 0 && this.#top > 0 ? most : Math.min(this.#top, most);
    if (shown !== undefined && shown >= first && shown <= last)
      this.#top = topToShow(shown, this.#top, this.#count, height, 'nearest');
    this.#draw();
  }

  #wheel(event: WheelEvent): void {
    if (event.ctrlKey || event.deltaY === 0) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? ROW_PX : event.deltaMode === 0 ? 1 : this.#height;
    // As in the editor: Alt scrolls five times as fast.
    this.scrollToPx(this.#top + event.deltaY * unit * (event.altKey ? 5 : 1));
  }

  #followTouch(): void {
    let last: number | undefined;
    this.#viewport.addEventListener('touchstart', ({ touches }) => {
      last = touches[0]?.clientY;
    });
    this.#viewport.addEventListener('touchmove', ({ touches }) => {
      const y = touches[0]?.clientY;
      if (last !== undefined && y !== undefined) this.scrollToPx(this.#top + last - y);
      last = y;
    });
  }

  #pick(event: MouseEvent, then: (position: number) => void): void {
    const target = event.target instanceof Element ? event.target.closest('[role="row"]') : null;
    const view = this.#rows.find(({ element }) => element === target);
    if (view && view.position >= 0) then(view.position);
  }
}
