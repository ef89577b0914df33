import type uPlot from 'uplot';
import { logLevels } from '../../server/protocol/logLevels.ts';
import { ERROR } from './levels.ts';
import { countOf, countText } from './numberText.ts';
import type { TimeRange } from './pageMemory.ts';
import type { Histogram } from './sideData.ts';
import { bucketCount, createChart, totalOf } from './timelineChart.ts';
import { timelineKey } from './timelineKeys.ts';
import { clockText, dayText } from './timeText.ts';

interface TimelineEvents {
  /** The user chose a range, or none. */
  selected(range: TimeRange | undefined): void;
  /** The user wants to see the records of this time. */
  clicked(time: number): void;
  /** Shows the selected range alone, or everything again. */
  zoomed(): void;
  /** Another width wants another number of buckets. */
  resized(): void;
}

/** CSS px of a bucket. */
const BUCKET_PX = 4;
/** Keys that follow each other this fast, in ms, make one selection. */
const KEYS_MS = 180;

/** The records over time, by level. The mouse drags a range, the keyboard moves a cursor and extends a range from it. */
export class Timeline {
  readonly element = document.createElement('div');
  readonly #plot = document.createElement('div');
  readonly #inView = document.createElement('div');
  readonly #cursor = document.createElement('div');
  readonly #readout = document.createElement('div');
  readonly #probes = logLevels.map((_, level) => probe(`level-${level}`));
  readonly #events: TimelineEvents;
  #chart: uPlot | undefined;
  #histogram: Histogram | undefined;
  #utc = false;
  #range: TimeRange | undefined;
  #seen: TimeRange | undefined;
  /** Bucket of the keyboard's cursor, and the other end of the range that it extends. */
  #at: number | undefined;
  #from: number | undefined;
  #width = 0;
  #wait: number | undefined;

  constructor(events: TimelineEvents) {
    this.#events = events;
    const { element } = this;
    element.className = 'timeline-plot';
    element.tabIndex = 0;
    element.setAttribute('role', 'slider');
    element.setAttribute(
      'aria-label',
      'Records over time. Arrow keys move, Shift and arrow keys select a range of time.',
    );
    element.setAttribute('aria-valuemin', '0');
    this.#plot.className = 'plot';
    this.#inView.className = 'in-view';
    this.#cursor.className = 'time-cursor';
    this.#readout.className = 'readout';
    element.append(this.#plot, this.#readout, ...this.#probes);
    element.addEventListener('keydown', (event) => this.#key(event));
    element.addEventListener('blur', () => this.#moveTo(undefined));
    element.addEventListener('dblclick', () => events.zoomed());
    new ResizeObserver(([entry]) => entry && this.#resize(Math.floor(entry.contentRect.width))).observe(this.#plot);
    // The editor changes its theme by classes and variables; a canvas does not follow by itself.
    const redraw = (): void => this.#draw();
    const watched = { attributes: true, attributeFilter: ['class', 'style'] };
    const observer = new MutationObserver(redraw);
    observer.observe(document.body, watched);
    observer.observe(document.documentElement, watched);
  }

  /** How many buckets the width has room for. */
  get buckets(): number {
    return Math.min(600, Math.max(40, Math.floor(this.#width / BUCKET_PX)));
  }

  show(histogram: Histogram | undefined, utc: boolean): void {
    if (histogram === this.#histogram && utc === this.#utc) return;
    this.#histogram = histogram;
    this.#utc = utc;
    this.#draw();
  }

  select(range: TimeRange | undefined): void {
    if (range?.[0] === this.#range?.[0] && range?.[1] === this.#range?.[1]) return;
    this.#range = range;
    this.#place();
  }

  /** Shows where in time the rows stand that the table shows. */
  showSeen(seen: TimeRange | undefined): void {
    this.#seen = seen;
    this.#placeSeen();
  }

  #draw(): void {
    this.#chart?.destroy();
    this.#chart = undefined;
    const histogram = this.#histogram;
    if (!histogram || histogram.step === 0 || this.#width < 80) return;
    const style = getComputedStyle(this.element);
    this.#chart = createChart(
      this.#plot,
      {
        histogram,
        utc: this.#utc,
        width: this.#width,
        colours: {
          levels: this.#probes.map((element) => getComputedStyle(element).color),
          quiet: style.color,
          line: style.borderBottomColor,
          font: `11px ${style.fontFamily}`,
        },
      },
      {
        selected: (range) => this.#events.selected(range),
        clicked: (time) => this.#events.clicked(time),
        hovered: (bucket) => this.#tell(bucket ?? this.#at),
      },
    );
    this.#chart.over.append(this.#inView, this.#cursor);
    this.element.setAttribute('aria-valuemax', String(bucketCount(histogram) - 1));
    this.#place();
    this.#moveTo(this.#at);
  }

  #place(): void {
    const chart = this.#chart;
    if (!chart) return;
    const height = chart.bbox.height / devicePixelRatio;
    const [from, to] = this.#range ?? [0, 0];
    const left = this.#range ? Math.max(0, chart.valToPos(from, 'x')) : 0;
    const right = this.#range ? Math.min(chart.bbox.width / devicePixelRatio, chart.valToPos(to, 'x')) : 0;
    chart.setSelect({ left, width: Math.max(0, right - left), top: 0, height }, false);
    this.element.classList.toggle('has-range', this.#range !== undefined);
    this.#placeSeen();
  }

  #placeSeen(): void {
    const chart = this.#chart;
    const seen = this.#seen;
    this.#inView.hidden = !chart || !seen;
    if (!chart || !seen) return;
    // Not the element's own width: asking for that would lay out the page in the middle of a frame.
    const width = chart.bbox.width / devicePixelRatio;
    const left = Math.min(width, Math.max(0, chart.valToPos(seen[0], 'x')));
    const right = Math.min(width, Math.max(0, chart.valToPos(seen[1], 'x')));
    this.#inView.style.transform = `translateX(${Math.min(left, width - 2)}px)`;
    this.#inView.style.width = `${Math.max(2, right - left)}px`;
  }

  #resize(width: number): void {
    if (width === this.#width) return;
    const before = this.buckets;
    this.#width = width;
    if (this.#chart) this.#chart.setSize({ width, height: this.#chart.height });
    else this.#draw();
    this.#place();
    if (this.buckets !== before) this.#events.resized();
  }

  #key(event: KeyboardEvent): void {
    const histogram = this.#histogram;
    if (!histogram || histogram.step === 0) return;
    const count = bucketCount(histogram);
    const done = timelineKey(event.key, event.shiftKey, { at: this.#at, from: this.#from, count });
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
    if (done.kind === 'clear') {
      this.#from = undefined;
      this.#events.selected(undefined);
    } else if (done.kind === 'go') {
      this.#events.clicked(histogram.from + done.at * histogram.step);
    } else if (done.kind === 'zoom') {
      this.#events.zoomed();
    } else {
      this.#from = done.from;
      this.#moveTo(done.at);
      if (done.from !== undefined) this.#extend(histogram, done.from, done.at);
    }
  }

  #extend({ from, step }: Histogram, one: number, other: number): void {
    const range: TimeRange = [from + Math.min(one, other) * step, from + (Math.max(one, other) + 1) * step];
    this.select(range);
    window.clearTimeout(this.#wait);
    this.#wait = window.setTimeout(() => this.#events.selected(range), KEYS_MS);
  }

  #moveTo(bucket: number | undefined): void {
    const histogram = this.#histogram;
    const chart = this.#chart;
    this.#at = bucket;
    this.#cursor.hidden = bucket === undefined;
    this.#tell(bucket);
    if (bucket === undefined || !histogram || !chart) return;
    const left = chart.valToPos(histogram.from + bucket * histogram.step, 'x');
    const right = chart.valToPos(histogram.from + (bucket + 1) * histogram.step, 'x');
    this.#cursor.style.transform = `translateX(${left}px)`;
    this.#cursor.style.width = `${Math.max(2, right - left)}px`;
    this.element.setAttribute('aria-valuenow', String(bucket));
  }

  /** Says what a bucket holds. */
  #tell(bucket: number | undefined): void {
    const histogram = this.#histogram;
    if (bucket === undefined || !histogram) {
      this.#readout.textContent = '';
      return;
    }
    const time = histogram.from + bucket * histogram.step;
    const errors = histogram.levels.slice(ERROR).reduce((sum, counts) => sum + (counts[bucket] ?? 0), 0);
    const text = [
      `${dayText(time, this.#utc)} ${clockText(time, this.#utc).slice(0, histogram.step < 1000 ? 12 : 8)}`,
      countOf(totalOf(histogram, bucket), 'record'),
      ...(errors === 0 ? [] : [`${countText(errors)} error${errors === 1 ? '' : 's'}`]),
    ].join(' · ');
    this.#readout.textContent = text;
    this.element.setAttribute('aria-valuetext', text);
  }
}

/** An element that nobody sees: its colour is what the style sheet says for a level. */
function probe(name: string): HTMLElement {
  const element = document.createElement('i');
  element.className = `probe ${name}`;
  element.hidden = true;
  return element;
}
