import { describeIncidents } from '../support/describeIncidents.ts';

const PACKAGE = '{ "name": "till", "scripts": { "start": "node --env-file=.env index.js" } }\n';
const RUN = ['node', '--env-file=.env', 'index.js'] as const;
const LISTEN =
  "require('node:http').createServer().listen(Number(process.env.PORT), '127.0.0.1', () => console.log('up on ' + process.env.PORT));\n";
const PYTHON = { Procfile: 'api: python3 api.py\n' };

describeIncidents('env.malformed', [
  {
    name: 'a port with a letter in it, Node',
    files: { 'package.json': PACKAGE, '.env': 'NAME=till\nPORT=80o0\n', 'index.js': LISTEN },
    start: RUN,
    root: { cause: 'env.malformed', target: 'till', mentions: ['PORT', '.env:2', '80o0'], confidence: 'proved' },
  },
  {
    name: 'a port with a comment inside its quotes',
    files: { 'package.json': PACKAGE, '.env': 'PORT="3000 #web"\n', 'index.js': LISTEN },
    start: RUN,
    root: { cause: 'env.malformed', mentions: ['PORT', '.env:1'] },
  },
  {
    name: 'a port above 65535',
    files: { 'package.json': PACKAGE, '.env': 'PORT=80800\n', 'index.js': LISTEN },
    start: RUN,
    root: { cause: 'env.malformed', mentions: ['PORT', '65535', '.env:1'] },
  },
  {
    name: 'int() of Python',
    files: {
      ...PYTHON,
      '.env': 'WORKERS=four\nREGION=eu\n',
      'api.py': "import os\nWORKERS = int(os.environ['WORKERS'])\n",
    },
    start: ['python3', 'api.py'],
    options: { env: { WORKERS: 'four', REGION: 'eu' } },
    root: { cause: 'env.malformed', target: 'api', mentions: ['WORKERS', '.env:1', 'api.py:2'] },
  },
  {
    name: 'JSON in a variable',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\nFEATURES={"search": true, "chat": }\n',
      'index.js': `const features = JSON.parse(process.env.FEATURES);\n${LISTEN}`,
    },
    start: RUN,
    root: { cause: 'env.malformed', mentions: ['FEATURES', '.env:2', 'index.js:1'] },
  },
  {
    name: 'JSON in a variable, Python',
    files: {
      ...PYTHON,
      '.env': "LIMITS={'daily': 3}\n",
      'api.py': "import json, os\n\nLIMITS = json.loads(os.environ['LIMITS'])\n",
    },
    start: ['python3', 'api.py'],
    options: { env: { LIMITS: "{'daily': 3}" } },
    root: { cause: 'env.malformed', mentions: ['LIMITS', '.env:1'] },
  },
  {
    name: 'a URL whose password is not encoded',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\nDATABASE_URL=postgres://till:pa/ss#w0rd-xyz@127.0.0.1:5432/till\n',
      'index.js': `const url = new URL(process.env.DATABASE_URL);\nif (!url.hostname) throw new Error('no host');\n${LISTEN}`,
    },
    start: RUN,
    root: { cause: 'env.malformed', mentions: ['DATABASE_URL', '.env:2'], secrets: ['w0rd-xyz', 'pa/ss'] },
  },
  {
    name: 'a URL without a scheme',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\nUPSTREAM_URL=api.internal:8080/v1\n',
      'index.js': `const url = new URL('/items', process.env.UPSTREAM_URL);\n${LISTEN}`,
    },
    start: RUN,
    root: { cause: 'env.malformed', mentions: ['UPSTREAM_URL', '.env:2'] },
  },
  {
    name: 'a line without an equals sign',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\nAPI_TOKEN tok-public-9921\nREGION=eu\n',
      'index.js': `if (!process.env.API_TOKEN) throw new Error('API_TOKEN is not set');\n${LISTEN}`,
    },
    start: RUN,
    root: { cause: 'env.malformed', mentions: ['API_TOKEN', '.env:2'], secrets: ['tok-public-9921'] },
  },
  {
    name: 'a colon instead of an equals sign, which node --env-file does not read',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\nBUCKET: assets\n',
      'index.js': `if (!process.env.BUCKET) throw new Error('BUCKET is required');\n${LISTEN}`,
    },
    start: RUN,
    root: { cause: 'env.malformed', mentions: ['BUCKET', '.env:2'] },
  },
  {
    name: 'a quote that is not closed and swallows the next lines',
    files: {
      'package.json': PACKAGE,
      '.env': 'GREETING="hello\nPORT=@PORT@\nNAME="till"\n',
      'index.js': `if (!process.env.PORT) throw new Error('PORT is not set');\n${LISTEN}`,
    },
    start: RUN,
    root: { cause: 'env.malformed', mentions: ['GREETING', '.env:1'] },
  },
  {
    name: 'CR LF in a file that a shell sources',
    files: {
      Procfile: 'web: bash start.sh\n',
      '.env': 'DATA_DIR=data\r\nMODE=dev\r\n',
      'data/x.txt': '',
      'start.sh': 'set -e\n. ./.env\ncd "$DATA_DIR"\nsleep 100\n',
    },
    start: ['bash', 'start.sh'],
    root: { cause: 'env.malformed', target: 'web', mentions: ['.env', /CR/] },
  },
  {
    name: 'spaces around the equals sign in a file that a shell sources',
    files: {
      Procfile: 'web: sh start.sh\n',
      '.env': 'MODE=dev\nDATA_DIR = data\n',
      'start.sh': 'set -e\n. ./.env\nls "$DATA_DIR"\n',
    },
    start: ['sh', 'start.sh'],
    root: { cause: 'env.malformed', mentions: ['DATA_DIR', '.env:2'] },
  },
  {
    name: 'typographic quotes',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\nTIMEOUT_MS=“2500”\n',
      'index.js': `const timeout = Number(process.env.TIMEOUT_MS);\nif (Number.isNaN(timeout)) throw new RangeError('TIMEOUT_MS is not a number');\n${LISTEN}`,
    },
    start: RUN,
    root: { cause: 'env.malformed', mentions: ['TIMEOUT_MS', '.env:2'] },
  },
  {
    name: 'a duration of Go',
    files: {
      'go.mod': 'module example.com/till\n',
      'main.go':
        'package main\n\nfunc main() {\n\td, err := time.ParseDuration(os.Getenv("REFRESH"))\n\tif err != nil { log.Fatal(err) }\n}\n',
      '.env': 'REFRESH=5 minutes\n',
    },
    noise: '',
    recorded: '2026/11/23 18:04:05 time: unknown unit " minutes" in duration "5 minutes"\nexit status 1\n',
    root: { cause: 'env.malformed', target: 'till', mentions: ['REFRESH', '.env:1'] },
  },
  {
    name: 'a boolean of pydantic',
    files: {
      Procfile: 'api: uvicorn main:app\n',
      'main.py': 'from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    debug_sql: bool\n',
      '.env': 'DEBUG_SQL=maybe\n',
    },
    recorded: `Traceback (most recent call last):
  File "/srv/api/main.py", line 8, in <module>
    settings = Settings()
pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings
debug_sql
  Input should be a valid boolean, unable to interpret input [type=bool_parsing, input_value='maybe', input_type=str]
    For further information visit https://errors.pydantic.dev/2.10/v/bool_parsing
`,
    root: { cause: 'env.malformed', mentions: ['DEBUG_SQL', '.env:1'] },
  },
  {
    name: 'zod on a number',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\nPOOL_SIZE=ten\n',
      'index.js':
        "const { z } = require('zod');\nz.object({\n  POOL_SIZE: z.coerce.number(),\n}).parse(process.env);\n",
    },
    recorded: `ZodError: [
  {
    "expected": "number",
    "code": "invalid_type",
    "received": "NaN",
    "path": [
      "POOL_SIZE"
    ],
    "message": "Invalid input: expected number, received NaN"
  }
]
    at Object.<anonymous> (/srv/till/index.js:4:4)

Node.js v22.14.0
`,
    root: { cause: 'env.malformed', mentions: ['POOL_SIZE', '.env:2'] },
  },
  {
    name: 'quotes, exports, a byte order mark and CR LF that the reader copes with',
    files: {
      'package.json': PACKAGE,
      '.env': `\uFEFF# settings\r\nexport REGION='eu west'\r\nPORT="@PORT@"\r\nNOTE=a#b\r\nKEY=""\r\n`,
      'index.js': `console.log('region ' + process.env.REGION);\n${LISTEN}`,
    },
    after: async (scenario) => {
      await scenario.start([...RUN], { log: 'logs/till.log' });
      await scenario.until('logs/till.log', 'up on');
    },
    silent: true,
  },
  {
    name: 'odd lines that nobody uses, before the first start',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\nold notes about the printer\nLEGACY="unfinished\n',
      'index.js': LISTEN,
    },
    silent: true,
  },
  {
    name: 'a request that could not be parsed is not a setting',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\nLIMIT=5\n',
      'index.js': `require('node:http').createServer((q, s) => { try { JSON.parse('{ "limit": 5, }'); } catch (e) { console.log(new Date().toISOString() + ' WARN  bad request: ' + e.message); } s.end('ok'); }).listen(Number(process.env.PORT), '127.0.0.1', () => console.log(new Date().toISOString() + ' INFO  up'));\n`,
    },
    after: async (scenario, port) => {
      await scenario.start([...RUN], { log: 'logs/till.log' });
      await scenario.until('logs/till.log', 'up');
      await fetch(`http://127.0.0.1:${port}/`);
      await scenario.until('logs/till.log', 'bad request');
    },
    silent: true,
  },
]);
