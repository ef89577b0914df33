import { html, nothing, type TemplateResult } from 'lit';
import type { TektraError } from '../../server/protocol/errors.ts';
import type { LogSummary } from '../../server/protocol/logs.ts';
import { icon } from '../shared/ui/icons.ts';
import { isCompound, levelsIn, termsOf, withLevels, withoutTerm } from './filterText.ts';
import { levelText } from './levels.ts';
import { levelView } from './levelView.ts';
import type { LogsPage } from './logsPage.ts';
import { countText, percentText, shortCount } from './numberText.ts';
import { rangeText } from './timeText.ts';

export const FILTER_FIELD = 'filter';

/** The filter as text, its levels as buttons, and what of it is at work. */
export function filterView(page: LogsPage, summary: LogSummary): TemplateResult {
  const { model, completions } = page;
  return html`<search class="filter">
    <div class="field ${model.filterError ? 'wrong' : ''}">
      ${icon('search')}
      <input
        id=${FILTER_FIELD}
        type="text"
        spellcheck="false"
        autocomplete="off"
        autocapitalize="off"
        placeholder='Filter: words, level:error, component:db, duration>1s, status:500, -noise, /regex/'
        aria-label="Filter"
        aria-invalid=${String(model.filterError !== undefined)}
        aria-describedby="filter-error"
        role="combobox"
        aria-autocomplete="list"
        aria-controls="suggestions"
        aria-expanded=${String(completions.isOpen)}
        aria-activedescendant=${completions.active < 0 ? nothing : `suggestion-${completions.active}`}
        .value=${page.draft}
        @input=${({ currentTarget }: Event) => {
          if (!(currentTarget instanceof HTMLInputElement)) return;
          page.draft = currentTarget.value;
          completions.askFor(page.draft, currentTarget.selectionStart ?? page.draft.length);
        }}
        @blur=${() => completions.close()}
        @keydown=${(event: KeyboardEvent) => filterKey(page, event)}
      />
      ${completions.isOpen ? suggestionsView(page) : nothing}
      ${
        model.scanning === undefined
          ? html`<output class="found">${foundText(page, summary)}</output>`
          : html`<output class="found">${countText(model.matches)} found · ${percentText(model.scanning / Math.max(1, summary.records))}</output>
              <button type="button" class="icon-button" title="Stop the search" @click=${() => model.stopQuery()}>${icon('stop', 'Stop the search')}</button>`
      }
      ${
        page.draft === '' && model.filter === '' && !model.range
          ? nothing
          : html`<button type="button" class="icon-button" title="Show every record" @click=${() => page.clearFilters()}>${icon('close', 'Show every record')}</button>`
      }
    </div>
    <div id="filter-error" class="filter-error" role="alert">${model.filterError ? errorView(model.filterError, page.draft) : nothing}</div>
    <div class="chips">${levelChips(page, summary)} ${activeView(page)}</div>
  </search>`;
}

function foundText({ model }: LogsPage, { records }: LogSummary): string {
  return model.matches === records ? '' : `${countText(model.matches)} of ${countText(records)}`;
}

/** What is wrong, and where: the text again, with the place marked. */
function errorView(error: TektraError, text: string): TemplateResult {
  const at = placeOf(error.message);
  const words = html`<p>${icon('error')}<span>${error.message}${error.action === undefined ? '' : ` ${error.action}`}</span></p>`;
  if (at === undefined || at > text.length) return words;
  return html`<p class="place-in-filter" aria-hidden="true">${text.slice(0, at)}<mark>${text.slice(at, at + 1) || ' '}</mark>${text.slice(at + 1)}</p>
    ${words}`;
}

/** The place that the server's message names, "(at 12)", counted from 0. */
export function placeOf(message: string): number | undefined {
  const found = /\(at (\d+)\)/.exec(message);
  return found ? Math.max(0, Number(found[1]) - 1) : undefined;
}

function filterKey(page: LogsPage, event: KeyboardEvent): void {
  const field = event.currentTarget;
  if (!(field instanceof HTMLInputElement)) return;
  const { completions } = page;
  const { key } = event;
  if (key === 'Tab' ? completions.isOpen : key === 'Enter' && completions.active >= 0) accept(page, field);
  else if (key === 'Enter') {
    completions.close();
    void page.applyFilter(field.value);
  } else if (key === 'Escape') {
    if (completions.isOpen) completions.close();
    else page.table.grid.focus();
  } else if (key === ' ' && event.ctrlKey) {
    completions.askFor(field.value, field.selectionStart ?? field.value.length);
  } else if (key === 'ArrowUp' || key === 'ArrowDown') {
    const step = key === 'ArrowUp' ? -1 : 1;
    if (!completions.move(step)) write(page, field, page.history.move(step, field.value));
  } else return;
  event.preventDefault();
}

function write(page: LogsPage, field: HTMLInputElement, text: string | undefined, cursor = text?.length ?? 0): void {
  if (text === undefined) return;
  page.draft = text;
  field.value = text;
  field.setSelectionRange(cursor, cursor);
}

function accept(page: LogsPage, field: HTMLInputElement, at?: number): void {
  const { completions } = page;
  const accepted = completions.accept(field.value, at);
  if (!accepted) return;
  write(page, field, accepted.text, accepted.cursor);
  // `level:` wants its value at once.
  if (/[:<>=]$/.test(accepted.text.slice(0, accepted.cursor))) completions.askFor(accepted.text, accepted.cursor);
}

/** What may stand at the cursor; the pointer chooses as the keys do. */
function suggestionsView(page: LogsPage): TemplateResult {
  const { suggestions, active } = page.completions;
  const choose = (event: Event, at: number): void => {
    // The field keeps the focus.
    event.preventDefault();
    const field = document.getElementById(FILTER_FIELD);
    if (field instanceof HTMLInputElement) accept(page, field, at);
  };
  return html`<ul id="suggestions" class="suggestions" role="listbox" aria-label="Suggestions">
    ${suggestions.map(
      ({ label, detail }, at) => html`<li
        id=${`suggestion-${at}`}
        role="option"
        aria-selected=${String(at === active)}
        @mousedown=${(event: Event) => choose(event, at)}
      ><span>${label}</span>${detail === undefined ? nothing : html`<span class="quiet">${detail}</span>`}</li>`,
    )}
  </ul>`;
}

/** From the most severe level on; those that the log has not are left out. */
function levelChips(page: LogsPage, { levels }: LogSummary): TemplateResult {
  const chosen = levelsIn(page.model.filter);
  const toggle = (level: number): void => {
    const next = new Set(chosen);
    if (!next.delete(level)) next.add(level);
    void page.applyFilter(withLevels(page.model.filter, next));
  };
  const shown = levels.map((_, level) => level).filter((level) => (levels[level] ?? 0) > 0 || chosen.has(level));
  return html`<div class="levels" role="group" aria-label="Levels">
    ${shown.reverse().map(
      (level) => html`<button
        type="button"
        class=${`chip level-${level}`}
        aria-pressed=${String(chosen.has(level))}
        title=${`${countText(levels[level] ?? 0)} records`}
        @click=${() => toggle(level)}
      >${levelView(level)}${levelText(level)} <b>${shortCount(levels[level] ?? 0)}</b></button>`,
    )}
  </div>`;
}

/** What of the filter is at work, each part with a button that takes it away. */
function activeView(page: LogsPage): TemplateResult | typeof nothing {
  const { filter, range } = page.model;
  const terms = isCompound(filter) ? [filter] : termsOf(filter).map(({ text }) => text);
  if (terms.length === 0 && !range) return nothing;
  return html`<ul class="active" aria-label="Active filters">
    ${terms.map((term) => partView(term, () => void page.applyFilter(isCompound(filter) ? '' : withoutTerm(filter, term))))}
    ${
      range
        ? html`${partView(rangeText(...range), () => void page.setRange(undefined), 'time')}
            <li><button type="button" class="link" @click=${() => page.toggleZoom()}>${page.zoom ? 'Show all of the timeline' : 'Zoom the timeline'}</button></li>`
        : nothing
    }
  </ul>`;
}

function partView(text: string, remove: () => void, kind = 'term'): TemplateResult {
  return html`<li class=${`part ${kind}`}>${kind === 'time' ? icon('clock') : nothing}<span>${text}</span>
    <button type="button" class="icon-button" title=${`Remove ${text}`} @click=${remove}>${icon('close', `Remove ${text}`)}</button></li>`;
}
