import type { LogRow } from '../../server/protocol/logs.ts';
import { levelShapes, levelSigns, levelText } from './levels.ts';
import { countText } from './numberText.ts';
import { lengthText, rowTimeText, type TimeMode } from './timeText.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** What all rows of a table have in common at a moment. */
export interface RowContext {
  timeMode: TimeMode;
  /** Time of the log's first record. */
  start: number | undefined;
  /** The log spans several days: rows tell theirs. */
  days: boolean;
  /** Characters of the highest line number. */
  digits: number;
  /** Number of the selected record. */
  selected: number | undefined;
  /** Several sources: rows tell which. */
  sourceNames: readonly string[];
}

/** Marks of the gutter: a filled dot for a new template, a hollow diamond for a rare one. */
const marks = { new: 'M6 2.500a3.500 3.500 0 1 0 .01 0Z', rare: 'M6 2 10 6 6 10 2 6Z' } as const;
const markTitles = {
  new: 'New: nothing like it before in this log',
  rare: 'Rare: few records like it in this log',
} as const;

/**
 * One row of the table: its elements are made once and filled again and again, since a scrolling table shows thousands
 * a second. Everything is put in as text.
 */
export class RowView {
  readonly element: HTMLElement;
  /** Position in the view that it shows; -1: none. */
  position = -1;
  /** The row it shows; undefined while it is loaded. */
  row: LogRow | undefined;
  readonly #mark: SVGPathElement;
  readonly #markCell: HTMLElement;
  readonly #line = cell('cell-line');
  readonly #day = document.createElement('span');
  readonly #clock = document.createTextNode('');
  readonly #shape: SVGPathElement;
  readonly #sign: SVGPathElement;
  readonly #level = document.createTextNode('');
  readonly #component = cell('cell-component');
  readonly #message = document.createElement('span');
  readonly #more = document.createElement('span');
  readonly #duration = cell('cell-duration');
  #filled = '';

  constructor(id: string) {
    const element = document.createElement('div');
    element.id = id;
    element.setAttribute('role', 'row');
    const mark = drawing('mark');
    this.#mark = mark.path;
    this.#markCell = cell('cell-mark');
    this.#markCell.append(mark.svg);
    const time = cell('cell-time');
    this.#day.className = 'day';
    time.append(this.#day, this.#clock);
    const level = cell('cell-level');
    const shape = drawing('level-shape');
    this.#shape = shape.path;
    this.#sign = document.createElementNS(SVG, 'path');
    this.#sign.setAttribute('class', 'sign');
    shape.svg.append(this.#sign);
    level.append(shape.svg, this.#level);
    const message = cell('cell-message');
    this.#message.className = 'message';
    this.#message.dir = 'ltr';
    this.#more.className = 'more-lines';
    message.append(this.#message, this.#more);
    element.append(this.#markCell, this.#line, time, level, this.#component, message, this.#duration);
    this.element = element;
  }

  /** Shows a row; does nothing when it shows the same already. @param before the row above it in the view */
  fill(position: number, row: LogRow | undefined, before: LogRow | undefined, context: RowContext): void {
    const { element } = this;
    if (position !== this.position) {
      this.position = position;
      element.setAttribute('aria-rowindex', String(position + 2));
    }
    const isSelected = row !== undefined && row.record === context.selected;
    const state = `${isSelected} ${context.timeMode} ${context.days} ${context.start} ${before?.time}`;
    if (row !== undefined && row === this.row && state === this.#filled) return;
    this.row = row;
    this.#filled = state;
    element.className = row === undefined ? 'row loading' : `row level-${row.level}${isSelected ? ' selected' : ''}`;
    element.setAttribute('aria-selected', String(isSelected));
    if (row === undefined) this.#clear();
    else this.#fillCells(row, before, context);
  }

  /** Takes it off the table; what it showed is not known any more. */
  hide(): void {
    this.position = -1;
    this.row = undefined;
    this.#filled = '';
    this.element.hidden = true;
    this.element.className = 'row';
  }

  #clear(): void {
    this.#line.textContent = '';
    this.#day.textContent = '';
    this.#clock.data = '';
    this.#level.data = '';
    this.#component.textContent = '';
    this.#message.textContent = '';
    this.#more.textContent = '';
    this.#duration.textContent = '';
    for (const path of [this.#mark, this.#shape, this.#sign]) path.setAttribute('d', '');
  }

  #fillCells(row: LogRow, before: LogRow | undefined, { timeMode, start, days, sourceNames }: RowContext): void {
    const { mark } = row;
    this.#mark.setAttribute('d', mark ? marks[mark] : '');
    this.#markCell.className = `cell-mark${mark ? ` is-${mark}` : ''}`;
    this.#markCell.title = mark ? markTitles[mark] : '';
    this.#line.textContent = countText(row.line);
    if (sourceNames.length > 1) this.#line.title = `${sourceNames[row.source] ?? ''}:${row.line}`;
    const time = rowTimeText(row.time, timeMode, { start, before: before?.time, days });
    this.#day.textContent = time.day;
    this.#day.className = time.newDay ? 'day new-day' : 'day';
    this.#clock.data = time.text;
    this.#shape.setAttribute('d', levelShapes[row.level] ?? '');
    this.#sign.setAttribute('d', levelSigns[row.level] ?? '');
    this.#level.data = row.level === 0 ? '' : levelText(row.level);
    this.#component.textContent = row.component ?? '';
    this.#component.title = row.component ?? '';
    this.#message.textContent = row.message;
    this.#more.textContent = row.moreLines === 0 ? '' : `+${countText(row.moreLines)}`;
    this.#more.title = row.moreLines === 0 ? '' : `${countText(row.moreLines)} more lines below the first`;
    this.#duration.textContent = row.durationMs === undefined ? '' : lengthText(row.durationMs);
  }
}

function cell(name: string): HTMLElement {
  const element = document.createElement('div');
  element.className = name;
  element.setAttribute('role', 'gridcell');
  return element;
}

function drawing(name: string): { svg: SVGSVGElement; path: SVGPathElement } {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', name);
  svg.setAttribute('viewBox', '0 0 12 12');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  svg.append(path);
  return { svg, path };
}
