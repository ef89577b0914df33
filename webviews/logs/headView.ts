import { html, nothing, type TemplateResult } from 'lit';
import { reopenLog } from '../../server/protocol/logPage.ts';
import type { LogSummary } from '../../server/protocol/logs.ts';
import { type IconName, icon } from '../shared/ui/icons.ts';
import type { LogsPage } from './logsPage.ts';
import { countOf, percentText, sizeText } from './numberText.ts';
import { rangeText } from './timeText.ts';

/** What is opened, how far it is read, and what can be done with the whole of it. */
export function headView(page: LogsPage, summary: LogSummary): TemplateResult {
  const { memory, following, model } = page;
  const follows = summary.state === 'following' || summary.state === 'reading';
  return html`<header>
    <div class="title">
      <h1 title=${summary.sources.map(({ name }) => name).join('\n')}>${model.page?.title ?? ''}</h1>
      <p class="facts">${factsView(summary)} ${stateView(page, summary)}</p>
    </div>
    <div class="tools" role="toolbar" aria-label="Log">
      ${
        follows
          ? toolView(
              following ? 'pause' : 'follow',
              following ? 'Pause' : model.pausedAt === undefined ? 'Follow' : 'Resume',
              'Stay at the newest record (F)',
              following,
              () => page.toggleFollow(),
            )
          : nothing
      }
      ${toolView('list', 'Templates', 'What kinds of messages there are', memory.side === 'templates', () => page.setSide('templates'))}
      ${toolView('compare', 'Compare', 'Compare two ranges of time, or two logs', memory.side === 'compare', () => page.setSide('compare'))}
      ${toolView('save', 'Export', 'Write the listed records into a file', undefined, () => void page.errands.exportView())}
    </div>
  </header>`;
}

function toolView(
  name: IconName,
  text: string,
  title: string,
  pressed: boolean | undefined,
  run: () => void,
): TemplateResult {
  return html`<button
    type="button"
    class="tool"
    aria-label=${text}
    title=${title}
    aria-pressed=${pressed === undefined ? nothing : String(pressed)}
    @click=${run}
  >${icon(name)}<span>${text}</span></button>`;
}

function factsView(summary: LogSummary): TemplateResult {
  const formats = [...new Set(summary.sources.map(({ format }) => format))];
  const bytes = summary.sources.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
  const facts = [
    summary.sources.length > 1 ? countOf(summary.sources.length, 'source') : '',
    formats.length > 2 ? countOf(formats.length, 'format') : formats.join(', '),
    bytes === 0 ? '' : sizeText(bytes),
    countOf(summary.records, 'record'),
    summary.from === undefined || summary.to === undefined ? '' : rangeText(summary.from, summary.to),
  ];
  return html`${facts.filter((fact) => fact !== '').map((fact) => html`<span class="fact">${fact}</span>`)}`;
}

function stateView(page: LogsPage, { state, sources, notices, error }: LogSummary): TemplateResult {
  const done = sources.reduce((sum, { indexedBytes }) => sum + indexedBytes, 0);
  const all = sources.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
  return html`${
    state === 'reading'
      ? html`<span class="fact state reading"
          >${icon('spinner')}Reading${all === 0 ? '…' : ` ${percentText(done / all)}`}
          ${all === 0 ? nothing : html`<progress aria-label="Reading the log" max="1" .value=${done / all}></progress>`}
        </span>`
      : state === 'following'
        ? html`<span class="fact state following">${page.model.pausedAt === undefined ? html`<i class="live"></i>Live` : html`${icon('pause')}Paused`}</span>`
        : state === 'failed'
          ? html`<span class="fact state failed">${icon('error')}${error ?? 'It cannot be read any further.'}
              <button type="button" class="link" @click=${() => page.askClient(reopenLog)}>Open again</button></span>`
          : nothing
  }${
    notices.length === 0
      ? nothing
      : html`<details class="notices fact">
          <summary>${icon('warning')}${countOf(notices.length, 'notice')}</summary>
          <ul>
            ${notices.map(
              ({ source, line, text }) =>
                html`<li><span class="place">${source}${line === undefined ? '' : `:${line}`}</span> ${text}</li>`,
            )}
          </ul>
        </details>`
  }`;
}
