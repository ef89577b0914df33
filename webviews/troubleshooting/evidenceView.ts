import { html, nothing, type TemplateResult } from 'lit';
import type { Evidence } from '../../server/protocol/diagnosis.ts';
import { evidenceLocation } from '../../server/protocol/evidenceSource.ts';
import { icon } from '../shared/ui/icons.ts';
import type { Actions } from './actions.ts';
import { formatTime } from './formatTime.ts';

const kinds = {
  log: 'Log',
  file: 'File',
  config: 'Configuration',
  code: 'Code',
  process: 'Process',
  listener: 'Listening port',
  probe: 'Probe',
  filesystem: 'File system',
  host: 'This machine',
  container: 'Container',
  cluster: 'Cluster',
  database: 'Database',
  gpu: 'GPU',
} as const satisfies Record<Evidence['kind'], string>;

/** The facts of a finding, each with its source; a place in a file is a link. */
export function evidenceView(evidence: readonly Evidence[], actions: Actions): TemplateResult | typeof nothing {
  if (evidence.length === 0) return nothing;
  return html`<ul class="evidence">
    ${evidence.map(
      (fact) => html`<li>
        ${icon(fact.kind, kinds[fact.kind])}
        <div class="fact">
          <span class="fact-text">${fact.text}</span>
          <span class="fact-source">${sourceView(fact, actions)}${timeView(fact.time)}</span>
        </div>
      </li>`,
    )}
  </ul>`;
}

function sourceView(fact: Evidence, actions: Actions): TemplateResult {
  if (!evidenceLocation(fact)) return html`<span class="source">${fact.source}</span>`;
  return linkView(fact.source, actions);
}

/** A link that opens `path:line` in the editor. */
export function linkView(source: string, actions: Actions): TemplateResult {
  return html`<button
    type="button"
    role="link"
    class="source link"
    title=${`Open ${source}`}
    @click=${() => actions.openEvidence(source)}
  >${source}</button>`;
}

function timeView(time: string | undefined): TemplateResult | typeof nothing {
  if (time === undefined) return nothing;
  return html`<time datetime=${time} title=${time}>${formatTime(time)}</time>`;
}
