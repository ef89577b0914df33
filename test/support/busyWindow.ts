// A window that diagnoses a folder again and again until it is killed: `node busyWindow.ts HOME FOLDER`.
// Says `busy` at the first progress, so that whoever reads it knows that a diagnosis goes on.
import { diagnosisProgress, runDiagnosis } from '../../server/protocol/diagnosis.ts';
import { openRpcWindow } from './openRpcWindow.ts';

const [home, workspace] = process.argv.slice(2) as [string, string];
const connection = await openRpcWindow(home);
const subscription = connection.onProgress(diagnosisProgress, 'busy', () => {
  subscription.dispose();
  process.stdout.write('busy\n');
});
for (;;) await connection.sendRequest(runDiagnosis.method, { workspace, progressToken: 'busy' });
