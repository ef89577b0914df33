import { html, nothing, svg, type TemplateResult } from 'lit';
import { icon } from '../shared/ui/icons.ts';
import { fieldTerm } from './filterText.ts';
import { templateText } from './findingsView.ts';
import { levelOf } from './levels.ts';
import { namedLevelView } from './levelView.ts';
import type { LogsPage } from './logsPage.ts';
import { countOf, countText, shortCount } from './numberText.ts';
import type { TemplateOrder, Templates } from './sideData.ts';
import { lengthText } from './timeText.ts';

const orders: Readonly<Record<TemplateOrder, string>> = {
  count: 'Most frequent',
  rare: 'Rarest',
  first: 'First seen',
  last: 'Last seen',
};

/** The kinds of messages of the listed records. */
export function templatesView(page: LogsPage): TemplateResult {
  const { templates, templateOrder } = page.data;
  const choose = ({ currentTarget }: Event): void => {
    if (!(currentTarget instanceof HTMLSelectElement)) return;
    page.data.templateOrder = currentTarget.value as TemplateOrder;
    void page.data.loadTemplates();
  };
  return html`
    <div class="side-bar">
      <span class="quiet">${templates ? countOf(templates.total, 'template') : 'Loading…'}</span>
      <select aria-label="Order" .value=${templateOrder} @change=${choose}>
        ${Object.entries(orders).map(([order, text]) => html`<option value=${order} ?selected=${order === templateOrder}>${text}</option>`)}
      </select>
    </div>
    ${
      templates
        ? html`<ul class="templates" aria-label="Templates">
            ${templates.templates.map((template) => oneView(page, template))}
          </ul>`
        : nothing
    }
    ${
      templates && templates.total > templates.templates.length
        ? html`<p class="quiet pad">The first ${countText(templates.templates.length)}; a filter or another order shows others.</p>`
        : nothing
    }
  `;
}

function oneView(page: LogsPage, template: Templates['templates'][number]): TemplateResult {
  const level = levelOf(template.level);
  const durations =
    template.p50 === undefined
      ? ''
      : `p50 ${lengthText(template.p50)}${template.p99 === undefined ? '' : ` · p99 ${lengthText(template.p99)}`}`;
  return html`<li>
    <button type="button" class=${`template level-${level}`} title=${`Show all like this: ${template.text}`} @click=${() => page.addTerm(fieldTerm('template', template.id))}>
      <span class="template-text">${namedLevelView(level)}<code>${templateText(template.text)}</code></span>
      <span class="template-facts">
        <b>${shortCount(template.count)}</b>
        ${sparkline(template.spark)}
        ${trendView(template.trend)}
        <span class="quiet">${durations}</span>
      </span>
    </button>
  </li>`;
}

const SPARK_WIDTH = 72;
const SPARK_HEIGHT = 14;

/** Counts over time as small bars. */
export function sparkline(counts: readonly number[]): TemplateResult | typeof nothing {
  const most = Math.max(0, ...counts);
  if (most === 0) return nothing;
  return html`<svg class="spark" viewBox=${`0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`} aria-hidden="true">${svg`<path d=${sparkPath(counts)} />`}</svg>`;
}

/** One bar for each count; a count that is not 0 is seen. */
export function sparkPath(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  const width = SPARK_WIDTH / counts.length;
  return counts
    .map((count, at) => {
      if (count === 0) return '';
      const height = Math.max(1.5, (count / most) * SPARK_HEIGHT);
      return `M${round(at * width)} ${SPARK_HEIGHT}v${-round(height)}h${round(width - 0.75)}v${round(height)}Z`;
    })
    .join('');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** More or fewer than before, in words; as often as before is not worth a word. */
function trendView(trend: number | undefined): TemplateResult | typeof nothing {
  const text = trendText(trend);
  return text === undefined
    ? nothing
    : html`<span class="trend" title="Records a minute in the last quarter, against before">${icon('trend')}${text}</span>`;
}

export function trendText(trend: number | undefined): string | undefined {
  if (trend === undefined || !Number.isFinite(trend) || (trend > 0.67 && trend < 1.5)) return undefined;
  if (trend === 0) return 'stopped';
  return trend >= 1.5
    ? `× ${Number(trend.toFixed(trend < 10 ? 1 : 0))}`
    : `÷ ${Number((1 / trend).toFixed(trend > 0.1 ? 1 : 0))}`;
}
