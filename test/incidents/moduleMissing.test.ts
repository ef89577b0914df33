import { describeIncidents } from '../support/describeIncidents.ts';

const PACKAGE =
  '{\n  "name": "desk",\n  "scripts": { "start": "node index.js" },\n  "dependencies": {\n    "left-pad-9": "^1.0.0",\n    "@desk-9/ui": "^2.0.0"\n  }\n}\n';
const RUN = ['node', 'index.js'] as const;
/** Another package is installed, so the folder of packages is there. */
const INSTALLED = {
  'node_modules/other/package.json': '{ "name": "other", "version": "1.0.0" }',
  'node_modules/other/index.js': '',
};

describeIncidents('dependency.module-missing', [
  {
    name: 'a declared package of Node that is not installed',
    files: {
      'package.json': PACKAGE,
      'package-lock.json': '{}',
      ...INSTALLED,
      'index.js': "const pad = require('left-pad-9');\n",
    },
    start: RUN,
    root: {
      cause: 'dependency.module-missing',
      target: 'desk',
      mentions: ['left-pad-9', 'package.json:5', 'index.js:1'],
      confidence: 'proved',
    },
  },
  {
    name: 'a package that was added without bringing the lockfile up to date',
    files: {
      'package.json': PACKAGE,
      'package-lock.json': '{\n  "packages": {\n    "node_modules/@desk-9/ui": { "version": "2.0.0" }\n  }\n}\n',
      ...INSTALLED,
      'index.js': "const pad = require('left-pad-9');\n",
    },
    start: RUN,
    root: {
      cause: 'dependency.module-missing',
      mentions: ['package-lock.json is older than package.json', 'left-pad-9 is not in package-lock.json'],
    },
  },
  {
    name: 'a scoped package, by a path inside it',
    files: { 'package.json': PACKAGE, ...INSTALLED, 'index.js': "require('@desk-9/ui/lib/button');\n" },
    start: RUN,
    root: { cause: 'dependency.module-missing', mentions: ['@desk-9/ui', 'package.json:6'] },
  },
  {
    name: 'a file that an installed package does not have',
    files: { 'package.json': PACKAGE, ...INSTALLED, 'index.js': "require('other/lib/extra');\n" },
    start: RUN,
    root: { cause: 'dependency.module-missing', mentions: ['other/lib/extra'] },
  },
  {
    name: 'an import of an ES module, declared nowhere',
    files: {
      'package.json':
        '{ "name": "desk", "type": "module", "scripts": { "start": "node index.js" }, "dependencies": {} }\n',
      ...INSTALLED,
      'index.js': "import chalk from 'chalk-9';\nconsole.log(chalk);\n",
    },
    start: RUN,
    root: { cause: 'dependency.module-missing', mentions: ['chalk-9', /not declared in package\.json/] },
  },
  {
    name: 'nothing was ever installed',
    files: { 'package.json': PACKAGE, 'index.js': "require('@desk-9/ui');\n" },
    start: RUN,
    root: { cause: 'dependency.module-missing', mentions: ['@desk-9/ui'] },
  },
  {
    name: 'nothing was ever installed, and nothing was started: no finding',
    files: { 'package.json': PACKAGE, 'index.js': "require('@desk-9/ui');\n" },
    silent: true,
  },
  {
    name: 'the package is installed by now',
    files: { 'package.json': PACKAGE, ...INSTALLED, 'index.js': "require('left-pad-9');\n" },
    start: RUN,
    after: (scenario) =>
      scenario.write({
        'node_modules/left-pad-9/package.json': '{ "name": "left-pad-9", "version": "1.0.0", "main": "i.js" }',
        'node_modules/left-pad-9/i.js': '',
      }),
    never: ['dependency.module-missing'],
    ruledOut: ['dependency.module-missing'],
  },
  {
    name: 'the tool of a start script, behind npm',
    files: {
      'package.json':
        '{\n  "name": "site",\n  "scripts": { "dev": "vite-9 --port @PORT@" },\n  "devDependencies": { "vite-9": "^5.0.0" }\n}\n',
    },
    start: ['sh', '-c', 'echo; echo "> site@0.0.0 dev"; echo "> vite-9 --port 3000"; echo; exec sh -c vite-9'],
    root: { cause: 'dependency.module-missing', target: 'site', mentions: ['vite-9', 'package.json:4'] },
  },
  {
    name: 'a package of Python, with another name on PyPI',
    files: {
      Procfile: 'worker: python3 worker.py\n',
      'requirements.txt': 'requests==2.31.0\nfitz-nine==1.0\n',
      'worker.py': 'import os\nimport fitz_nine\n',
    },
    start: ['python3', 'worker.py'],
    root: {
      cause: 'dependency.module-missing',
      target: 'worker',
      mentions: ['fitz_nine', 'requirements.txt:2', 'worker.py:2'],
    },
  },
  {
    name: 'a package that another interpreter has',
    files: {
      Procfile: 'worker: python3 worker.py\n',
      'requirements.txt': 'pytest\n',
      'worker.py': 'import pytest_nine\n',
    },
    start: ['python3', '-m', 'worker'],
    root: { cause: 'dependency.module-missing', target: 'worker', mentions: ['pytest_nine', /not declared/] },
  },
  {
    name: 'a module that python -m should run',
    files: { Procfile: 'web: python3 -m gunicorn_nine app:app\n', 'app.py': '' },
    start: ['python3', '-m', 'gunicorn_nine', 'app:app'],
    root: { cause: 'dependency.module-missing', target: 'web', mentions: ['gunicorn_nine'] },
  },
  {
    name: 'a module of Perl',
    files: { Procfile: 'mailer: perl mailer.pl\n', 'mailer.pl': 'use strict;\nuse Mail::Nine::Sender;\n' },
    start: ['perl', 'mailer.pl'],
    root: { cause: 'dependency.module-missing', target: 'mailer', mentions: ['Mail::Nine::Sender', 'mailer.pl:2'] },
  },
  {
    name: 'a gem',
    files: {
      Procfile: 'web: bundle exec puma\n',
      Gemfile: "source 'https://rubygems.org'\ngem 'puma'\ngem 'sinatra'\n",
      'config.ru': "require 'sinatra'\n",
    },
    recorded: `bundler: failed to load command: puma (/usr/local/bundle/bin/puma)
/usr/local/lib/ruby/3.3.0/bundled_gems.rb:69:in 'Kernel.require': cannot load such file -- sinatra (LoadError)
	from /usr/local/lib/ruby/3.3.0/bundled_gems.rb:69:in 'block (2 levels) in Kernel#replace_require'
	from config.ru:1:in 'block in <main>'
`,
    root: { cause: 'dependency.module-missing', target: 'web', mentions: ['sinatra', 'Gemfile:3'] },
  },
  {
    name: 'a handled import of an optional package, by a service that works',
    files: {
      'package.json': '{ "name": "desk", "scripts": { "start": "node index.js" } }\n',
      'index.js': `try { require('bufferutil-9'); } catch (e) { console.log(new Date().toISOString() + ' WARN  native add-on missing, using JavaScript: ' + e.message); }
require('node:http').createServer().listen(@PORT@, '127.0.0.1', () => console.log(new Date().toISOString() + ' INFO  up'));
`,
    },
    after: async (scenario) => {
      await scenario.start([...RUN], { log: 'logs/desk.log' });
      await scenario.until('logs/desk.log', 'up');
    },
    silent: true,
  },
]);
