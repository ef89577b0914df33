// A window that diagnoses a folder again and again, with progress, until it is killed: `node busyWindow.ts HOME FOLDER`.
import { runDiagnosis } from '../../server/protocol/diagnosis.ts';
import { openRpcWindow } from './openRpcWindow.ts';

const [home, workspace] = process.argv.slice(2) as [string, string];
const connection = await openRpcWindow(home);
process.stdout.write('connected\n');
for (;;) await connection.sendRequest(runDiagnosis.method, { workspace, progressToken: 'busy' });
