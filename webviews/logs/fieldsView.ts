import { html, nothing, type TemplateResult } from 'lit';
import { TektraError } from '../../server/protocol/errors.ts';
import { icon } from '../shared/ui/icons.ts';
import { excluded, fieldTerm } from './filterText.ts';
import { templateText } from './findingsView.ts';
import type { LogsPage } from './logsPage.ts';
import { countOf, countText, shortCount } from './numberText.ts';
import type { Groups } from './sideData.ts';
import { lengthText } from './timeText.ts';

/** The listed records by the values of their fields; a value filters. */
export function fieldsView(page: LogsPage): TemplateResult {
  const add = (event: Event): void => {
    event.preventDefault();
    const input = event.currentTarget instanceof HTMLFormElement ? event.currentTarget.querySelector('input') : null;
    if (!input) return;
    page.addField(input.value.trim());
    input.value = '';
  };
  return html`
    ${page.fields.map((field) => fieldView(page, field))}
    <form class="add-field" @submit=${add}>
      <input type="text" placeholder="Another field, e.g. status" aria-label="Another field to group by" spellcheck="false" />
      <button type="submit" class="icon-button" title="Group by this field">${icon('plus', 'Group by this field')}</button>
    </form>
  `;
}

function fieldView(page: LogsPage, field: string): TemplateResult {
  const groups = page.data.groups.get(field);
  const isOwn = page.memory.fields.includes(field);
  return html`<section class="field-groups" aria-label=${field} data-field=${field}>
    <h3>${field}${
      isOwn
        ? html`<button type="button" class="icon-button" title=${`Remove ${field}`} @click=${() => page.removeField(field)}>${icon('close', `Remove ${field}`)}</button>`
        : nothing
    }</h3>
    ${
      groups === undefined
        ? html`<p class="quiet">Counting…</p>`
        : groups instanceof TektraError
          ? html`<p class="quiet">${groups.message}</p>`
          : groupsView(page, field, groups)
    }
  </section>`;
}

/** A template is told by its text. */
function shownValue(page: LogsPage, field: string, value: string): TemplateResult | string {
  if (field !== 'template') return value === '' ? '(empty)' : value;
  return templateText(page.data.templates?.templates.find(({ id }) => id === value)?.text ?? value);
}

function groupsView(page: LogsPage, field: string, { groups, others, without }: Groups): TemplateResult {
  if (groups.length === 0) return html`<p class="quiet">No listed record has it.</p>`;
  const most = Math.max(1, ...groups.map(({ count }) => count));
  const more = (): void => {
    page.data.wholeFields.add(field);
    void page.data.loadGroups(field);
  };
  return html`<ul class="groups">
      ${groups.map(({ value, count, errors, p50, p99 }) => {
        const durations =
          p50 === undefined ? '' : `\np50 ${lengthText(p50)}, p99 ${p99 === undefined ? '' : lengthText(p99)}`;
        const term = fieldTerm(field, value);
        return html`<li>
          <button type="button" class="group" title=${`${value}\n${countText(count)} records, ${countText(errors)} errors${durations}`} @click=${() => page.addTerm(term)}>
            <svg class="share" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect width=${(count / most) * 100} height="1" /><rect class="errors" width=${(errors / most) * 100} height="1" /></svg>
            <span class="value">${shownValue(page, field, value)}</span>
            <b>${shortCount(count)}</b>
          </button>
          <button type="button" class="icon-button" title=${`Exclude ${value}`} @click=${() => page.addTerm(excluded(term))}>${icon('minus', `Exclude ${value}`)}</button>
        </li>`;
      })}
    </ul>
    ${
      others === 0 && without === 0
        ? nothing
        : html`<p class="quiet">${
            others === 0
              ? nothing
              : page.data.wholeFields.has(field)
                ? `and ${countOf(others, 'more value')}`
                : html`<button type="button" class="link" @click=${more}>${countOf(others, 'more value')}</button>`
          }${others > 0 && without > 0 ? ' · ' : ''}${without === 0 ? '' : `${shortCount(without)} records without`}</p>`
    }`;
}
