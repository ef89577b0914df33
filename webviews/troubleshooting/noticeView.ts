import { html, nothing, type TemplateResult } from 'lit';
import { type IconName, icon } from '../shared/ui/icons.ts';

interface Notice {
  tone: 'info' | 'warn' | 'fail' | 'pass';
  icon: IconName;
  title: string;
  text?: string | undefined;
  buttons?: readonly { title: string; run: () => void; secondary?: boolean }[];
}

/** A narrow message above the verdict, which stays visible below it. */
export function bannerView({ tone, icon: name, title, text, buttons = [] }: Notice): TemplateResult {
  return html`<div class=${`banner ${tone}`} role=${tone === 'fail' ? 'alert' : 'note'}>
    ${icon(name)}
    <div>
      <p class="banner-title">${title}</p>
      ${text === undefined ? nothing : html`<p>${text}</p>`}
      ${buttonsView(buttons)}
    </div>
  </div>`;
}

/** A message that takes the whole page, when there is nothing else to show. */
export function emptyView({ tone, icon: name, title, text, buttons = [] }: Notice): TemplateResult {
  return html`<div class=${`empty ${tone}`}>
    ${icon(name)}
    <h2>${title}</h2>
    ${text === undefined ? nothing : html`<p>${text}</p>`}
    ${buttonsView(buttons)}
  </div>`;
}

function buttonsView(buttons: NonNullable<Notice['buttons']>): TemplateResult | typeof nothing {
  if (buttons.length === 0) return nothing;
  return html`<div class="buttons">
    ${buttons.map(
      ({ title, run, secondary }) =>
        html`<vscode-button appearance=${secondary ? 'secondary' : 'primary'} @click=${run}>${title}</vscode-button>`,
    )}
  </div>`;
}
