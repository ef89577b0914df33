import { describeIncidents } from '../support/describeIncidents.ts';
import { quietLog } from '../support/scenario.ts';

const LOG = "const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' ' + text);\n";
const API = `${LOG}require('node:http').createServer((q, s) => s.end('ok')).listen(Number(process.env.API_PORT), '127.0.0.1', () => log('INFO ', 'api up'));\n`;
const WEB = `${LOG}setInterval(() => fetch(process.env.API_URL).then(() => log('INFO ', 'api answered'), (e) => log('ERROR', 'api: ' + (e.cause?.message ?? e.message))), 100);\nlog('INFO ', 'web up');\n`;
const TWO = {
  'packages/api/package.json': '{ "name": "@mono/api", "scripts": { "start": "node --env-file=.env api.js" } }\n',
  'packages/api/api.js': API,
  'packages/web/package.json': '{ "name": "@mono/web", "scripts": { "start": "node --env-file=.env web.js" } }\n',
  'packages/web/web.js': WEB,
  'package.json': '{ "name": "mono", "private": true, "workspaces": ["packages/*"] }\n',
  'packages/api/.env': 'API_PORT=@PORT@\n',
  'packages/web/.env': 'API_URL=http://127.0.0.1:@PORT@/\n',
};

describeIncidents('service.down', [
  {
    name: 'runs, and its own health route answers 503',
    files: {
      'package.json': '{ "name": "quotes", "scripts": { "start": "node index.js" } }\n',
      'index.js':
        "require('node:http').createServer((q, s) => { if (q.url === '/healthz') s.writeHead(503).end('{\"feed\":\"stale\"}'); else s.end('ok'); }).listen(@PORT@, '127.0.0.1', () => console.log('quotes up'));\n",
    },
    prepare: async (scenario) => {
      await scenario.start(['node', 'index.js'], { log: 'logs/app.log' });
      await scenario.until('logs/app.log', 'quotes up');
    },
    root: { cause: 'service.down', target: 'quotes', mentions: ['/healthz answers 503', 'stale', /index\.js:1/] },
  },
  {
    name: 'one crash, with nothing to explain it',
    files: {
      'package.json': '{ "name": "feed", "scripts": { "start": "node index.js" } }\n',
      'index.js': "throw new Error('checksum mismatch in block 4');\n",
    },
    start: ['node', 'index.js'],
    times: 1,
    root: { cause: 'service.down', target: 'feed', mentions: ['checksum mismatch in block 4', /logs\/app\.log:\d+/] },
  },
  {
    name: 'killed, and needed by another service of the workspace',
    files: TWO,
    prepare: async (scenario) => {
      const api = await scenario.start(['node', '--env-file=.env', 'api.js'], {
        cwd: 'packages/api',
        log: 'logs/api.log',
      });
      await scenario.until('logs/api.log', 'api up');
      await scenario.start(['node', '--env-file=.env', 'web.js'], { cwd: 'packages/web', log: 'logs/web.log' });
      await scenario.until('logs/web.log', 'api answered');
      await api.stop('SIGKILL');
      await scenario.until('logs/web.log', 'ECONNREFUSED');
    },
    root: { cause: ['service.down', 'network.refused'], target: '@mono/api' },
  },
  {
    name: 'a worker that exits with its last word in a separate error log',
    files: {
      Procfile: 'web: node web.js\nworker: node worker.js\n',
      'web.js': 'setInterval(() => {}, 1000);\n',
      'worker.js': '',
    },
    prepare: async (scenario) => {
      await scenario.write({
        'logs/worker.out.log': quietLog(40, { minutesAgo: 30 }),
        'logs/web.log': quietLog(5, { minutesAgo: 2 }),
      });
      await scenario.start(['node', 'web.js'], { log: 'logs/web.log' });
    },
    noise: '',
    recorded: 'worker: lost its lease on partition 3 and cannot continue\n',
    log: 'logs/worker.err.log',
    root: {
      cause: 'service.down',
      target: 'worker',
      mentions: ['lost its lease on partition 3', 'logs/worker.err.log:1'],
    },
  },
  {
    name: 'two services in one folder, whose log does not bear their name',
    files: {
      Procfile: 'web: node web.js\nworker: python3 jobs/worker.py\n',
      'web.js': 'setInterval(() => {}, 1000);\n',
      'jobs/worker.py': "raise RuntimeError('no lease')\n",
    },
    prepare: (scenario) => scenario.start(['node', 'web.js'], { log: 'logs/web.log' }),
    start: ['python3', 'jobs/worker.py'],
    times: 1,
    log: 'logs/background.log',
    root: { cause: 'service.down', target: 'worker', mentions: ['no lease'] },
  },
]);
