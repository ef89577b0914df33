import { chmod, chown, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe } from 'vitest';
import { describeIncidents } from '../support/describeIncidents.ts';
import { requireSystem } from '../support/requireSystem.ts';
import type { Scenario } from '../support/scenario.ts';

const root = requireSystem('root');
const NOBODY = 65_534;
const PACKAGE = '{ "name": "vault", "scripts": { "start": "node index.js" } }\n';
const RUN = ['node', 'index.js'] as const;
const STAY = "require('node:http').createServer().listen(@PORT@, '127.0.0.1', () => console.log('up'));\n";

/** Others may enter the workspace; the log folder is there. Then `modes` are set, by path. */
const modes =
  (list: Record<string, number>) =>
  async (scenario: Scenario): Promise<void> => {
    await chmod(path.dirname(scenario.workspace), 0o755);
    await chmod(scenario.workspace, 0o755);
    await mkdir(path.join(scenario.workspace, 'logs'), { recursive: true });
    for (const [file, mode] of Object.entries(list)) await chmod(path.join(scenario.workspace, file), mode);
  };

describe.skipIf(!root.available)('as another user', () => {
  describeIncidents('file.permission', [
    {
      name: 'a key that only root may read',
      files: {
        'package.json': PACKAGE,
        'keys/app.key': 'k',
        'index.js': `require('node:fs').readFileSync('keys/app.key');\n${STAY}`,
      },
      prepare: modes({ 'keys/app.key': 0o600 }),
      start: RUN,
      options: { uid: NOBODY },
      root: {
        cause: 'file.permission',
        target: 'vault',
        mentions: ['keys/app.key', '0600', /read/, 'index.js:1'],
        confidence: 'proved',
      },
    },
    {
      name: 'Python, a file without any mode',
      files: {
        Procfile: 'job: python3 job.py\n',
        'data/in.csv': '1',
        'job.py': "print('start')\nopen('data/in.csv').read()\n",
      },
      prepare: modes({ 'data/in.csv': 0o000 }),
      start: ['/usr/bin/python3', 'job.py'],
      options: { uid: NOBODY },
      root: { cause: 'file.permission', target: 'job', mentions: ['data/in.csv', '0000'] },
    },
    {
      name: 'a folder that may not be entered',
      files: { Procfile: 'job: python3 job.py\n', 'secrets/db/dsn': '1', 'job.py': "open('secrets/db/dsn')\n" },
      prepare: modes({ secrets: 0o700 }),
      start: ['/usr/bin/python3', 'job.py'],
      options: { uid: NOBODY },
      root: { cause: 'file.permission', mentions: ['secrets/db/dsn', /folder .*secrets.* may not be entered/] },
    },
    {
      name: 'an upload folder that may not be written',
      files: {
        'package.json': PACKAGE,
        'uploads/.keep': '',
        'index.js': `require('node:fs').mkdirSync('uploads/2026');\n${STAY}`,
      },
      prepare: modes({ uploads: 0o755 }),
      start: RUN,
      options: { uid: NOBODY },
      root: { cause: 'file.permission', mentions: ['uploads', /writ/] },
    },
    {
      name: 'a data file that may be read and not written',
      files: { Procfile: 'job: python3 job.py\n', 'state.json': '{}', 'job.py': "open('state.json', 'a')\n" },
      prepare: modes({ 'state.json': 0o644 }),
      start: ['/usr/bin/python3', 'job.py'],
      options: { uid: NOBODY },
      root: { cause: 'file.permission', mentions: ['state.json', '0644', /writ/] },
    },
    {
      name: 'its own log folder',
      files: {
        'package.json': PACKAGE,
        'log/.keep': '',
        'index.js': `const out = require('node:fs').createWriteStream('log/today.txt', { flags: 'a' });\nout.write('hello');\n${STAY}`,
      },
      prepare: modes({ log: 0o755 }),
      start: RUN,
      options: { uid: NOBODY },
      root: { cause: 'file.permission', mentions: ['log/today.txt', /writ/] },
    },
    {
      name: 'a start script without the right to be run',
      files: { Procfile: 'web: ./bin/serve\n', 'bin/serve': '#!/bin/sh\nsleep 100\n' },
      prepare: modes({ 'bin/serve': 0o644 }),
      start: ['sh', '-c', './bin/serve'],
      root: { cause: 'file.permission', target: 'web', mentions: ['bin/serve', /execut/] },
    },
    {
      name: 'a helper that Node may not run',
      files: {
        'package.json': PACKAGE,
        'tools/resize.sh': '#!/bin/sh\n',
        'index.js': `require('node:child_process').spawn('./tools/resize.sh');\n${STAY}`,
      },
      prepare: modes({ 'tools/resize.sh': 0o644 }),
      start: RUN,
      root: { cause: 'file.permission', mentions: ['tools/resize.sh', /execut/] },
    },
    {
      name: 'of another owner, whose group may read',
      files: {
        'package.json': PACKAGE,
        'app.db': 'x',
        'index.js': `require('node:fs').openSync('app.db', 'r+');\n${STAY}`,
      },
      prepare: async (scenario) => {
        await modes({ 'app.db': 0o640 })(scenario);
        await chown(path.join(scenario.workspace, 'app.db'), 0, 0);
      },
      start: RUN,
      options: { uid: NOBODY },
      root: { cause: 'file.permission', mentions: ['app.db', '0640'] },
    },
    {
      name: 'the program itself may not be read',
      files: { 'package.json': PACKAGE, 'index.js': STAY },
      prepare: modes({ 'index.js': 0o600 }),
      start: RUN,
      options: { uid: NOBODY },
      root: { cause: 'file.permission', mentions: ['index.js', '0600'] },
    },
    {
      name: 'it may be read by now',
      files: {
        'package.json': PACKAGE,
        'keys/app.key': 'k',
        'index.js': `require('node:fs').readFileSync('keys/app.key');\n${STAY}`,
      },
      prepare: modes({ 'keys/app.key': 0o600 }),
      start: RUN,
      options: { uid: NOBODY },
      after: (scenario) => chmod(path.join(scenario.workspace, 'keys/app.key'), 0o644),
      never: ['file.permission'],
      ruledOut: ['file.permission'],
    },
    {
      name: 'in words of Go, with a time and no level',
      files: { Procfile: 'api: ./api\n', 'certs/tls.key': '' },
      prepare: modes({ 'certs/tls.key': 0o600 }),
      noise: '',
      recorded: '2026/11/23 18:04:05 open certs/tls.key: permission denied\n',
      root: { cause: 'file.permission', target: 'api', mentions: ['certs/tls.key'] },
    },
    {
      name: 'a port below 1024 is no file',
      files: { 'package.json': PACKAGE, '.env': 'PORT=80\n', 'index.js': STAY },
      recorded: `node:events:497
      throw er; // Unhandled 'error' event
      ^

Error: listen EACCES: permission denied 0.0.0.0:80
    at Server.setupListenHandle [as _listen2] (node:net:1881:21)
    at Server.listen (node:net:2101:5)
    at Object.<anonymous> (/srv/vault/index.js:1:36)
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:1919:8) {
  code: 'EACCES',
  errno: -13,
  syscall: 'listen',
  address: '0.0.0.0',
  port: 80
}

Node.js v22.14.0
`,
      never: ['file.permission', 'port.conflict'],
    },
  ]);
});
