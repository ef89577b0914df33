import { html, nothing, type TemplateResult } from 'lit';
import { reopenLog } from '../../server/protocol/logPage.ts';
import type { LogSummary } from '../../server/protocol/logs.ts';
import { icon } from '../shared/ui/icons.ts';
import { compareView } from './compareView.ts';
import { detailView } from './detailView.ts';
import { fieldsView } from './fieldsView.ts';
import { filterView } from './filterView.ts';
import { findingsView } from './findingsView.ts';
import { headView } from './headView.ts';
import { type LogsPage, unseenText } from './logsPage.ts';
import { shortCount } from './numberText.ts';
import { type Side, sides } from './pageMemory.ts';
import { templatesView } from './templatesView.ts';

const sideNames: Readonly<Record<Side, string>> = {
  findings: 'Findings',
  templates: 'Templates',
  fields: 'Fields',
  compare: 'Compare',
};

/** The whole page. The table and the timeline draw themselves; they are put in as they are. */
export function pageView(page: LogsPage): TemplateResult {
  const { summary, page: state, failure } = page.model;
  if (!summary) return openingView(page);
  return html`
    ${headView(page, summary)}
    ${state?.error ? bannerView(page, state.error.message, state.error.action) : nothing}
    ${failure ? bannerView(page, failure.audience === 'user' ? failure.message : 'That did not work; the log of Tektra tells more.', failure.action) : nothing}
    ${filterView(page, summary)}
    <section class="timeline" aria-label="Timeline" ?hidden=${summary.from === undefined}>${page.timeline.element}</section>
    <main class=${page.detail.open ? 'with-detail' : ''}>
      ${sideView(page, summary)}
      <section class="table" aria-label="Records">
        ${page.goesTo ? goToView(page) : nothing}
        ${page.table.element}
        ${
          page.unseen > 0
            ? html`<button type="button" class="unseen" @click=${() => page.toggleFollow()}>${icon('follow')}${unseenText(page.unseen)}</button>`
            : nothing
        }
        ${page.table.count === 0 && page.model.scanning === undefined ? html`<p class="no-rows">${summary.records === 0 ? (summary.state === 'reading' ? 'Reading…' : 'The log is empty.') : 'No record matches the filter.'}</p>` : nothing}
      </section>
      ${page.detail.open ? detailView(page) : nothing}
    </main>
    <footer>
      <span>${page.note ?? ''}</span>
      <span class="keys"><kbd>/</kbd> filter <kbd>n</kbd><kbd>N</kbd> errors <kbd>[</kbd><kbd>]</kbd> same template <kbd>g</kbd> go to <kbd>f</kbd> follow <kbd>Enter</kbd> details</span>
    </footer>
    <p class="visually-hidden" role="status" aria-live="polite">${page.announcement}</p>
  `;
}

function sideView(page: LogsPage, summary: LogSummary): TemplateResult {
  const { side } = page.memory;
  return html`<div class=${`side ${side === undefined ? 'closed' : ''}`}>
    <div class="tabs" role="tablist" aria-label="What stands out" @keydown=${moveTab}>
      ${sides.map((each) => {
        const count =
          each === 'findings'
            ? page.data.findings?.findings.length
            : each === 'templates'
              ? summary.templates
              : undefined;
        return html`<button
          type="button"
          role="tab"
          id=${`tab-${each}`}
          aria-selected=${String(side === each)}
          aria-controls="side-panel"
          tabindex=${side === each || (side === undefined && each === 'findings') ? 0 : -1}
          @click=${() => page.setSide(each)}
        >${sideNames[each]}${count === undefined || count === 0 ? nothing : html`<span class="badge">${shortCount(count)}</span>`}</button>`;
      })}
    </div>
    ${
      side === undefined
        ? nothing
        : html`<div id="side-panel" class="side-panel" role="tabpanel" aria-labelledby=${`tab-${side}`}>
            ${
              side === 'findings'
                ? findingsView(page, summary)
                : side === 'templates'
                  ? templatesView(page)
                  : side === 'fields'
                    ? fieldsView(page)
                    : compareView(page)
            }
          </div>`
    }
  </div>`;
}

/** Left and right go from tab to tab, as in every row of tabs. */
function moveTab(event: KeyboardEvent): void {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  const { currentTarget, target } = event;
  if (step === 0 || !(currentTarget instanceof HTMLElement) || !(target instanceof HTMLElement)) return;
  const tabs = [...currentTarget.querySelectorAll<HTMLElement>('[role="tab"]')];
  tabs[(tabs.indexOf(target) + step + tabs.length) % tabs.length]?.focus();
  event.preventDefault();
}

function goToView(page: LogsPage): TemplateResult {
  const submit = (event: Event): void => {
    event.preventDefault();
    const input = event.currentTarget instanceof HTMLFormElement ? event.currentTarget.querySelector('input') : null;
    void page.travel.goTo(input?.value ?? '');
  };
  const close = ({ key }: KeyboardEvent): void => {
    if (key === 'Escape') page.travel.closeGoTo();
  };
  return html`<form class="go-to" @submit=${submit} @keydown=${close}>
    <input id="go-to" type="text" aria-label="Go to a line or a time" placeholder="Line, or time: 14:03:05" spellcheck="false" autocomplete="off" />
  </form>`;
}

function openingView(page: LogsPage): TemplateResult {
  const error = page.model.page?.error ?? page.model.failure;
  if (error === undefined)
    return html`<div class="opening">${icon('spinner')}<p>Opening ${page.model.page?.title ?? 'the log'}…</p></div>`;
  return html`<div class="opening failed">
    ${icon('error')}
    <h1>This log cannot be opened</h1>
    <p>${error.message}${error.action === undefined ? '' : ` ${error.action}`}</p>
    <button type="button" class="action" @click=${() => page.askClient(reopenLog)}>Try again</button>
  </div>`;
}

function bannerView(page: LogsPage, message: string, action: string | undefined): TemplateResult {
  return html`<div class="banner" role="alert">${icon('error')}<p>${message}${action === undefined ? '' : ` ${action}`}</p>
    <button type="button" class="link" @click=${() => page.askClient(reopenLog)}>Open again</button>
    <button type="button" class="icon-button" title="Dismiss" @click=${() => page.dismiss()}>${icon('close', 'Dismiss')}</button></div>`;
}
