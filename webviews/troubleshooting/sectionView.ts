import { html, nothing, type TemplateResult } from 'lit';
import { type IconName, icon } from '../shared/ui/icons.ts';
import type { Actions } from './actions.ts';

interface Section {
  /** Names the section in the page's memory. */
  id: string;
  icon: IconName;
  title: string;
  /** Left out while it is not known. */
  count?: number;
}

/** A section that the user opens and closes; it stays so when the page is drawn again. */
export function sectionView(section: Section, content: () => TemplateResult, actions: Actions): TemplateResult {
  const open = actions.isOpen(section.id);
  const toggle = ({ currentTarget }: Event): void => {
    if (currentTarget instanceof HTMLDetailsElement) actions.setOpen(section.id, currentTarget.open);
  };
  return html`<details class="section" ?open=${open} @toggle=${toggle}>
    <summary>
      <span class="chevron">${icon('chevron')}</span>
      ${icon(section.icon)}
      <h2>${section.title}</h2>
      ${
        section.count === undefined
          ? nothing
          : html`<span class="badge" aria-label=${`${section.count} entries`}>${section.count}</span>`
      }
    </summary>
    <div class="section-content">${content()}</div>
  </details>`;
}
