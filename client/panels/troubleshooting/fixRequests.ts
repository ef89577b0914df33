import type { Finding } from '../../../server/protocol/diagnosis.ts';
import { TektraError } from '../../../server/protocol/errors.ts';
import {
  closeFix,
  continueFix,
  openFixOutput,
  startFix,
  stopFix,
  takeBackFix,
} from '../../../server/protocol/fixState.ts';
import { openHistory, openPast } from '../../../server/protocol/history.ts';
import {
  createSuppression,
  removeSuppression,
  startSuppression,
  stopSuppression,
} from '../../../server/protocol/suppression.ts';
import type { Backend } from '../../backend/backend.ts';
import { showError } from '../../editor/showError.ts';
import type { WorkspaceDiagnosis } from '../../editor/workspaceDiagnosis.ts';
import { type AllowedMessage, allow } from '../relayAllowed.ts';
import { askSuppression } from './askSuppression.ts';
import type { FixFlow } from './fixFlow.ts';
import type { FixPreview } from './fixPreview.ts';
import type { FolderPast } from './folderPast.ts';

export interface FixRequestParts {
  backend: Pick<Backend, 'request'>;
  diagnosis: Pick<WorkspaceDiagnosis, 'of' | 'run' | 'settled'>;
  fixes: FixFlow;
  past: FolderPast;
  preview: FixPreview;
  /** The folder that the view shows. */
  selected: () => string | undefined;
}

/** What a troubleshooting page may ask for that changes something, and of the past. Long ones answer when they have begun. */
export function fixRequests(parts: FixRequestParts): AllowedMessage[] {
  const { backend, diagnosis, fixes, past, preview } = parts;
  const folder = (): string => {
    const selected = parts.selected();
    if (selected === undefined) throw new TektraError('request.invalid', 'No folder is open.');
    return selected;
  };
  const begin = (work: () => Promise<void>): null => {
    work().catch(showError);
    return null;
  };
  const appliedFix = (id: string) => {
    const state = fixes.of(folder());
    const shown = state?.phase === 'done' && state.applied.id === id ? state.applied : undefined;
    const found = shown ?? past.of(folder()).applied?.find((candidate) => candidate.id === id);
    if (!found) throw new TektraError('fix.unknown', 'There is no such fix any more.');
    return found;
  };
  const finding = (id: string): Finding => {
    const found = diagnosis.of(folder()).report?.findings.find((candidate) => candidate.id === id);
    if (!found)
      throw new TektraError('finding.unknown', 'This finding is no longer part of the last diagnosis.', {
        action: 'Diagnose again.',
      });
    return found;
  };
  /** What is shown follows at once. */
  const diagnoseAgain = async (workspace: string): Promise<void> => {
    await diagnosis.settled(workspace);
    await diagnosis.run(workspace, { background: true });
  };

  return [
    allow(startFix, ({ finding: id, fix, keep = false }) =>
      begin(async () => fixes.start(folder(), finding(id), fix, keep)),
    ),
    allow(continueFix, () => {
      fixes.goOn();
      return null;
    }),
    allow(stopFix, () => {
      fixes.stop();
      return null;
    }),
    allow(closeFix, () => {
      fixes.close(folder());
      return null;
    }),
    allow(takeBackFix, ({ id }) => begin(async () => fixes.takeBack(folder(), appliedFix(id)))),
    allow(openFixOutput, ({ id }) => begin(async () => preview.showOutput(appliedFix(id)))),
    allow(openHistory, () => begin(async () => past.open(folder()))),
    allow(openPast, ({ id }) => begin(async () => past.show(folder(), id))),
    allow(startSuppression, ({ finding: id }) =>
      begin(async () => {
        const workspace = folder();
        const { fingerprint, ...rest } = finding(id);
        const terms = await askSuppression(rest);
        if (!terms || fingerprint === undefined) return;
        await backend.request(createSuppression, { workspace, fingerprint, ...terms });
        await diagnoseAgain(workspace);
      }),
    ),
    allow(stopSuppression, ({ id }) =>
      begin(async () => {
        const workspace = folder();
        await backend.request(removeSuppression, { workspace, id });
        await diagnoseAgain(workspace);
      }),
    ),
  ];
}
