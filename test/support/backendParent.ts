// Stands for an extension host: starts the backend with the real launcher, then keeps it busy until somebody kills it.
// `node backendParent.ts STATE_FOLDER SERVER_MODULE WORKSPACE EDITOR_PID`; tells "starting" and "running", a line each.
import { Backend } from '../../client/backend/backend.ts';
import { runDiagnosis } from '../../server/protocol/diagnosis.ts';
import { openPlainTransport } from './openPlainTransport.ts';

const [home, serverModule, workspace, editor] = process.argv.slice(2) as [string, string, string, string];
const log = { info: () => undefined, warn: console.error, error: console.error };
const backend = new Backend({
  serverModule,
  nodePath: process.execPath,
  home,
  clientName: 'parent',
  clientVersion: '0.0.0',
  openTransport: openPlainTransport,
  editorPid: editor === 'self' ? process.pid : Number(editor),
  log,
});
process.stdout.write('starting\n');
await backend.start();
process.stdout.write('running\n');
// Whatever the backend has running when we die must go as well: its observers' own processes too.
for (;;) await backend.request(runDiagnosis, { workspace });
