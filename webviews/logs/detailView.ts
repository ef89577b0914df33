import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../shared/ui/icons.ts';
import { excluded, fieldTerm } from './filterText.ts';
import { levelOf, levelText } from './levels.ts';
import { levelView } from './levelView.ts';
import type { RecordDetail } from './logModel.ts';
import type { LogsPage } from './logsPage.ts';
import { countOf, countText } from './numberText.ts';
import { clockText, dayText, lengthText, rangeText } from './timeText.ts';

/** One record whole, and what leads on from it. */
export function detailView(page: LogsPage): TemplateResult {
  const { detail } = page;
  const { whole, error } = detail;
  return html`<aside class="detail" aria-label="Record">
    <div class="detail-head">
      <h2>${whole ? html`${levelPart(whole)}<span class="place" title=${whole.file}>${fileName(whole.file)}:${countText(whole.line)}${whole.endLine > whole.line ? `–${countText(whole.endLine)}` : ''}</span>` : 'Record'}</h2>
      <button type="button" class="icon-button" title="Copy as JSON" ?disabled=${!whole} @click=${() => void detail.copy(detail.asJson())}>${icon('copy', 'Copy as JSON')}</button>
      <button type="button" class="icon-button" title="Open in the editor at this line" ?disabled=${!whole} @click=${() => void detail.openInEditor()}>${icon('open', 'Open in the editor at this line')}</button>
      <button type="button" class="icon-button" title="Close (Escape)" @click=${() => page.toggleDetail(false)}>${icon('close', 'Close')}</button>
    </div>
    <div class="detail-body">
      ${detail.note === undefined ? nothing : html`<p class="note" role="status">${detail.note}</p>`}
      ${detail.around ? aroundView(page) : nothing}
      ${
        whole
          ? wholeView(page, whole)
          : error
            ? html`<p class="failed">${icon('error')} ${error.message}${error.action === undefined ? '' : ` ${error.action}`}</p>`
            : html`<p class="quiet">${detail.record === undefined ? 'Select a record to see it whole.' : 'Loading…'}</p>`
      }
    </div>
  </aside>`;
}

function levelPart({ level }: RecordDetail): TemplateResult | typeof nothing {
  return level === undefined
    ? nothing
    : html`<span class=${`level-name level-${levelOf(level)}`}>${levelView(levelOf(level))}${levelText(levelOf(level))}</span>`;
}

function wholeView(page: LogsPage, whole: RecordDetail): TemplateResult {
  const { detail } = page;
  return html`
    <p class="whole-message" dir="ltr">${whole.message}</p>
    ${whole.notes.length === 0 ? nothing : html`<ul class="record-notes">${whole.notes.map((note) => html`<li>${note}</li>`)}</ul>`}
    ${actionsView(page, whole)}
    ${factsView(page, whole)}
    ${framesView(page, whole)}
    ${fieldsView(page, whole)}
    ${templateView(whole)}
    <section aria-label="As written">
      <h3><button type="button" class="fold" aria-expanded=${String(detail.raw)} @click=${() => {
        detail.raw = !detail.raw;
        page.redraw();
      }}><span class="chevron">${icon('chevron')}</span>As written</button></h3>
      ${detail.raw ? html`<pre class="raw" dir="ltr">${whole.text}</pre>${whole.cut ? html`<p class="quiet">Cut: the record is longer.</p>` : nothing}` : nothing}
    </section>
  `;
}

function actionsView(page: LogsPage, whole: RecordDetail): TemplateResult {
  const { component, traceId, template, record } = whole;
  const time = whole.time === undefined ? undefined : Date.parse(whole.time);
  const actions: [string, (() => void) | undefined][] = [
    ['All like this', () => page.addTerm(fieldTerm('template', template.id))],
    ['This component', component === undefined ? undefined : () => page.addTerm(fieldTerm('component', component))],
    ['This trace', traceId === undefined ? undefined : () => page.addTerm(fieldTerm('trace', traceId))],
    ['Surrounding 30 s', time === undefined ? undefined : () => void page.travel.showAround(time, record)],
    ['Open in editor', () => void page.detail.openInEditor()],
  ];
  return html`<div class="actions" role="group" aria-label="From here">
    ${actions.map(([text, run]) => (run ? html`<button type="button" class="action" @click=${run}>${text}</button>` : nothing))}
  </div>`;
}

function factsView(page: LogsPage, whole: RecordDetail): TemplateResult {
  const utc = page.memory.timeMode === 'utc';
  const time = whole.time === undefined ? undefined : Date.parse(whole.time);
  const facts: [string, string | undefined, string?][] = [
    ['time', time === undefined ? undefined : `${dayText(time, utc)} ${clockText(time, utc)}${utc ? ' UTC' : ''}`],
    ['component', whole.component, 'component'],
    ['duration', whole.durationMs === undefined ? undefined : lengthText(whole.durationMs)],
    ['trace', whole.traceId, 'trace'],
  ];
  return html`<dl class="facts-list">
    ${facts.map(([name, value, field]) => (value === undefined ? nothing : pairView(page, name, value, field)))}
  </dl>`;
}

function fieldsView(page: LogsPage, { fields }: RecordDetail): TemplateResult | typeof nothing {
  const pairs = flatFields(fields ?? {});
  if (pairs.length === 0) return nothing;
  return html`<section aria-label="Fields">
    <h3>Fields</h3>
    <dl class="facts-list">${pairs.map(([name, value]) => pairView(page, name, value, name))}</dl>
  </section>`;
}

function pairView(page: LogsPage, name: string, value: string, field: string | undefined): TemplateResult {
  return html`<dt>${name}</dt>
    <dd>
      <span dir="ltr">${value}</span>
      ${
        field === undefined
          ? nothing
          : html`<span class="pair-tools">
              <button type="button" class="icon-button" title=${`Only ${name} ${value}`} @click=${() => page.addTerm(fieldTerm(field, value))}>${icon('plus', `Only this ${name}`)}</button>
              <button type="button" class="icon-button" title=${`Without ${name} ${value}`} @click=${() => page.addTerm(excluded(fieldTerm(field, value)))}>${icon('minus', `Without this ${name}`)}</button>
              <button type="button" class="icon-button" title=${`Group by ${name}`} @click=${() => page.addField(field)}>${icon('list', `Group by ${name}`)}</button>
            </span>`
      }
    </dd>`;
}

/** Nested objects by dotted names; what is no text is written as JSON. */
export function flatFields(fields: Readonly<Record<string, unknown>>, prefix = '', depth = 0): [string, string][] {
  return Object.entries(fields).flatMap(([name, value]): [string, string][] => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isObject && depth < 4 && Object.keys(value).length > 0) return flatFields({ ...value }, path, depth + 1);
    return [[path, typeof value === 'string' ? value : (JSON.stringify(value) ?? '')]];
  });
}

function framesView({ detail }: LogsPage, { frames }: RecordDetail): TemplateResult | typeof nothing {
  if (frames.length === 0) return nothing;
  return html`<section aria-label="Stack trace">
    <h3>Stack trace</h3>
    <ol class="frames">
      ${frames.map(({ text, file, line }, at) =>
        detail.frames[at]
          ? html`<li><button type="button" role="link" class="link" title=${`Open ${file}${line === undefined ? '' : `:${line}`}`} @click=${() => void detail.openFrame(at)}>${text}</button></li>`
          : html`<li dir="ltr">${text}</li>`,
      )}
    </ol>
  </section>`;
}

function templateView({
  template,
  parameters,
  templateCount,
  templateFirst,
  templateLast,
  because,
}: RecordDetail): TemplateResult {
  const when =
    templateFirst === undefined || templateLast === undefined ? '' : `, ${rangeText(templateFirst, templateLast)}`;
  const parts = template.text.split('<*>');
  return html`<section aria-label="Template">
    <h3>Template ${template.id}</h3>
    <code class="template-whole">${parts.map((part, at) => {
      if (at === 0) return part;
      const parameter = parameters[at - 1];
      return html`<span class="parameter value" title=${parameter?.type ?? 'differs from record to record'}>${parameter?.text ?? '∗'}</span>${part}`;
    })}</code>
    <p class="quiet">${countOf(templateCount, 'record')}${when}${because === undefined ? '' : html`<br />${because}`}</p>
  </section>`;
}

function aroundView(page: LogsPage): TemplateResult {
  const { around = [], record } = page.detail;
  return html`<section aria-label="Lines around">
    <h3>Lines around</h3>
    <ol class="around">
      ${around.map(
        (row) => html`<li class=${`level-${row.level}`} aria-current=${row.record === record ? 'true' : nothing}>
          <span class="place">${countText(row.line)}</span> <span dir="ltr">${row.message}</span>
        </li>`,
      )}
    </ol>
  </section>`;
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
