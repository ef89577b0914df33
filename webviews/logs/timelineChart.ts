import uPlot from 'uplot';
import { levelOf } from './levels.ts';
import type { TimeRange } from './pageMemory.ts';
import type { Histogram } from './sideData.ts';
import { clockText, dayText } from './timeText.ts';

const HEIGHT_PX = 92;
const AXIS_PX = 20;
/** A bar of errors is at least so high: a single one among a million other records must be seen. CSS px. */
const MIN_ERROR_PX = 2.5;
/** So many empty buckets in a row are drawn as a gap. */
const GAP_BUCKETS = 3;
const DAY_MS = 24 * 3_600_000;
const ERRORS_FROM = levelOf('warn');

/** Colours as the theme has them now. */
export interface TimelineColours {
  levels: readonly string[];
  quiet: string;
  line: string;
  font: string;
}

export interface ChartEvents {
  selected(range: TimeRange): void;
  clicked(time: number): void;
  hovered(bucket: number | undefined): void;
}

/** What is drawn: one bar for each bucket, its levels on top of each other, the severe ones at the foot. */
export interface ChartInput {
  histogram: Histogram;
  utc: boolean;
  colours: TimelineColours;
  width: number;
}

/** Makes the chart of a histogram in `parent`. Its selection is the caller's: `setSelect` shows it. */
export function createChart(parent: HTMLElement, input: ChartInput, events: ChartEvents): uPlot {
  const { histogram, utc, colours } = input;
  const count = bucketCount(histogram);
  const { from, step } = histogram;
  const to = from + step * Math.max(1, count);
  const starts = Array.from({ length: count }, (_, at) => from + at * step);
  const totals = starts.map((_, at) => totalOf(histogram, at));
  const axis = { stroke: () => colours.quiet, font: colours.font, ticks: { show: false }, gap: 3 };
  const chart = new uPlot(
    {
      width: input.width,
      height: HEIGHT_PX,
      ms: 1,
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: 4 } },
      ...(utc ? { tzDate: (time: number) => uPlot.tzDate(new Date(time), 'Etc/UTC') } : {}),
      scales: {
        x: { time: true, range: () => [from, to] },
        y: { range: (_, __, max) => [0, Math.max(1, max * 1.06)] },
      },
      axes: [
        {
          ...axis,
          size: AXIS_PX,
          space: 90,
          grid: { show: false },
          values: (_, splits, __, ___, step) => axisText(splits, step, utc),
        },
        {
          ...axis,
          size: 52,
          space: 28,
          grid: { stroke: () => colours.line, width: 1 },
          incrs: [1, 2, 5, 10, 20, 50].concat([1e2, 1e3, 1e4, 1e5, 1e6].flatMap((unit) => [unit, 2 * unit, 5 * unit])),
          values: (_, splits) => splits.map((value) => (value === 0 ? '' : compact.format(value))),
        },
      ],
      series: [{}, { paths: () => null, points: { show: false } }],
      hooks: {
        draw: [(drawn) => drawBars(drawn, histogram, colours)],
        setSelect: [
          ({ select, posToVal }) => {
            if (select.width > 0)
              events.selected([posToVal(select.left, 'x'), posToVal(select.left + select.width, 'x')]);
          },
        ],
        setCursor: [
          ({ cursor, posToVal }) => {
            const { left } = cursor;
            const bucket = left === undefined || left < 0 ? -1 : Math.floor((posToVal(left, 'x') - from) / step);
            events.hovered(bucket >= 0 && bucket < count ? bucket : undefined);
          },
        ],
      },
    },
    [starts, totals],
    parent,
  );
  followClicks(chart, events);
  return chart;
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact' });

/** The clock as exact as the steps of the axis are; with the day where another begins. */
function axisText(splits: readonly number[], step: number, utc: boolean): string[] {
  const chars = step >= 60_000 ? 5 : step >= 1000 ? 8 : 12;
  return splits.map((time, at) => {
    const day = dayText(time, utc).slice(5);
    const before = splits[at - 1];
    if (step >= DAY_MS) return day;
    const clock = clockText(time, utc).slice(0, chars);
    return before === undefined || dayText(before, utc).slice(5) === day ? clock : `${day} ${clock}`;
  });
}

export function bucketCount({ levels }: Histogram): number {
  return levels.reduce((most, counts) => Math.max(most, counts.length), 0);
}

export function totalOf({ levels }: Histogram, bucket: number): number {
  return levels.reduce((sum, counts) => sum + (counts[bucket] ?? 0), 0);
}

/** A press without a drag goes to that time. */
function followClicks(chart: uPlot, events: ChartEvents): void {
  let pressedAt: number | undefined;
  chart.over.addEventListener('mousedown', ({ clientX }) => {
    pressedAt = clientX;
  });
  chart.over.addEventListener('click', ({ clientX }) => {
    if (pressedAt === undefined || Math.abs(clientX - pressedAt) > 3) return;
    events.clicked(chart.posToVal(clientX - chart.over.getBoundingClientRect().left, 'x'));
  });
}

function drawBars(chart: uPlot, histogram: Histogram, { levels: colours, quiet }: TimelineColours): void {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  const { from, step, levels } = histogram;
  const count = bucketCount(histogram);
  const bottom = bbox.top + bbox.height;
  const toX = (bucket: number): number => chart.valToPos(from + bucket * step, 'x', true);
  const width = toX(1) - toX(0);
  const space = width > 4 * ratio ? ratio : 0;
  ctx.save();
  let gapFrom = 0;
  for (let bucket = 0; bucket <= count; bucket += 1) {
    const total = bucket === count ? -1 : totalOf(histogram, bucket);
    if (total === 0) continue;
    if (bucket - gapFrom >= GAP_BUCKETS) drawGap(ctx, toX(gapFrom), toX(bucket), bottom, ratio, quiet);
    gapFrom = bucket + 1;
    if (total < 0) break;
    const left = Math.round(toX(bucket));
    const right = Math.max(left + ratio, Math.round(toX(bucket + 1)) - space);
    let foot = bottom;
    let sum = 0;
    for (let level = levels.length - 1; level >= 0; level -= 1) {
      const records = levels[level]?.[bucket] ?? 0;
      if (records === 0) continue;
      sum += records;
      const least = level >= ERRORS_FROM ? MIN_ERROR_PX * ratio : ratio;
      const top = Math.min(foot - least, chart.valToPos(sum, 'y', true));
      ctx.fillStyle = colours[level] ?? quiet;
      ctx.fillRect(left, top, right - left, foot - top);
      foot = top;
    }
  }
  ctx.restore();
}

/** Nothing was logged here: a dotted foot line says that this is no lack of drawing. */
function drawGap(
  ctx: CanvasRenderingContext2D,
  left: number,
  right: number,
  bottom: number,
  ratio: number,
  colour: string,
): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = ratio;
  ctx.setLineDash([ratio, 3 * ratio]);
  ctx.beginPath();
  ctx.moveTo(left, bottom - 1.5 * ratio);
  ctx.lineTo(right, bottom - 1.5 * ratio);
  ctx.stroke();
  ctx.setLineDash([]);
}
