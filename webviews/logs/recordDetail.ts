import type { TektraError } from '../../server/protocol/errors.ts';
import { copyLogText, findLogFrames, openLogFrame, openLogRecord } from '../../server/protocol/logPage.ts';
import type { LogRow } from '../../server/protocol/logs.ts';
import type { Ask } from '../shared/rpc/ask.ts';
import { asError, type LogModel, type RecordDetail } from './logModel.ts';
import { ALL } from './viewQueries.ts';

/** While the keys run through records, only the one that they stop at is loaded whole. ms */
const SETTLE_MS = 70;
/** Records before and after one that cannot be shown in the editor. */
const AROUND = 15;

/** The record that the detail pane shows. */
export class DetailLoader {
  readonly #ask: Ask;
  readonly #model: LogModel;
  readonly #changed: () => void;
  open = false;
  /** Number of the record; undefined: none is selected. */
  record: number | undefined;
  whole: RecordDetail | undefined;
  error: TektraError | undefined;
  /** Which frames the editor can show. */
  frames: readonly boolean[] = [];
  /** Records around it, when the editor cannot show it. */
  around: readonly LogRow[] | undefined;
  /** Why something was not done. */
  note: string | undefined;
  /** Lines of its text as they stand in the file, in place of the parts. */
  raw = false;
  #wait: number | undefined;

  constructor(ask: Ask, model: LogModel, changed: () => void) {
    this.#ask = ask;
    this.#model = model;
    this.#changed = changed;
  }

  show(record: number | undefined): void {
    if (record === this.record && (this.whole || record === undefined)) return;
    this.record = record;
    this.around = undefined;
    this.note = undefined;
    window.clearTimeout(this.#wait);
    if (!this.open || record === undefined) {
      this.whole = undefined;
      this.error = undefined;
      return;
    }
    const wait = this.whole ? SETTLE_MS : 0;
    this.#wait = window.setTimeout(() => void this.#load(record), wait);
  }

  toggle(open: boolean): void {
    this.open = open;
    const { record } = this;
    this.record = undefined;
    this.whole = undefined;
    this.show(record);
    this.#changed();
  }

  /** Shows the record where it stands in the editor; else its neighbours here. */
  async openInEditor(record = this.record): Promise<void> {
    if (record === undefined) return;
    await this.#try(async () => {
      const { opened, because } = await this.#ask(openLogRecord, { log: this.#model.log, record });
      if (opened) return;
      this.note = because ?? 'The editor cannot show this record.';
      const position = await this.#model.positionOf(record, ALL);
      this.around = await this.#model.rowsAt(Math.max(0, position - AROUND), 2 * AROUND + 1, ALL);
    });
  }

  async openFrame(frame: number): Promise<void> {
    const { record } = this;
    if (record === undefined) return;
    await this.#try(async () => {
      const { opened, because } = await this.#ask(openLogFrame, { log: this.#model.log, record, frame });
      if (!opened) this.note = because;
    });
  }

  async copy(text: string): Promise<void> {
    await this.#try(() => this.#ask(copyLogText, { text }));
  }

  /** The record as `tektra logs --json` prints it. */
  asJson(): string {
    if (!this.whole) return '';
    const {
      record,
      text,
      cut,
      notes,
      parameters,
      templateCount,
      templateFirst,
      templateLast,
      because,
      frames,
      ...plain
    } = this.whole;
    return JSON.stringify(plain, undefined, 2);
  }

  async #load(record: number): Promise<void> {
    try {
      const whole = await this.#model.detailOf(record);
      if (record !== this.record) return;
      this.whole = whole;
      this.error = undefined;
      this.frames = [];
      this.#changed();
      if (whole.frames.every(({ file }) => file === undefined)) return;
      const { frames } = await this.#ask(findLogFrames, { log: this.#model.log, record });
      if (record === this.record) this.frames = frames;
    } catch (thrown) {
      if (record !== this.record) return;
      this.error = asError(thrown);
      this.whole = undefined;
    }
    this.#changed();
  }

  async #try(act: () => Promise<unknown>): Promise<void> {
    this.note = undefined;
    try {
      await act();
    } catch (thrown) {
      this.note = asError(thrown).message;
    }
    this.#changed();
  }
}
