import { html, svg, type TemplateResult } from 'lit';
import { levelShapes, levelSigns, levelText } from './levels.ts';

/** The shape of a level in its colour. Beside text that names the level it says nothing to screen readers. */
export function levelView(level: number, label?: string): TemplateResult {
  const drawing = svg`<svg class="level-shape" viewBox="0 0 12 12" aria-hidden="true" focusable="false"><path
    d=${levelShapes[level] ?? ''}
  /><path class="sign" d=${levelSigns[level] ?? ''} /></svg>`;
  return label === undefined
    ? html`<span class=${`level level-${level}`}>${drawing}</span>`
    : html`<span class=${`level level-${level}`} role="img" aria-label=${label} title=${label}>${drawing}</span>`;
}

/** As above, with the level's name for screen readers. */
export function namedLevelView(level: number): TemplateResult {
  return levelView(level, levelText(level));
}
