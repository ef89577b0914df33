import type * as z from 'zod';
import { completeLogQuery } from '../../server/protocol/logs.ts';
import type { Ask } from '../shared/rpc/ask.ts';
import type { LogModel } from './logModel.ts';

type Suggestion = z.infer<typeof completeLogQuery.result>['suggestions'][number];

/** Keys that follow each other faster, in ms, ask once. */
const PAUSE_MS = 90;
const MAX_SHOWN = 12;

/** What may stand at the cursor of the filter's field, and which of it is chosen. */
export class Completions {
  readonly #ask: Ask;
  readonly #model: LogModel;
  readonly #changed: () => void;
  suggestions: readonly Suggestion[] = [];
  /** Index of the chosen one; -1: none, and the Enter key applies the filter. */
  active = -1;
  #from = 0;
  #to = 0;
  #wait: number | undefined;
  #round = 0;

  constructor(ask: Ask, model: LogModel, changed: () => void) {
    this.#ask = ask;
    this.#model = model;
    this.#changed = changed;
  }

  get isOpen(): boolean {
    return this.suggestions.length > 0;
  }

  /** The text or the cursor is another. */
  askFor(text: string, cursor: number): void {
    window.clearTimeout(this.#wait);
    this.#wait = window.setTimeout(() => void this.#load(text, cursor), PAUSE_MS);
  }

  close(): void {
    window.clearTimeout(this.#wait);
    this.#round += 1;
    if (!this.isOpen) return;
    this.suggestions = [];
    this.active = -1;
    this.#changed();
  }

  /** @returns whether there was a list to move in */
  move(step: -1 | 1): boolean {
    if (!this.isOpen || (step < 0 && this.active < 0)) return false;
    this.active = Math.min(this.suggestions.length - 1, this.active + step);
    this.#changed();
    return true;
  }

  /** The text with a suggestion put in, and where the cursor stands then. */
  accept(text: string, at = Math.max(0, this.active)): { text: string; cursor: number } | undefined {
    const suggestion = this.suggestions[at];
    if (!suggestion) return undefined;
    const before = text.slice(0, this.#from) + suggestion.text;
    this.close();
    return { text: before + text.slice(this.#to), cursor: before.length };
  }

  async #load(text: string, cursor: number): Promise<void> {
    this.#round += 1;
    const round = this.#round;
    try {
      const { from, to, suggestions } = await this.#ask(completeLogQuery, { log: this.#model.log, text, cursor });
      if (round !== this.#round) return;
      this.suggestions = suggestions.slice(0, MAX_SHOWN);
      this.active = -1;
      this.#from = from;
      this.#to = to;
      this.#changed();
    } catch {
      // Suggestions are a help: a filter can be written without them, and what is wrong is told when it is applied.
      this.close();
    }
  }
}
