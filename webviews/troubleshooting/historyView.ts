import { html, nothing, type TemplateResult } from 'lit';
import type { HistoryEntry } from '../../server/protocol/history.ts';
import { type IconName, icon } from '../shared/ui/icons.ts';
import type { Actions } from './actions.ts';
import { formatDuration, formatMinute } from './formatTime.ts';
import { sectionView } from './sectionView.ts';

const looks = {
  pass: { icon: 'pass', label: 'Healthy' },
  warn: { icon: 'warning', label: 'Something to look at' },
  fail: { icon: 'error', label: 'Problem' },
} as const satisfies Record<HistoryEntry['status'], { icon: IconName; label: string }>;

/** The past diagnoses of the folder; runs in a row that said the same are one entry. It is loaded once it is opened. */
export function historyView(history: readonly HistoryEntry[] | undefined, actions: Actions): TemplateResult {
  return sectionView(
    { id: 'history', icon: 'history', title: 'History', ...(history && { count: history.length }) },
    () => {
      if (!history) return html`<p class="quiet">Loading…</p>`;
      if (history.length === 0) return html`<p class="quiet">No diagnosis was kept yet.</p>`;
      return html`<ul class="others entries">${history.map((entry) => entryView(entry, actions))}</ul>`;
    },
    actions,
  );
}

function entryView(entry: HistoryEntry, actions: Actions): TemplateResult {
  const look = looks[entry.status];
  const said = entry.root?.summary ?? 'Healthy';
  return html`<li data-entry=${entry.id}>
    <span class=${`status ${entry.status}`}>${icon(look.icon, look.label)}</span>
    <div class="entry">
      <button type="button" class="link entry-title" aria-label=${`Open the diagnosis of ${formatMinute(entry.lastAt)}: ${said}`} @click=${() => actions.openPast(entry.id)}>${said}</button>
      <p class="quiet">
        <time datetime=${entry.lastAt}>${formatMinute(entry.lastAt)}</time> ·
        ${
          entry.runs === 1
            ? formatDuration(entry.durationMs)
            : html`${entry.runs} runs since <time datetime=${entry.startedAt}>${formatMinute(entry.startedAt)}</time>`
        }${entry.root === undefined ? nothing : html` · <code>${entry.root.cause}</code>`}${entry.suppressed === 0 ? nothing : html` · ${entry.suppressed} suppressed`}
      </p>
    </div>
  </li>`;
}
