import { describeIncidents } from '../support/describeIncidents.ts';

const PACKAGE = '{ "name": "shop", "scripts": { "start": "node --env-file=.env server.js" } }\n';
const RUN = ['node', '--env-file=.env', 'server.js'] as const;
const FOREVER =
  "require('node:http').createServer((q, s) => s.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');\n";

describeIncidents('env.missing', [
  {
    name: 'a custom throw of Node names the variable',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\nSESSION_SECRET=s3cr3t-session-8812\n',
      '.env.example': 'PORT=3000\nSESSION_SECRET=\nSTRIPE_KEY=\n',
      'server.js': `if (!process.env.STRIPE_KEY) throw new Error('STRIPE_KEY is not set');\n${FOREVER}`,
    },
    start: RUN,
    root: {
      cause: 'env.missing',
      target: 'shop',
      mentions: ['STRIPE_KEY', '.env.example:3', /server\.js:1/],
      secrets: ['s3cr3t-session-8812'],
    },
  },
  {
    name: 'console.error and exit 1, without a time or a level',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\n',
      'server.js': `const missing = ['API_URL', 'QUEUE_NAME'].filter((name) => !process.env[name]);
if (missing.length > 0) {
  console.error('Missing required environment variables: ' + missing.join(', '));
  process.exit(1);
}
${FOREVER}`,
    },
    start: RUN,
    root: { cause: 'env.missing', target: 'shop', mentions: ['API_URL'] },
  },
  {
    name: 'undefined on the line that reads it',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\n',
      'server.js': `const hosts = process.env.ALLOWED_HOSTS.split(',');\nconsole.log(hosts);\n${FOREVER}`,
    },
    start: RUN,
    root: { cause: 'env.missing', mentions: ['ALLOWED_HOSTS', 'server.js:1'] },
  },
  {
    name: 'KeyError of os.environ, behind npm-like noise of a process manager',
    files: {
      Procfile: 'worker: python3 -u worker.py\n',
      '.env': 'QUEUE=mails\n',
      'worker.py': "import os\n\nprint('worker starting')\nDSN = os.environ['MAIL_DSN']\n",
    },
    start: ['python3', '-u', 'worker.py'],
    options: { env: { QUEUE: 'mails' } },
    log: 'log/worker.log',
    root: { cause: 'env.missing', target: 'worker', mentions: ['MAIL_DSN', 'worker.py:4'] },
  },
  {
    name: 'KeyError of a plain dict is not a missing variable',
    files: {
      Procfile: 'worker: python3 worker.py\n',
      '.env': 'QUEUE=mails\n',
      'worker.py': "import os\n\nprices = {'NET_PRICE': 3}\nprint(prices['GROSS_PRICE'])\n",
    },
    start: ['python3', 'worker.py'],
    root: { cause: ['process.crash-loop', 'service.down'], mentions: ['GROSS_PRICE'] },
    never: ['env.missing'],
  },
  {
    name: 'a name in .env that is misspelt is offered',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\nDATABSE_URL=postgres://shop:pw-very-secret@127.0.0.1:1/shop\n',
      'server.js': `const url = process.env.DATABASE_URL;\nif (!url) throw new Error('DATABASE_URL is required');\n${FOREVER}`,
    },
    start: RUN,
    root: { cause: 'env.missing', mentions: ['DATABASE_URL', 'DATABSE_URL', '.env:2'], secrets: ['pw-very-secret'] },
  },
  {
    name: 'present and empty',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\nTENANT_ID=\n',
      'server.js': `const { TENANT_ID } = process.env;\nif (!TENANT_ID) { console.error('fatal: TENANT_ID must be set'); process.exit(78); }\n${FOREVER}`,
    },
    start: RUN,
    root: { cause: 'env.missing', mentions: ['TENANT_ID', '.env:2', /empty/] },
  },
  {
    name: 'set in the wrong file only',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\n',
      '.env.production': 'PORT=80\nLICENSE_KEY=prod-license-551\n',
      'server.js': `if (!process.env.LICENSE_KEY) throw new Error('LICENSE_KEY missing');\n${FOREVER}`,
    },
    start: RUN,
    root: { cause: 'env.missing', mentions: ['LICENSE_KEY', '.env.production:2'], secrets: ['prod-license-551'] },
  },
  {
    name: 'a required expansion of a start script, dash',
    files: {
      Procfile: 'web: sh start.sh\n',
      '.env': 'MODE=dev\n',
      'start.sh': '#!/bin/sh\nset -eu\necho "starting in ${MODE}"\n: "${UPSTREAM_URL:?is not set}"\nsleep 1000\n',
    },
    start: ['sh', 'start.sh'],
    options: { env: { MODE: 'dev' } },
    root: { cause: 'env.missing', target: 'web', mentions: ['UPSTREAM_URL', 'start.sh:4'] },
  },
  {
    name: 'an unbound variable of bash',
    files: {
      Procfile: 'web: bash bin/start.sh\n',
      'bin/start.sh': '#!/bin/bash\nset -euo pipefail\necho "Booting"\necho "region $REGION_NAME"\nsleep 1000\n',
    },
    start: ['bash', 'bin/start.sh'],
    root: { cause: 'env.missing', mentions: ['REGION_NAME', 'bin/start.sh:4'] },
  },
  {
    name: 'zod issues as printed',
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\n',
      'env.js': `const { z } = require('zod');\nconst schema = z.object({\n  PORT: z.coerce.number(),\n  JWT_AUDIENCE: z.string(),\n  LOG_LEVEL: z.string().default('info'),\n});\nmodule.exports = schema.parse(process.env);\n`,
      'server.js': "require('./env');\n",
    },
    recorded: `/srv/shop/node_modules/zod/v4/core/parse.cjs:41
            throw e;
            ^

ZodError: [
  {
    "expected": "string",
    "code": "invalid_type",
    "path": [
      "JWT_AUDIENCE"
    ],
    "message": "Invalid input: expected string, received undefined"
  }
]
    at Object.<anonymous> (/srv/shop/env.js:7:25)
    at Module._compile (node:internal/modules/cjs/loader:1554:14) {
}

Node.js v22.14.0
`,
    root: { cause: 'env.missing', mentions: ['JWT_AUDIENCE', 'env.js:4'] },
  },
  {
    name: 'pydantic-settings as printed',
    files: {
      Procfile: 'api: uvicorn app.main:app --port @PORT@\n',
      '.env': 'DEBUG=1\n',
      'app/settings.py':
        'from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    debug: bool = False\n    database_dsn: str\n    smtp_host: str\n\n\nsettings = Settings()\n',
      'app/main.py': 'from .settings import settings\n',
    },
    recorded: `INFO:     Will watch for changes in these directories: ['/srv/api']
Traceback (most recent call last):
  File "/srv/api/.venv/bin/uvicorn", line 8, in <module>
    sys.exit(main())
  File "/srv/api/app/settings.py", line 10, in <module>
    settings = Settings()
               ^^^^^^^^^^
  File "/srv/api/.venv/lib/python3.11/site-packages/pydantic_settings/main.py", line 176, in __init__
    super().__init__(
pydantic_core._pydantic_core.ValidationError: 2 validation errors for Settings
database_dsn
  Field required [type=missing, input_value={'debug': '1'}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.10/v/missing
smtp_host
  Field required [type=missing, input_value={'debug': '1'}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.10/v/missing
`,
    root: { cause: 'env.missing', target: 'api', mentions: ['DATABASE_DSN'] },
  },
  {
    name: 'log.Fatal of Go',
    files: {
      'go.mod': 'module example.com/ledger\n\ngo 1.22\n',
      'main.go':
        'package main\n\nimport (\n\t"log"\n\t"os"\n)\n\nfunc main() {\n\tdsn := os.Getenv("LEDGER_DSN")\n\tif dsn == "" {\n\t\tlog.Fatal("LEDGER_DSN is required")\n\t}\n}\n',
      '.env': 'PORT=@PORT@\n',
    },
    noise: '',
    recorded: '2026/11/23 17:58:01 ledger starting\n2026/11/23 17:58:01 LEDGER_DSN is required\nexit status 1\n',
    root: { cause: 'env.missing', target: 'ledger', mentions: ['LEDGER_DSN', 'main.go:9'] },
  },
  {
    name: 'KeyError of ENV.fetch in Ruby',
    files: {
      Procfile: 'web: bundle exec puma -p @PORT@\n',
      'config.ru': "require './app'\nrun App\n",
      'app.rb': "API = ENV.fetch('CATALOG_API')\n",
    },
    recorded: `[4121] Puma starting in single mode...
[4121] ! Unable to load application: KeyError: key not found: "CATALOG_API"
/srv/web/app.rb:1:in 'ENV.fetch': key not found: "CATALOG_API" (KeyError)
	from /srv/web/app.rb:1:in '<top (required)>'
	from config.ru:1:in 'Kernel#require'
`,
    root: { cause: 'env.missing', target: 'web', mentions: ['CATALOG_API', 'app.rb:1'] },
  },
  {
    name: 'env::var of Rust',
    files: {
      Procfile: 'api: ./target/release/api\n',
      'src/main.rs':
        'use std::env;\n\nfn main() {\n    let key = env::var("SIGNING_KEY").expect("SIGNING_KEY must be set");\n}\n',
      '.env': 'PORT=@PORT@\n',
    },
    recorded:
      "thread 'main' (4121) panicked at src/main.rs:4:39:\nSIGNING_KEY must be set: NotPresent\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
    root: { cause: 'env.missing', mentions: ['SIGNING_KEY', 'src/main.rs:4'] },
  },
  {
    name: 'could not resolve placeholder of Spring',
    files: {
      Procfile: 'api: java -jar build/libs/api.jar\n',
      'src/main/resources/application.properties': 'server.port=@PORT@\nbilling.url=${BILLING_URL}\n',
    },
    recorded: `2026-11-23T18:04:05.123Z ERROR 4121 --- [main] o.s.boot.SpringApplication               : Application run failed

java.lang.IllegalArgumentException: Could not resolve placeholder 'BILLING_URL' in value "\${BILLING_URL}"
	at org.springframework.util.PropertyPlaceholderHelper.parseStringValue(PropertyPlaceholderHelper.java:180) ~[spring-core-6.1.3.jar!/:6.1.3]
	at com.example.api.Application.main(Application.java:10) ~[!/:0.0.1]
`,
    root: { cause: 'env.missing', mentions: ['BILLING_URL', 'application.properties:2'] },
  },
  {
    name: 'compose requires it',
    files: {
      'compose.yaml':
        'services:\n  api:\n    build: .\n    environment:\n      TOKEN_ISSUER: ${TOKEN_ISSUER:?set the issuer}\n',
      Dockerfile: 'FROM node:22\nCMD ["node", "server.js"]\n',
      'server.js': FOREVER,
      '.env': 'PORT=@PORT@\n',
    },
    root: { cause: 'env.missing', target: 'api', mentions: ['TOKEN_ISSUER', 'compose.yaml:5'] },
  },
  {
    name: 'in the shell of the user: the service that needs it was started elsewhere, so nothing is missing',
    files: {
      'package.json': '{ "name": "shop", "scripts": { "start": "node server.js" } }\n',
      '.env.example': 'REGION=\n',
      'server.js': `if (!process.env.REGION) throw new Error('REGION is not set');\n${FOREVER}`,
    },
    shell: { REGION: 'eu' },
    silent: true,
  },
  {
    name: "optional variables that are unset are nobody's fault",
    files: {
      'package.json': PACKAGE,
      '.env': 'PORT=@PORT@\n',
      '.env.example': 'PORT=3000\nSENTRY_DSN=\nLOG_LEVEL=info\n',
      'server.js': `const sentry = process.env.SENTRY_DSN;\nif (sentry) console.log('sentry on');\n${FOREVER}`,
    },
    silent: true,
  },
]);
