import { chmod, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { describeIncidents } from '../support/describeIncidents.ts';

const PACKAGE = '{ "name": "press", "scripts": { "start": "node --env-file-if-exists=.env index.js" } }\n';
const RUN = ['node', '--env-file-if-exists=.env', 'index.js'] as const;
const STAY = "require('node:http').createServer().listen(@PORT@, '127.0.0.1', () => console.log('up'));\n";
const ISO_INFO = "const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' ' + text);\n";

describeIncidents('file.missing', [
  {
    name: 'a template that Node reads, named by a variable; its neighbour is offered',
    files: {
      'package.json': PACKAGE,
      '.env': 'TEMPLATE=views/weekly.html\n',
      'views/monthly.html': '<p>',
      'index.js': `require('node:fs').readFileSync(process.env.TEMPLATE);\n${STAY}`,
    },
    start: RUN,
    root: {
      cause: 'file.missing',
      target: 'press',
      mentions: ['views/weekly.html', 'monthly.html', '.env:1'],
      confidence: 'proved',
    },
  },
  {
    name: 'a data set that Python opens relative to another folder',
    files: {
      Procfile: 'job: cd jobs && python3 report.py\n',
      'jobs/report.py': "print('loading')\nopen('data/prices.csv')\n",
      'jobs/data/rates.csv': '1\n',
    },
    start: ['python3', 'report.py'],
    options: { cwd: 'jobs' },
    root: { cause: 'file.missing', target: 'job', mentions: ['data/prices.csv'] },
  },
  {
    name: 'a local module of Node',
    files: { 'package.json': PACKAGE, 'index.js': `require('./config/routes');\n${STAY}`, 'config/index.js': '' },
    start: RUN,
    root: { cause: 'file.missing', mentions: ['config/routes'] },
    never: ['dependency.module-missing'],
  },
  {
    name: 'a local module of an ES module',
    files: {
      'package.json': '{ "name": "press", "type": "module", "scripts": { "start": "node index.js" } }\n',
      'index.js': "import { routes } from './lib/routes.js';\nconsole.log(routes);\n",
      'lib/route.js': 'export const routes = [];\n',
    },
    start: ['node', 'index.js'],
    root: { cause: 'file.missing', mentions: ['lib/routes.js', 'route.js'] },
  },
  {
    name: 'a module of the own Python package',
    files: {
      Procfile: 'web: python3 -m app.main\n',
      'app/__init__.py': '',
      'app/main.py': 'from app.settings import DEBUG\n',
      'app/config.py': 'DEBUG = True\n',
    },
    start: ['python3', '-m', 'app.main'],
    root: { cause: 'file.missing', target: 'web', mentions: ['app/settings.py', 'app.settings'] },
  },
  {
    name: 'the entry itself',
    files: { 'package.json': '{ "name": "press", "scripts": { "start": "node server.js" } }\n', 'src/server.js': STAY },
    start: ['node', 'server.js'],
    root: { cause: 'file.missing', mentions: ['server.js', 'src/server.js'] },
  },
  {
    name: 'the script of Python',
    files: { Procfile: 'bot: python3 bot.py\n', 'bots/bot.py': '' },
    start: ['python3', 'bot.py'],
    root: { cause: 'file.missing', target: 'bot', mentions: ['bot.py'] },
  },
  {
    name: 'a start script that the shell cannot open',
    files: { Procfile: 'web: sh scripts/start.sh\n', 'scripts/run.sh': '' },
    start: ['sh', 'scripts/start.sh'],
    root: { cause: 'file.missing', mentions: ['scripts/start.sh'] },
  },
  {
    name: 'a file that a shell sources',
    files: {
      Procfile: 'web: bash start.sh\n',
      'start.sh': 'set -e\n. ./config/local.env\nsleep 100\n',
      'config/dev.env': 'A=1\n',
    },
    start: ['bash', 'start.sh'],
    root: { cause: 'file.missing', mentions: ['config/local.env', 'start.sh:2'] },
  },
  {
    name: 'a program that Node spawns',
    files: {
      'package.json': PACKAGE,
      'index.js': `require('node:child_process').spawn('transcode-9', ['-version']);\n${STAY}`,
    },
    start: RUN,
    root: { cause: 'file.missing', target: 'press', mentions: ['transcode-9'] },
  },
  {
    name: 'a program that a script calls',
    files: { Procfile: 'web: sh start.sh\n', 'start.sh': 'set -e\necho starting\nrender-9 --all\n' },
    start: ['sh', 'start.sh'],
    root: { cause: 'file.missing', target: 'web', mentions: ['render-9', 'start.sh:3'] },
  },
  {
    name: 'a program that Python calls',
    files: {
      Procfile: 'web: python3 app.py\n',
      'app.py': "import subprocess\nsubprocess.run(['render-9', '--all'], check=True)\n",
    },
    start: ['python3', 'app.py'],
    root: { cause: 'file.missing', mentions: ['render-9'] },
  },
  {
    name: 'a link that leads nowhere',
    files: {
      'package.json': PACKAGE,
      'index.js': `require('node:fs').readFileSync('config/current.json');\n${STAY}`,
      'config/v1.json': '{}',
    },
    prepare: (scenario) => symlink('v2.json', path.join(scenario.workspace, 'config/current.json')),
    start: RUN,
    root: { cause: 'file.missing', mentions: ['config/current.json', /link/, 'v2.json'] },
  },
  {
    name: 'another case',
    files: {
      'package.json': PACKAGE,
      'index.js': `require('node:fs').readFileSync('assets/Logo.svg');\n${STAY}`,
      'assets/logo.svg': '<svg/>',
    },
    start: RUN,
    root: { cause: 'file.missing', mentions: ['assets/Logo.svg', 'logo.svg', /case/] },
  },
  {
    name: 'a folder that does not exist, written to',
    files: { Procfile: 'web: python3 app.py\n', 'app.py': "open('var/spool/queue.db', 'w')\n" },
    start: ['python3', 'app.py'],
    root: { cause: 'file.missing', mentions: ['var/spool'] },
  },
  {
    name: 'a certificate, in words of the program itself',
    files: {
      'package.json': PACKAGE,
      '.env': 'TLS_CERT=certs/server.pem\n',
      'index.js': `const fs = require('node:fs');
if (!fs.existsSync(process.env.TLS_CERT)) { console.error('Certificate not found: ' + process.env.TLS_CERT); process.exit(2); }
${STAY}`,
      'certs/ca.pem': '',
    },
    start: RUN,
    root: { cause: 'file.missing', mentions: ['certs/server.pem', '.env:1'] },
  },
  {
    name: 'pino JSON with the error in a field',
    files: {
      'package.json': PACKAGE,
      'index.js': `try { require('node:fs').readFileSync('./schema.graphql'); } catch (err) {
  console.log(JSON.stringify({ level: 60, time: Date.now(), err: { type: 'Error', message: err.message, stack: err.stack, code: err.code }, msg: 'startup failed' }));
  process.exit(1);
}
${STAY}`,
    },
    start: RUN,
    root: { cause: 'file.missing', mentions: ['schema.graphql'] },
  },
  {
    name: 'Go, with a time and no level',
    files: { 'go.mod': 'module example.com/gate\n', 'main.go': 'package main\n', 'config.yml': '' },
    noise: '',
    recorded: '2026/11/23 18:04:05 loading config: open config.yaml: no such file or directory\nexit status 1\n',
    root: { cause: 'file.missing', target: 'gate', mentions: ['config.yaml'] },
  },
  {
    name: 'Java',
    files: { Procfile: 'api: java -jar api.jar\n', 'api.jar': '' },
    recorded: `Exception in thread "main" java.nio.file.NoSuchFileException: conf/rules.drl
	at java.base/sun.nio.fs.UnixException.translateToIOException(UnixException.java:92)
	at com.example.Rules.main(Rules.java:14)
`,
    root: { cause: 'file.missing', target: 'api', mentions: ['conf/rules.drl'] },
  },
  {
    name: 'Rust, which does not name the file, leaves the crash as the root',
    files: {
      Procfile: 'api: ./target/debug/api\n',
      'src/main.rs': 'fn main() {\n    let c = std::fs::read_to_string("settings.toml").unwrap();\n}\n',
    },
    recorded: `thread 'main' (4121) panicked at src/main.rs:2:54:
called \`Result::unwrap()\` on an \`Err\` value: Os { code: 2, kind: NotFound, message: "No such file or directory" }
note: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace
`,
    root: { cause: ['file.missing'], mentions: ['settings.toml', 'src/main.rs:2'] },
  },
  {
    name: 'nginx in the foreground',
    files: { Procfile: 'proxy: nginx -p . -c nginx.conf\n', 'nginx.conf': 'events {}\n' },
    noise: '',
    recorded:
      'nginx: [emerg] cannot load certificate "/srv/none/certs/site.pem": BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory:calling fopen(/srv/none/certs/site.pem, r) error:10000080:BIO routines::no such file)\n',
    root: { cause: 'file.missing', target: 'proxy', mentions: ['/srv/none/certs/site.pem'] },
  },
  {
    name: 'an optional file that was only missed, by a service that runs',
    files: {
      'package.json': PACKAGE,
      'index.js': `${ISO_INFO}try { require('node:fs').readFileSync('local.json'); } catch (e) { log('WARN ', 'no local settings: ' + e.message); }\nlog('INFO ', 'starting');\n${STAY}`,
    },
    after: async (scenario) => {
      await scenario.start([...RUN], { log: 'logs/press.log' });
      await scenario.until('logs/press.log', 'up');
    },
    silent: true,
  },
  {
    name: 'an optional file, while the real error is another one',
    files: {
      'package.json': PACKAGE,
      'index.js': `${ISO_INFO}try { require('node:fs').readFileSync('local.json'); } catch (e) { log('WARN ', 'no local settings: ' + e.message); }\nlog('INFO ', 'starting');\nrequire('node:fs').readFileSync('rates.json');\n`,
    },
    start: RUN,
    root: { cause: 'file.missing', mentions: ['rates.json'] },
  },
  {
    name: 'a file that exists by now',
    files: { 'package.json': PACKAGE, 'index.js': `require('node:fs').readFileSync('rates.json');\n${STAY}` },
    start: RUN,
    after: (scenario) => scenario.write({ 'rates.json': '{}' }),
    never: ['file.missing'],
    ruledOut: ['file.missing'],
  },
  {
    name: 'a folder that may not be entered is no missing file',
    files: {
      'package.json': PACKAGE,
      'index.js': `require('node:fs').readFileSync('private/key.pem');\n${STAY}`,
      'private/key.pem': 'x',
    },
    prepare: async (scenario) => {
      await chmod(scenario.workspace, 0o755);
      await chmod(path.dirname(scenario.workspace), 0o755);
      await mkdir(path.join(scenario.workspace, 'logs'));
      await chmod(path.join(scenario.workspace, 'private'), 0o700);
    },
    start: RUN,
    options: { uid: 65534 },
    root: { cause: 'file.permission', mentions: ['private'] },
    never: ['file.missing'],
  },
]);
