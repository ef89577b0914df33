import { describeIncidents } from '../support/describeIncidents.ts';
import { quietLog, type Scenario } from '../support/scenario.ts';

const PACKAGE = '{ "name": "bank", "scripts": { "start": "node --env-file=.env index.js" } }\n';
const LOG = "const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' ' + text);\n";
const serve = (before: string): string =>
  `${LOG}${before}\nrequire('node:http').createServer((q, s) => s.end('ok')).listen(Number(process.env.PORT), '127.0.0.1', () => log('INFO ', 'ready'));\n`;
const FILES = (before = ''): Record<string, string> => ({
  'package.json': PACKAGE,
  '.env': 'PORT=@PORT@\n',
  'index.js': serve(before),
});
const up = async (scenario: Scenario): Promise<void> => {
  await scenario.start(['node', '--env-file=.env', 'index.js'], { log: 'logs/bank.log' });
  await scenario.until('logs/bank.log', 'ready');
};
const TRACE =
  'Error: connect ECONNREFUSED 127.0.0.1:1\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1634:16)';

describeIncidents('a healthy workspace is met with silence:', [
  {
    name: 'counters, names and chat that hold frightening words',
    files: FILES(
      "log('INFO ', 'batch flushed errors=0 failed=0'); log('INFO ', 'chat: \"why does it say ENOENT: no such file or directory, open \\'x.json\\'\"'); log('INFO ', 'link \"error-500\" opened'); log('INFO ', 'doc: PORT is required, KeyError means a missing key');",
    ),
    after: up,
    silent: true,
  },
  {
    name: 'a retry that succeeded',
    files: FILES(
      `log('ERROR', ${JSON.stringify(`warm-up failed: ${TRACE}`)}); log('INFO ', 'retrying in 1 s'); log('INFO ', 'warm-up done'); log('INFO ', 'cache filled');`,
    ),
    after: up,
    silent: true,
  },
  {
    name: 'a warning with a stack',
    files: FILES(`log('WARN ', ${JSON.stringify(`slow start: ${TRACE}`)}); log('INFO ', 'went on');`),
    after: up,
    silent: true,
  },
  {
    name: 'crashes of yesterday, and a good start today, without times',
    files: {
      ...FILES(),
      'index.js':
        "require('node:http').createServer().listen(Number(process.env.PORT), '127.0.0.1', () => console.log('ready again'));\n",
    },
    prepare: (scenario) =>
      scenario.write({
        'logs/bank.log': `Error: PORT is not set\n    at Object.<anonymous> (/srv/bank/index.js:1:1)\n\nNode.js v22.14.0\nready\n/srv/bank/index.js:1\nrequire('node:fs').readFileSync('gone.json');\n                   ^\n\nError: ENOENT: no such file or directory, open 'gone.json'\n    at Object.<anonymous> (/srv/bank/index.js:1:20)\n\nNode.js v22.14.0\n`,
      }),
    after: async (scenario) => {
      await scenario.start(['node', '--env-file=.env', 'index.js'], { log: 'logs/bank.log' });
      await scenario.until('logs/bank.log', 'ready again');
    },
    silent: true,
  },
  {
    name: 'rotated logs that end in trouble',
    files: FILES(),
    prepare: (scenario) =>
      scenario.write({
        'logs/bank-2026-11-20.log':
          `${quietLog(20, { minutesAgo: 6000, stepSeconds: 5 })}${TRACE}\n\nNode.js v22.14.0\n`.replace(/\n$/, '\n'),
        'logs/bank.log.1': `${TRACE}\n`,
      }),
    after: up,
    silent: true,
  },
  {
    name: 'stopped on request',
    files: FILES(),
    after: async (scenario) => {
      await scenario.write({
        'logs/bank.log': `${quietLog(20, { minutesAgo: 60 })}${new Date().toISOString()} INFO  SIGTERM received, closing\n${new Date().toISOString()} INFO  server closed\n`,
      });
    },
    silent: true,
  },
  {
    name: 'a job that finished',
    files: {
      Procfile: 'import: python3 import.py\n',
      'import.py': "print('reading 3 files')\nprint('imported 120 rows, 0 errors')\n",
    },
    after: async (scenario) => {
      await scenario.run(['python3', 'import.py'], { log: 'logs/import.log' });
    },
    silent: true,
  },
  { name: 'at rest, never started', files: { ...FILES(), '.env.example': 'PORT=3000\n' }, silent: true },
  {
    name: 'at rest since last evening: its log simply ends',
    files: FILES(),
    prepare: (scenario) => scenario.write({ 'logs/bank.log': quietLog(50, { minutesAgo: 900, stepSeconds: 60 }) }),
    silent: true,
  },
  {
    name: 'a start script that ran earlier and failed, then was repaired and stopped in order',
    files: FILES(),
    prepare: (scenario) =>
      scenario.write({
        'logs/bank.log': `Error: listen EADDRINUSE: address already in use :::3000\n    at Server.setupListenHandle (node:net:1908:16)\n\nNode.js v22.14.0\n${quietLog(40, { minutesAgo: 200, stepSeconds: 60 })}`,
      }),
    silent: true,
  },
  {
    name: 'a worker in the shell',
    files: {
      Procfile: 'ticker: sh ticker.sh\n',
      'ticker.sh': 'echo "$(date -u +%FT%TZ) INFO ticking"\nwhile :; do sleep 1; done\n',
    },
    after: async (scenario) => {
      await scenario.start(['sh', 'ticker.sh'], { log: 'logs/ticker.log' });
      await scenario.until('logs/ticker.log', 'ticking');
    },
    silent: true,
  },
  {
    name: 'a start script that puts the server in its own place',
    files: {
      Procfile: 'web: sh start.sh\n',
      'start.sh':
        'echo "no optional config: $(cat local.conf 2>&1)"\nexec node -e "setInterval(() => {}, 1000); console.log(\'ready\')"\n',
    },
    after: async (scenario) => {
      await scenario.start(['sh', 'start.sh'], { log: 'logs/web.log' });
      await scenario.until('logs/web.log', 'ready');
    },
    silent: true,
  },
  {
    name: 'tools left their complaints beside it',
    files: {
      ...FILES(),
      'npm-debug.log': '0 verbose cli\n1 error code ENOENT\n2 error enoent ENOENT: no such file or directory\n',
      'tests/output/run.log': `${TRACE}\n`,
      'docs/sample.log': `${TRACE}\n`,
    },
    after: up,
    silent: true,
  },
]);
