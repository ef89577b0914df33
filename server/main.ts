// The backend under the editor. Imports nothing that an old Node cannot load, so that it can say what is missing.
import { EXIT_CODES } from './protocol/exitCodes.ts';

const REQUIRED_NODE_API = 10;
if (Number(process.versions.napi ?? 0) < REQUIRED_NODE_API) {
  process.stderr.write(
    `tektra: Node.js ${process.versions.node} is too old: its Node-API is ${process.versions.napi ?? 'unknown'}, and Tektra needs ${REQUIRED_NODE_API} (Node.js 22.14 or newer).\n`,
  );
  process.exit(EXIT_CODES.nodeUnsupported);
}

// Set up before anything slow is loaded: an editor that dies while we start must take us along.
let starterGone = false;
let onStarterGone = (): void => {
  starterGone = true;
  process.exit(EXIT_CODES.ok);
};
process.stdin.on('end', () => onStarterGone());
process.stdin.on('error', () => onStarterGone());
process.stdin.resume();

const { runBackend } = await import('./runBackend.ts');
await runBackend({
  onStarterGone: (listener) => {
    if (starterGone) listener();
    onStarterGone = listener;
  },
});
