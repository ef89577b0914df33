import type { TroubleshootingPages } from '../panels/troubleshooting/troubleshootingPages.ts';

/** Shows the troubleshooting page as an editor tab, where it is wide enough to read at length. */
export function openPanel(pages: TroubleshootingPages): void {
  pages.openPanel();
}
