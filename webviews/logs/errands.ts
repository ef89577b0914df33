import { askLogSuppression, copyLogText, openComparedLog, saveLogView } from '../../server/protocol/logPage.ts';
import type { LogFinding } from '../../server/protocol/logRecord.ts';
import type { Ask } from '../shared/rpc/ask.ts';
import type { LogsPage } from './logsPage.ts';
import { countOf } from './numberText.ts';
import { rangeText } from './timeText.ts';

/** What the page asks the client, or the user through it. */
export class Errands {
  readonly #ask: Ask;
  readonly #page: LogsPage;

  constructor(ask: Ask, page: LogsPage) {
    this.#ask = ask;
    this.#page = page;
  }

  async exportView(): Promise<void> {
    const page = this.#page;
    await page.attempt(async () => {
      const { log, view } = page.model;
      const { file, records = 0 } = await this.#ask(saveLogView, { log, view });
      if (file !== undefined) page.note = `${countOf(records, 'record')} written to ${file}`;
    });
  }

  async suppress(finding: LogFinding): Promise<void> {
    const page = this.#page;
    await page.attempt(async () => {
      const { fingerprint, reason } = finding;
      const { suppressed } = await this.#ask(askLogSuppression, { fingerprint, summary: reason.slice(0, 500) });
      if (suppressed) await page.data.loadFindings();
    });
  }

  /** Fills a side of the comparison with the selected range, or with the whole log. */
  compareRange(side: 'compareA' | 'compareB'): void {
    const page = this.#page;
    const { range } = page.model;
    page.data[side] = range ? { title: rangeText(...range), range } : { title: 'Whole log' };
    void page.data.compare();
  }

  async compareOther(): Promise<void> {
    const page = this.#page;
    await page.attempt(async () => {
      const other = await this.#ask(openComparedLog, {});
      if (!other) return;
      page.data.compareA ??= { title: page.model.page?.title ?? 'This log' };
      page.data.compareB = { title: other.sources.map(({ name }) => name).join(', '), other };
      await page.data.compare();
    });
  }

  /** The selected record as it stands in the file. */
  async copySelected(): Promise<void> {
    const page = this.#page;
    const { record } = page.selected ?? {};
    if (record === undefined) return;
    await page.attempt(async () => {
      const { text } = await page.model.detailOf(record);
      await this.#ask(copyLogText, { text });
      page.note = 'Copied.';
    });
  }
}
