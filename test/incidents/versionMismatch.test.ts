import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe } from 'vitest';
import { describeIncidents } from '../support/describeIncidents.ts';
import { quietLog, untilListening } from '../support/scenario.ts';

/** An older Node beside the one of the tests, and a Java; both are reported as not verified where they are not. */
const OLD_NODE = '/usr/bin/node';
const oldMajor = Number(
  /^v(\d+)/.exec(spawnSync(OLD_NODE, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1] ?? 99,
);
const hasJava = spawnSync('javac', ['-version']).status === 0;

const manifest = (engines: string): string =>
  `{\n  "name": "shop",\n  "engines": { "node": "${engines}" },\n  "scripts": { "start": "node server.js" }\n}\n`;
const NEWEST = 'new Temporal.PlainDate(2026, 11, 24);\n';
const start = ['node', 'server.js'] as const;
const python = ['python3', 'main.py'] as const;

describeIncidents('a runtime of another version', [
  {
    name: 'code that uses what came with a later Node.js',
    files: { 'package.json': manifest('>=26'), 'server.js': NEWEST },
    start: [process.execPath, 'server.js'],
    root: {
      cause: 'runtime.version-mismatch',
      target: 'shop',
      confidence: 'proved',
      mentions: ['uses Temporal', 'Node.js 26', 'package.json:3', 'asks for >=26', 'server.js:1'],
    },
  },
  {
    name: 'syntax that came with a later Python, in a project that says so',
    files: {
      'main.py': 'name = "shop"\nprint(t"hello {name}")\n',
      'pyproject.toml': '[project]\nname = "shop"\nrequires-python = ">=3.14"\n',
    },
    start: python,
    root: {
      cause: 'runtime.version-mismatch',
      target: 'shop',
      mentions: ['uses template strings', 'Python 3.14', 'pyproject.toml:3'],
    },
  },
  {
    name: 'tomllib on the Python of an old virtual environment (recorded from 3.9)',
    files: {
      'main.py': 'import tomllib\n',
      '.venv/pyvenv.cfg': 'home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.9.18\n',
      '.python-version': '3.12.1\n',
    },
    recorded:
      'Traceback (most recent call last):\n  File "/srv/shop/main.py", line 1, in <module>\n    import tomllib\nModuleNotFoundError: No module named \'tomllib\'\n',
    root: {
      cause: 'runtime.version-mismatch',
      mentions: ['imports tomllib', 'Python 3.9.18', '.venv/pyvenv.cfg:3', '.python-version:1'],
    },
  },
  {
    name: 'a native addon that was built for another Node.js (recorded)',
    files: { 'package.json': manifest('>=20'), 'server.js': "require('better-sqlite3');\n" },
    recorded:
      "node:internal/modules/cjs/loader:1921\n  return process.dlopen(module, path.toNamespacedPath(filename));\n                 ^\n\nError: The module '/srv/shop/node_modules/better-sqlite3/build/Release/better_sqlite3.node'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION 115. This version of Node.js requires\nNODE_MODULE_VERSION 137. Please try re-compiling or re-installing\nthe module (for instance, using `npm rebuild` or `npm install`).\n    at Object..node (node:internal/modules/cjs/loader:1921:18)\n    at Object.<anonymous> (/srv/shop/server.js:1:1) {\n  code: 'ERR_DLOPEN_FAILED'\n}\n\nNode.js v24.21.0\n",
    root: {
      cause: 'runtime.version-mismatch',
      mentions: ['better-sqlite3', 'built for Node.js 20', 'runs with Node.js 24.21.0'],
    },
  },
  {
    name: 'a Go that is older than go.mod asks for (recorded)',
    files: { Procfile: 'api: go run .\n', 'main.go': 'package main\n', 'go.mod': 'module shop\n\ngo 1.23\n' },
    recorded: 'go: go.mod requires go >= 1.23 (running go 1.21.6; GOTOOLCHAIN=local)\n',
    root: {
      cause: 'runtime.version-mismatch',
      target: 'api',
      mentions: ['asks for Go >=1.23', 'Go 1.21.6', 'go.mod:3'],
    },
  },
  {
    name: 'healthy look-alike: an engine that does not fit, on a service that runs all the same',
    files: {
      'package.json': manifest('>=90'),
      'server.js': "require('node:http').createServer().listen(@PORT@, () => console.log('listening'));\n",
    },
    after: async (scenario, port) => {
      await scenario.write({
        'logs/app.log':
          "npm warn EBADENGINE Unsupported engine {\nnpm warn EBADENGINE   required: { node: '>=90' },\nnpm warn EBADENGINE }\n",
      });
      await scenario.start(start, { log: 'logs/app.log' });
      await untilListening(port);
    },
    silent: true,
  },
  {
    name: 'healthy look-alike: a crash of an older version, followed by normal work',
    files: { 'package.json': manifest('>=20'), 'server.js': "require('node:http').createServer().listen(@PORT@);\n" },
    noise: `${new Date(Date.now() - 30_000_000).toISOString()} ERROR boot failed: TypeError: Promise.withResolvers is not a function\n${quietLog(60, { minutesAgo: 400 })}`,
    recorded: '',
    after: async (scenario, port) => {
      await scenario.start(start, { log: 'logs/app.log' });
      await untilListening(port);
    },
    silent: true,
  },
  {
    name: 'misleading: the version does not fit, but a module of the project is what is missing',
    files: { 'package.json': manifest('>=90'), 'server.js': "require('./lib/prices.js');\n" },
    start,
    root: { cause: 'file.missing', mentions: ['lib/prices.js'] },
    never: ['runtime.version-mismatch'],
  },
  {
    name: 'misleading: a plain slip of the pen on a version that fits',
    files: { 'package.json': manifest('>=18'), 'server.js': 'const prices = [1, 2;\n' },
    start,
    never: ['runtime.version-mismatch'],
  },
]);

describe.skipIf(oldMajor >= 22)('an older Node.js itself', () => {
  describeIncidents('lacks', [
    {
      name: 'a built-in module, while a newer one is on the PATH',
      files: { 'package.json': manifest('>=22'), 'server.js': "const { DatabaseSync } = require('node:sqlite');\n" },
      start: [OLD_NODE, 'server.js'],
      root: { cause: 'runtime.version-mismatch', mentions: ['uses node:sqlite', `Node.js ${oldMajor}.`] },
    },
    {
      name: 'the declaration using',
      files: { 'package.json': manifest('>=18'), 'server.js': '{\n  using x = null;\n}\n', '.nvmrc': '24\n' },
      start: [OLD_NODE, 'server.js'],
      root: { cause: 'runtime.version-mismatch', mentions: ['declaration using', '.nvmrc:1'] },
    },
    {
      name: 'an option of its command line',
      files: {
        'package.json': manifest('>=24').replace('node server.js', 'node --permission server.js'),
        'server.js': '\n',
      },
      // The PATH leads to the old one: nothing else tells which version it was.
      prepare: async (scenario) => {
        const before = process.env.PATH;
        process.env.PATH = `${path.dirname(OLD_NODE)}${path.delimiter}${before}`;
        scenario.onDispose(() => {
          process.env.PATH = before;
        });
      },
      start: [OLD_NODE, '--permission', 'server.js'],
      root: { cause: 'runtime.version-mismatch', mentions: ['is started with --permission'] },
    },
  ]);
});

describe.skipIf(!hasJava)('Java itself', () => {
  describeIncidents('refuses', [
    {
      name: 'a class of a later version',
      files: {
        Procfile: 'api: java App\n',
        'App.java': 'class App { public static void main(String[] a) {} }\n',
        'pom.xml': '<project>\n<properties><java.version>55</java.version></properties>\n</project>\n',
      },
      prepare: async (scenario) => {
        await scenario.run(['javac', 'App.java']);
        // The version of a class file stands in its bytes 6 and 7: https://docs.oracle.com/javase/specs/jvms/se21/html/jvms-4.html
        await scenario.run(['python3', '-c', 'f = open("App.class", "r+b"); f.seek(6); f.write(bytes([0, 99]))']);
      },
      start: ['java', 'App'],
      root: { cause: 'runtime.version-mismatch', target: 'api', mentions: ['was compiled for Java 55', 'pom.xml:2'] },
    },
  ]);
});
