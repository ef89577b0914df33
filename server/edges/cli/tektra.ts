#!/usr/bin/env node
// The `tektra` command. This file imports nothing that an old Node cannot load, so that it can say what is missing.
const REQUIRED_NODE_API = 10;
const nodeApi = Number(process.versions.napi ?? 0);

if (nodeApi < REQUIRED_NODE_API) {
  process.stderr.write(
    `tektra: Node.js ${process.versions.node} is too old: its Node-API is ${nodeApi || 'unknown'}, and Tektra needs ${REQUIRED_NODE_API} (Node.js 22.14 or newer).\n` +
      'Install a newer Node.js, or run it inside the project with "npx tektra", which uses the Node.js that the project brings.\n',
  );
  process.exitCode = 2;
} else {
  const { runCli } = await import('./runCli.ts');
  process.exitCode = await runCli(process.argv.slice(2));
  // A resolver or a socket that was given up may still be pending; nothing that it could bring is wanted any more.
  await new Promise((resolve) => process.stdout.write('', resolve));
  process.exit();
}

export {};
