import type { Troubleshooting } from '../panels/troubleshooting/troubleshooting.ts';
import type { TroubleshootingPages } from '../panels/troubleshooting/troubleshootingPages.ts';

/** Shows the view with the choice of a category and the field for a symptom. */
export function openGuide(pages: TroubleshootingPages, troubleshooting: Troubleshooting): Promise<void> {
  troubleshooting.showGuide(true);
  return pages.openView();
}
