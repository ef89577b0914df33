import { html, nothing, type TemplateResult } from 'lit';
import type { Finding } from '../../server/protocol/diagnosis.ts';
import { icon } from '../shared/ui/icons.ts';
import type { Actions } from './actions.ts';
import { evidenceView } from './evidenceView.ts';
import { fixesView } from './fixesView.ts';
import { formatDay } from './formatTime.ts';
import type { RootCause } from './verdict.ts';

/** A root cause: what it is, the way from the symptom to it, the facts that prove it, and the fixes. */
export function rootCauseView(root: RootCause, status: 'warn' | 'fail', actions: Actions): TemplateResult {
  const { finding } = root;
  return html`<article class=${`card ${status}`} aria-label=${`Root cause: ${finding.summary}`} data-cause=${finding.cause}>
    <p class="overline">Root cause</p>
    <h2 class="summary">${finding.summary}</h2>
    ${metaView(finding)}
    ${seenView(finding)}
    ${chainView(root, actions)}
    ${
      finding.evidence.length === 0
        ? nothing
        : html`<h3>Evidence</h3>
            ${evidenceView(finding.evidence, actions)}`
    }
    ${fixesView(finding, actions)}
    ${suppressView(finding, actions)}
  </article>`;
}

function metaView(finding: Finding): TemplateResult {
  return html`<div class="meta">
    <span class=${`chip ${finding.confidence}`}>${finding.confidence === 'proved' ? 'Proved' : 'Likely'}</span>
    <span class="target" title="What is affected">${finding.target}</span>
    <span title="Category">${finding.category}</span>
    <code title="Cause">${finding.cause}</code>
  </div>`;
}

/** That it is not the first time, and what helped then. */
function seenView({ seenBefore }: Finding): TemplateResult | typeof nothing {
  if (!seenBefore) return nothing;
  const { count, firstAt, lastAt, fixedBy } = seenBefore;
  return html`<p class="seen">${icon('history')}<span>${
    count === 1
      ? html`Seen once before: ${timeView(lastAt)}.`
      : html`Seen ${count} times before: first ${timeView(firstAt)}, last ${timeView(lastAt)}.`
  }${fixedBy === undefined ? nothing : html` Last time this fixed it: <strong>${fixedBy.title}</strong>.`}</span></p>`;
}

function timeView(time: string): TemplateResult {
  return html`<time datetime=${time} title=${time}>${formatDay(time)}</time>`;
}

function suppressView(finding: Finding, actions: Actions): TemplateResult | typeof nothing {
  if (actions.readOnly || finding.fingerprint === undefined) return nothing;
  return html`<p class="card-actions">
    <button type="button" class="link" aria-label=${`Suppress: ${finding.summary}`} @click=${() => actions.suppress(finding.id)}>Suppress…</button>
  </p>`;
}

/** From the outermost symptom down to the root: each step happens because of the next. */
function chainView(root: RootCause, actions: Actions): TemplateResult | typeof nothing {
  if (root.consequences.length === 0) return nothing;
  const steps = root.consequences.toReversed();
  return html`<h3>What you see, and why</h3>
    <ol class="chain">
      ${steps.map(
        (level, index) =>
          html`<li>${index === 0 ? nothing : becauseView()}${level.map((finding) => stepView(finding, actions))}</li>`,
      )}
      <li class="chain-root">${becauseView()}<span class="step">${icon('error')}of the root cause: <code>${root.finding.cause}</code>, ${root.finding.target}</span></li>
    </ol>`;
}

/** Read aloud and by the eye, the chain is one sentence. */
function becauseView(): TemplateResult {
  return html`<span class="because">because</span> `;
}

function stepView(finding: Finding, actions: Actions): TemplateResult {
  const section = `finding-${finding.cause}-${finding.target}`;
  const toggle = ({ currentTarget }: Event): void => {
    if (currentTarget instanceof HTMLDetailsElement) actions.setOpen(section, currentTarget.open);
  };
  return html`<details ?open=${actions.isOpen(section)} @toggle=${toggle}>
    <summary class="step"><span>${finding.summary}</span><span class="chevron">${icon('chevron')}</span></summary>
    <div class="step-content">${metaView(finding)} ${evidenceView(finding.evidence, actions)} ${seenView(finding)} ${fixesView(finding, actions)} ${suppressView(finding, actions)}</div>
  </details>`;
}
