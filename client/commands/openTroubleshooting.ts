import type { TroubleshootingPages } from '../panels/troubleshooting/troubleshootingPages.ts';

/** Shows the troubleshooting view in the side bar. */
export function openTroubleshooting(pages: TroubleshootingPages): Promise<void> {
  return pages.openView();
}
