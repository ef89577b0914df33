import { describeIncidents } from '../support/describeIncidents.ts';
import { quietLog, untilListening } from '../support/scenario.ts';

const PACKAGE = '{ "name": "post", "scripts": { "start": "node --env-file=.env index.js" } }\n';
const RUN = ['node', '--env-file=.env', 'index.js'] as const;
const LOG = "const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' [post] ' + text);\n";
const JSON_LOG =
  "const log = (level, msg, more) => console.log(JSON.stringify({ level, time: Date.now(), pid: process.pid, hostname: 'box', name: 'post', ...more, msg }));\n";
const SERVE =
  "require('node:http').createServer((q, s) => s.end('ok')).listen(Number(process.env.PORT), '127.0.0.1', () => console.log(new Date().toISOString() + ' INFO  ready'));\n";

describeIncidents('the loud suspect is innocent:', [
  {
    name: 'yesterday the port was taken, today a variable is missing',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\n',
      'index.js': `${LOG}log('INFO ', 'starting');\nif (!process.env.MAIL_FROM) throw new Error('MAIL_FROM is required');\n${SERVE}`,
    },
    start: RUN,
    noise: `${quietLog(30, { minutesAgo: 3000, stepSeconds: 60 })}${'Error: listen EADDRINUSE: address already in use 127.0.0.1:3000\n    at Server.setupListenHandle [as _listen2] (node:net:1908:16)\n\nNode.js v22.14.0\n'.repeat(6)}${quietLog(60, { minutesAgo: 1200, stepSeconds: 60 })}`,
    root: { cause: 'env.missing', target: 'post', mentions: ['MAIL_FROM'] },
    never: ['port.conflict'],
  },
  {
    name: 'optional settings are warned about, the port is taken',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\n',
      '.env.example': 'PORT=\nSENTRY_DSN=\n',
      'index.js': `${LOG}log('WARN ', 'SENTRY_DSN is not set, error reports are off');\nlog('WARN ', 'config/local.json not found, using defaults');\n${SERVE}`,
    },
    prepare: async (scenario, port) => {
      await scenario.start(['node', '-e', `require('node:net').createServer().listen(${port}, '127.0.0.1')`], {
        cwd: scenario.outside,
      });
      await untilListening(port);
    },
    start: RUN,
    root: (port) => ({ cause: 'port.conflict', target: 'post', mentions: [String(port)] }),
  },
  {
    name: 'handled errors of a cache in JSON, then a missing file in JSON',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\n',
      'index.js': `${JSON_LOG}log(30, 'starting');\nlog(50, 'cache warm-up failed', { err: { type: 'Error', message: 'socket hang up', stack: 'Error: socket hang up\\n    at f (/srv/x.js:1:1)' } });\nlog(30, 'going on without a warm cache');\ntry { require('node:fs').readFileSync('i18n/de.json'); } catch (err) { log(60, 'cannot start', { err: { type: err.name, message: err.message, stack: err.stack } }); process.exitCode = 1; }\n`,
      'i18n/en.json': '{}',
    },
    start: RUN,
    root: { cause: 'file.missing', target: 'post', mentions: ['i18n/de.json', 'en.json'] },
  },
  {
    name: 'the env file itself is missing',
    files: { 'package.json': PACKAGE, '.env.example': 'PORT=3000\n', 'index.js': SERVE },
    start: RUN,
    root: { cause: ['file.missing', 'env.missing'], target: 'post', mentions: ['.env', '.env.example'] },
  },
  {
    name: 'web complains of api, which lacks a variable',
    files: {
      'apps/api/package.json': '{ "name": "api", "scripts": { "start": "node --env-file=.env api.js" } }\n',
      'apps/api/.env': 'PORT=@PORT@\n',
      'apps/api/api.js': `if (!process.env.PAYMENT_KEY) { console.error('[api] fatal: environment variable PAYMENT_KEY is missing'); process.exit(1); }\n${SERVE}`,
      'apps/web/package.json': '{ "name": "web", "scripts": { "start": "node --env-file=.env web.js" } }\n',
      'apps/web/.env': 'API_URL=http://127.0.0.1:@PORT@\n',
      'apps/web/web.js': `${LOG}setInterval(() => fetch(process.env.API_URL).catch((e) => log('ERROR', 'api call failed: ' + e.cause?.message)), 80);\n`,
    },
    start: ['node', '--env-file=.env', 'api.js'],
    options: { cwd: 'apps/api' },
    log: 'logs/api.log',
    after: async (scenario) => {
      await scenario.start(['node', '--env-file=.env', 'web.js'], { cwd: 'apps/web', log: 'logs/web.log' });
      await scenario.until('logs/web.log', 'ECONNREFUSED');
    },
    root: { cause: 'env.missing', target: 'api', mentions: ['PAYMENT_KEY', 'api.js:1'] },
  },
  {
    name: 'a client library is blamed, the variable holds its host without a scheme',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\nSEARCH_URL=search.internal/v2\n',
      'index.js': `class SearchError extends Error {}\nlet base;\ntry { base = new URL(process.env.SEARCH_URL); } catch (cause) { throw new SearchError('search client could not be created', { cause }); }\n${SERVE}`,
    },
    start: RUN,
    root: { cause: 'env.malformed', mentions: ['SEARCH_URL', '.env:2'] },
  },
  {
    name: 'the trace ends in a library, the cause is a module of it that is gone',
    files: {
      'package.json':
        '{ "name": "post", "scripts": { "start": "node index.js" }, "dependencies": { "mailer-9": "^1.0.0" } }\n',
      'node_modules/mailer-9/package.json': '{ "name": "mailer-9", "version": "1.0.0", "main": "main.js" }',
      'node_modules/mailer-9/main.js': "require('mime-9');\n",
      'index.js': "require('mailer-9');\n",
    },
    start: ['node', 'index.js'],
    root: { cause: 'dependency.module-missing', mentions: ['mime-9'] },
  },
  {
    name: 'two services in one log of honcho, one of which lacks a variable',
    files: {
      Procfile: 'web: node web.js\nmailer: python3 mailer.py\n',
      '.env': 'PORT=@PORT@\n',
      'web.js': 'setInterval(() => {}, 1000);\n',
      'mailer.py': "import os\nHOST = os.environ['SMTP_HOST']\n",
    },
    noise: '',
    log: 'logs/dev.log',
    prepare: (scenario) => scenario.start(['node', 'web.js']),
    recorded: `18:04:00 system    | web.1 started (pid=4121)
18:04:00 system    | mailer.1 started (pid=4122)
18:04:00 web.1     | listening on 3000
18:04:01 mailer.1  | Traceback (most recent call last):
18:04:01 mailer.1  |   File "/srv/post/mailer.py", line 2, in <module>
18:04:01 web.1     | GET / 200
18:04:01 mailer.1  |     HOST = os.environ['SMTP_HOST']
18:04:01 mailer.1  |            ~~~~~~~~~~^^^^^^^^^^^^^
18:04:01 mailer.1  |   File "<frozen os>", line 685, in __getitem__
18:04:01 mailer.1  | KeyError: 'SMTP_HOST'
18:04:01 system    | mailer.1 stopped (rc=1)
`,
    root: { cause: 'env.missing', target: 'mailer', mentions: ['SMTP_HOST', 'mailer.py:2', 'logs/dev.log:10'] },
  },
  {
    name: 'Django wraps it twice',
    files: {
      'manage.py': '',
      Procfile: 'web: python manage.py runserver\n',
      'shop/__init__.py': '',
      'shop/settings.py': 'import environ\nenv = environ.Env()\nSECRET_KEY = env("DJANGO_SECRET_KEY")\n',
      '.env.example': 'DJANGO_SECRET_KEY=\n',
    },
    recorded: `Traceback (most recent call last):
  File "/srv/shop/.venv/lib/python3.11/site-packages/environ/environ.py", line 409, in get_value
    value = self.ENVIRON[var_name]
            ~~~~~~~~~~~~^^^^^^^^^^
  File "<frozen os>", line 679, in __getitem__
KeyError: 'DJANGO_SECRET_KEY'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/shop/manage.py", line 22, in <module>
    main()
  File "/srv/shop/shop/settings.py", line 3, in <module>
    SECRET_KEY = env("DJANGO_SECRET_KEY")
                 ^^^^^^^^^^^^^^^^^^^^^^^^
django.core.exceptions.ImproperlyConfigured: Set the DJANGO_SECRET_KEY environment variable
`,
    root: {
      cause: 'env.missing',
      target: 'web',
      mentions: ['DJANGO_SECRET_KEY', 'shop/settings.py:3', '.env.example:1'],
    },
  },
  {
    name: 'permission is denied by the machine, for a file that the log calls missing in a warning',
    files: {
      Procfile: 'job: python3 job.py\n',
      'job.py':
        "import sys\nprint('WARNING: cache.bin not found, it will be rebuilt')\nraise ValueError('checksum of input differs')\n",
    },
    start: ['python3', 'job.py'],
    root: { cause: ['process.crash-loop', 'service.down'], target: 'job', mentions: ['checksum of input differs'] },
    never: ['file.missing', 'file.permission'],
  },
]);
