import { TektraError } from '../../server/protocol/errors.ts';
import type { WorkspaceDiagnosis } from '../editor/workspaceDiagnosis.ts';
import type { WorkspaceFolders } from '../editor/workspaceFolders.ts';
import type { TroubleshootingPages } from '../panels/troubleshooting/troubleshootingPages.ts';

/**
 * Diagnoses every folder of the window, about nothing in particular, and shows the view. Another extension may pass one folder's absolute path.
 * @throws TektraError workspace.untrusted, workspace.unreadable (no folder on the local disk)
 */
export async function runDiagnosis(
  folders: WorkspaceFolders,
  diagnosis: WorkspaceDiagnosis,
  pages: TroubleshootingPages,
  only: unknown,
): Promise<void> {
  if (!folders.trusted) {
    throw new TektraError('workspace.untrusted', 'In an untrusted workspace nothing is diagnosed.', {
      action: 'Trust the workspace first.',
    });
  }
  const wanted = folders.list().filter(({ path }) => typeof only !== 'string' || path === only);
  if (wanted.length === 0) {
    throw new TektraError('workspace.unreadable', 'There is no folder on the local disk to diagnose.', {
      action: 'Open a folder first.',
    });
  }
  await pages.openView();
  // One after the other: folders of one window often use the same ports and databases.
  for (const { path } of wanted) await diagnosis.run(path, { background: false, question: {} });
}
