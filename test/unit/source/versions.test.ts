import { describe, expect, it } from 'vitest';
import { declaredVersions } from '../../../server/diagnosis/source/declaredVersions.ts';
import { versionComplaintIn } from '../../../server/diagnosis/source/versionComplaint.ts';
import { admits, type RangeStyle } from '../../../server/diagnosis/source/versionRange.ts';
import { readVersion } from '../../../server/systems/runtimes/runtimes.ts';

describe('ranges of versions', () => {
  it.each<[RangeStyle, string, string, boolean | undefined]>([
    ['npm', '>=18', '20.20.2', true],
    ['npm', '>=22', '20.20.2', false],
    ['npm', '>= 18 < 21', '20.20.2', true],
    ['npm', '^20.1.0', '20.0.9', false],
    ['npm', '^20.1.0', '21.0.0', false],
    ['npm', '~20.11', '20.12.0', false],
    ['npm', '20.x', '20.20.2', true],
    ['npm', '18 || 20 || >=22', '21.4.0', false],
    ['npm', '18 || 20 || >=22', '24.1.0', true],
    ['npm', '18 - 20', '20.20.2', true],
    ['npm', '>20', '20.20.2', false],
    ['npm', '*', '20.20.2', true],
    ['npm', 'lts/*', '20.20.2', undefined],
    ['npm', 'latest || >=99', '20.20.2', undefined],
    ['python', '>=3.11,<4', '3.11.7', true],
    ['python', '>=3.12', '3.11.7', false],
    ['python', '~=3.10', '3.11.7', true],
    ['python', '~=3.10.2', '3.11.7', false],
    ['python', '==3.11.*', '3.11.7', true],
    ['python', '^3.12', '3.11.7', false],
    ['python', '!=3.11.*,>=3.9', '3.11.7', false],
    ['prefix', '3.12.1', '3.12.4', true],
    ['prefix', '3.12', '3.11.7', false],
    ['prefix', 'python-3.11.4', '3.11.7', true],
    ['minimum', '1.22', '1.21.4', false],
    ['minimum', '17', '21.0.2', true],
  ])('%s %s admits %s: %s', (style, range, version, answer) => {
    expect(admits(range, version, style)).toBe(answer);
  });

  it('reads what runtimes print of themselves', () => {
    expect(readVersion('v20.20.2\n')).toBe('20.20.2');
    expect(readVersion('Python 3.11.7\n')).toBe('3.11.7');
    expect(readVersion('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)')).toBe(
      '17.0.15',
    );
    expect(readVersion('java version "1.8.0_391"\n')).toBe('8.0');
    expect(readVersion('go version go1.22.4 linux/amd64\n')).toBe('1.22.4');
    expect(readVersion('ruby 3.1.2p20 (2022-04-12 revision 4491bb740a) [x86_64-linux-gnu]')).toBe('3.1.2');
    expect(readVersion('rustc 1.75.0 (82e1608df 2023-12-21)')).toBe('1.75.0');
    expect(readVersion('pyenv: version `3.99` is not installed')).toBe(undefined);
  });
});

describe('what projects ask for', () => {
  it.each([
    ['node', '.nvmrc', 'v20.11.0\n', '20.20.2', '22.1.0'],
    ['node', 'package.json', '{\n  "engines": {\n    "node": ">=22 <25"\n  }\n}\n', '24.1.0', '20.20.2'],
    ['node', 'package.json', '{ "engines": { "npm": ">=9", "node": "^20" } }', '20.20.2', '24.1.0'],
    ['node', '.tool-versions', 'python 3.12.1\nnodejs 20.11.0\n', '20.20.2', '18.1.0'],
    ['python', '.tool-versions', 'python 3.12.1\nnodejs 20.11.0\n', '3.12.9', '3.11.1'],
    ['python', 'pyproject.toml', '[project]\nrequires-python = ">=3.11"\n', '3.12.0', '3.9.2'],
    ['python', 'runtime.txt', 'python-3.11.4\n', '3.11.9', '3.12.1'],
    ['go', 'go.mod', 'module shop\n\ngo 1.23.1\n', '1.24.0', '1.22.0'],
    ['java', 'pom.xml', '<properties>\n  <java.version>21</java.version>\n</properties>\n', '21.0.2', '17.0.15'],
    [
      'java',
      'build.gradle.kts',
      'java { toolchain { languageVersion = JavaLanguageVersion.of(21) } }\n',
      '21.0.2',
      '17.0.15',
    ],
    ['rust', 'rust-toolchain.toml', '[toolchain]\nchannel = "1.80"\n', '1.80.1', '1.75.0'],
  ] as const)('%s in %s', async (runtime, file, text, good, bad) => {
    const [declared] = await declaredVersions(runtime, '', [file], async () => text);
    expect(declared?.admits(good)).toBe(true);
    expect(declared?.admits(bad)).toBe(false);
  });

  it('the folder of the service goes ahead of the root', async () => {
    const files = new Map([
      ['.nvmrc', '18'],
      ['apps/web/.nvmrc', '22'],
    ]);
    const [declared] = await declaredVersions('node', 'apps/web', [...files.keys()], async (file) => files.get(file));
    expect(declared).toMatchObject({ range: '22', at: { file: 'apps/web/.nvmrc', line: 1 } });
  });
});

describe('errors about versions', () => {
  it.each([
    [
      "Error: The module '/srv/shop/node_modules/better-sqlite3/build/Release/better_sqlite3.node'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION 115. This version of Node.js requires\nNODE_MODULE_VERSION 137. Please try re-compiling or re-installing\nthe module (for instance, using `npm rebuild` or `npm install`).\n",
      { runtime: 'node', kind: 'stated', wanted: '20', actual: '24', addon: 'better-sqlite3' },
    ],
    [
      'Exception in thread "main" java.lang.UnsupportedClassVersionError: shop/App has been compiled by a more recent version of the Java Runtime (class file version 65.0), this version of the Java Runtime only recognizes class file versions up to 61.0\n\tat java.base/java.lang.ClassLoader.defineClass1(Native Method)\n',
      { runtime: 'java', kind: 'stated', wanted: '>=21', actual: '17' },
    ],
    [
      'npm error code EBADENGINE\nnpm error engine Unsupported engine\nnpm error notsup Required: {"node":">=90"}\nnpm error notsup Actual:   {"node":"v24.21.0","npm":"11.19.1"}\n',
      { runtime: 'node', kind: 'stated', wanted: '>=90', actual: '24.21.0' },
    ],
    [
      'error shop@1.0.0: The engine "node" is incompatible with this module. Expected version ">=22". Got "20.20.2"\n',
      { runtime: 'node', kind: 'stated', wanted: '>=22', actual: '20.20.2' },
    ],
    [
      "ERROR: Package 'shop' requires a different Python: 3.9.2 not in '>=3.11'\n",
      { runtime: 'python', wanted: '>=3.11', actual: '3.9.2' },
    ],
    [
      'go: go.mod requires go >= 1.23 (running go 1.21.6; GOTOOLCHAIN=local)\n',
      { runtime: 'go', wanted: '>=1.23', actual: '1.21.6' },
    ],
    [
      'Your Ruby version is 3.1.2, but your Gemfile specified 3.2.0\n',
      { runtime: 'ruby', wanted: '3.2.0', actual: '3.1.2' },
    ],
    [
      'error: package `clap v4.5.0` cannot be built because it requires rustc 1.74 or newer, while the currently active rustc version is 1.70.0\n',
      { runtime: 'rust', wanted: '>=1.74', actual: '1.70.0' },
    ],
    [
      '  File "m.py", line 2\n    match x:\n          ^\nSyntaxError: invalid syntax\n',
      { runtime: 'python', kind: 'feature', wanted: '3.10' },
    ],
  ])('%j', (text, complaint) => {
    expect(versionComplaintIn(text)).toMatchObject(complaint);
  });

  it.each([
    'TypeError: user.isActive is not a function\n\nNode.js v20.20.2\n',
    "ModuleNotFoundError: No module named 'flask'\n",
    'SyntaxError: Unexpected token \'o\', "nope" is not valid JSON\n\nNode.js v20.20.2\n',
    'the documentation says: NODE_MODULE_VERSION 115 stands for Node.js 20\n',
  ])('leaves other errors alone: %j', (text) => {
    expect(versionComplaintIn(text)).toBeUndefined();
  });

  it.each([
    `NODE_MODULE_VERSION 115${'\nx'.repeat(100_000)}`,
    ' match '.repeat(50_000),
    `    type a = ${'x'.repeat(200_000)}`,
    'Required: {'.repeat(20_000),
  ])('reads hostile text in bounded time', (text) => {
    const begin = performance.now();
    versionComplaintIn(text);
    expect(performance.now() - begin).toBeLessThan(300);
  });
});
