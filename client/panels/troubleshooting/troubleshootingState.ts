import type { FixState } from '../../../server/protocol/fixState.ts';
import type { BackendState } from '../../../server/protocol/health.ts';
import type { TroubleshootingState } from '../../../server/protocol/troubleshooting.ts';
import type { FolderDiagnosis } from '../../editor/workspaceDiagnosis.ts';
import type { LocalFolder } from '../../editor/workspaceFolders.ts';
import type { Past } from './folderPast.ts';

export interface TroubleshootingInput {
  backend: BackendState;
  trusted: boolean;
  folders: readonly LocalFolder[];
  unsupported: readonly string[];
  /** The folder that the user chose, if it is still open. */
  chosen: string | undefined;
  /** Default: the guide is shown only while there is nothing else. */
  guide?: boolean;
  of: (folder: string) => FolderDiagnosis;
  fixOf?: (folder: string) => FixState | undefined;
  pastOf?: (folder: string) => Past;
}

/** Fixes and past diagnoses that the view lists; the command line lists all. */
const MAX_APPLIED = 10;
const MAX_HISTORY = 100;

/** All that the view needs to draw itself. Without a choice of the user, the first folder with a problem is shown. */
export function troubleshootingState(input: TroubleshootingInput): TroubleshootingState {
  const { folders, of } = input;
  const selected = selectedFolder(input);
  const { report, running, error } = selected === undefined ? {} : of(selected);
  const fix = selected === undefined ? undefined : input.fixOf?.(selected);
  const { applied, history, past } = (selected === undefined ? undefined : input.pastOf?.(selected)) ?? {};
  return {
    backend: input.backend,
    trusted: input.trusted,
    workspaces: folders.map(({ path, name }) => {
      const status = of(path).report?.status;
      return status === undefined ? { path, name } : { path, name, status };
    }),
    ...(input.unsupported.length > 0 && { unsupported: [...input.unsupported] }),
    ...(selected !== undefined && { selected }),
    ...(report && { report }),
    ...(running && { running }),
    ...(input.guide && { guide: true }),
    ...(error && { error }),
    ...(fix && { fix }),
    ...(applied && { applied: applied.slice(0, MAX_APPLIED) }),
    ...(history && { history: history.slice(0, MAX_HISTORY) }),
    ...(past && { past }),
  };
}

/** The chosen folder while it is open; else the first with a problem; else the first. */
export function selectedFolder({ folders, chosen, of }: Pick<TroubleshootingInput, 'folders' | 'chosen' | 'of'>) {
  const paths = folders.map(({ path }) => path);
  if (chosen !== undefined && paths.includes(chosen)) return chosen;
  return paths.find((path) => of(path).report?.findings.length) ?? paths[0];
}
