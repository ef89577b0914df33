import { type Browser, chromium, type Page } from 'playwright-core';
import { findOnPath } from '../../support/findOnPath.ts';
import { openLogsPage } from '../../support/openLogsPage.ts';
import { type Measure, median } from '../measure.ts';

const RECORDS = 10_000_000;
/** Frames of each way of scrolling. */
const FRAMES = 240;
/** A frame at 60 frames a second. ms */
const FRAME_MS = 1000 / 60;

/** How the log page moves over 10 million records; the log is worked out in the page, so that the page alone is measured. */
export async function measureView(): Promise<Measure[]> {
  const executablePath = await findOnPath('chromium');
  if (executablePath === undefined) return [missing('chromium is not installed')];
  const browser = await chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  });
  try {
    return await measureIn(browser);
  } finally {
    await browser.close();
  }
}

function missing(remark: string): Measure {
  return { title: 'log page: frames while scrolling', unit: 'ms', limit: FRAME_MS, value: undefined, remark };
}

async function measureIn(browser: Browser): Promise<Measure[]> {
  const { page } = await openLogsPage(browser, { records: RECORDS });
  await page.locator('.finding').first().waitFor();
  await page.waitForTimeout(1000);
  const measures: Measure[] = [];
  for (const [title, px] of ways) {
    const { work, interval } = await scroll(page, px);
    measures.push({
      title: `log page, a frame, ${title}`,
      unit: 'ms',
      limit: FRAME_MS,
      value: work,
      remark: `CPU time of the page's thread, 10 million records; one every ${interval.toFixed(1)} ms was shown, without a GPU`,
    });
  }
  return [...measures, await measureFilter(browser)];
}

/** px of a frame: a turn of the wheel, a fast one, and another place with every frame. */
const ways = [
  ['wheel', 130],
  ['fast wheel', 4_000],
  ['jumps', 3 * RECORDS],
] as const;

interface Scrolled {
  /** CPU time of the page's thread for a frame, ms: scripts, style, layout and painting. */
  work: number;
  /** Median from frame to frame, ms. */
  interval: number;
}

/** One turn of the wheel with every frame, there and back. CPU time is what counts: the machine may have other things to do. */
async function scroll(page: Page, px: number): Promise<Scrolled> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.setTimeDomain', { timeDomain: 'threadTicks' });
  await session.send('Performance.enable');
  const cpu = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
  };
  const before = await cpu();
  const times = await page.evaluate(
    async ([count, delta]) => {
      const body = document.querySelector('.table-body');
      const times: number[] = [];
      for (let frame = 0; frame < count; frame += 1) {
        const deltaY = frame % 80 < 60 ? delta : -delta;
        body?.dispatchEvent(new WheelEvent('wheel', { deltaY, bubbles: true, cancelable: true }));
        times.push(await new Promise<number>((resolve) => requestAnimationFrame(resolve)));
      }
      return times;
    },
    [FRAMES, px] as const,
  );
  const work = ((await cpu()) - before) / FRAMES;
  await session.detach();
  return { work, interval: median(times.slice(1).map((time, at) => time - (times[at] ?? 0))) };
}

/** From the Enter key to the first rows of a filter over 1 million records. */
async function measureFilter(browser: Browser): Promise<Measure> {
  const { page } = await openLogsPage(browser, { records: 1_000_000 });
  await page.locator('.finding').first().waitFor();
  const values: number[] = [];
  for (const filter of ['component:db.pool', 'component:auth', 'component:http', 'level:error', 'level:warn']) {
    await page.locator('#filter').fill(filter);
    const before = await page.locator('.found').textContent();
    values.push(
      await page.evaluate(async (old) => {
        const field = document.getElementById('filter');
        const start = performance.now();
        field?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
        while (
          document.querySelector('.found')?.textContent === old ||
          document.querySelector('.layer .row:not([hidden]).loading')
        )
          await new Promise((resolve) => requestAnimationFrame(resolve));
        return performance.now() - start;
      }, before),
    );
  }
  return {
    title: 'log page, filter to first rows',
    unit: 'ms',
    limit: 100,
    value: median(values),
    remark: '1 million records, the stand-in server of the tests included',
  };
}
