import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { configProblem } from '../../../server/diagnosis/source/configSyntax.ts';

/** Each text with the line on which it breaks; undefined where it is well formed. */
const CASES: readonly (readonly [file: string, text: string, line: number | undefined])[] = [
  ['a.json', '{"a": [1, -2.5e3, "x\\u00e9", null, true], "b": {}}', undefined],
  ['a.json', '{\n  "a": 1,\n}\n', 2],
  ['a.json', '{\n  "a": 1\n  "b": 2\n}\n', 3],
  ['a.json', '{\n  // where it listens\n  "a": 1\n}', 2],
  ['a.json', "{\n  'a': 1\n}", 2],
  ['a.json', '{"a": "x\n"}', 1],
  ['a.json', '{\n  "a": {\n    "b": 1\n', 4],
  ['a.json', '', 1],
  ['a.json', '{"a": 01}', 1],
  ['a.json', '[1, 2] x', 1],
  [
    'a.toml',
    'title = "x"\n[server]\nport = 8_000\nhosts = [\n  "a", # one\n  "b",\n]\nat = 2026-11-24T10:00:00Z\n',
    undefined,
  ],
  ['a.toml', '[[jobs]]\nname = "a"\n[jobs.retry]\nmax = 1\n[[jobs]]\nname = "b"\n[jobs.retry]\nmax = 2\n', undefined],
  ['a.toml', 'x = {a = 1, b = {c = "d"}}\ny = {a = 2}\nz = """two\nlines\\""""\n', undefined],
  ['a.toml', "re = '\\d+'\nm = '''\nx'''\nf = +1.5e-3\ninf = -inf\n", undefined],
  ['a.toml', '[server]\nport = 8000\nhost = localhost\n', 3],
  ['a.toml', '[server\nport = 1\n', 1],
  ['a.toml', 'a = 1\na = 2\n', 2],
  ['a.toml', '[a]\nx = 1\n[a]\ny = 2\n', 3],
  ['a.toml', 'a = "x\n', 1],
  ['a.toml', 'a = [1, 2\nb = 3\n', 2],
  ['a.toml', 'a =\n', 1],
  ['a.toml', 'a = 1 b = 2\n', 1],
  ['a.ini', '; note\n[server]\nport = 8000\nhosts =\n  a\n  b\nname: x\n', undefined],
  ['a.ini', 'port = 8000\n[server]\n', 1],
  ['a.ini', '[server]\nport 8000\n', 2],
  ['a.ini', '[server\nport = 1\n', 1],
  ['a.ini', '[a]\nx = 1\n[b]\n[a]\n', 4],
  ['a.ini', '[a]\nx = 1\nX = 2\n', 3],
  [
    'a.xml',
    '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY x "y">]>\n<a b="1"><!-- < & --><c/>text &amp; &#10;<![CDATA[<&]]></a>\n',
    undefined,
  ],
  ['a.xml', '<a>\n  <b>\n</a>\n', 3],
  ['a.xml', '<a>\n  <b x=1/>\n</a>\n', 2],
  ['a.xml', '<a>\n  x & y\n</a>\n', 2],
  ['a.xml', '<a>\n  <b>\n', 2],
  ['a.xml', '<a/>\n<b/>\n', 2],
  ['a.xml', '<a x="1" x="2"/>', 1],
  ['a.yaml', 'a: 1\nb:\n  - x\n  - {c: d}\n---\ne: !custom f\n', undefined],
  ['a.yaml', 'a: 1\nb:\n\tc: 2\n', 3],
  // The parser blames the line on which the value begins that goes on.
  ['a.yaml', 'a: 1\n b: 2\n', 1],
  ['a.yaml', 'a: [1, 2\nb: 3\n', 2],
  ['a.properties', 'a=1\nb=C:\\\\users\nc=\\u00e9\n', undefined],
  ['a.properties', 'a=1\nb=C:\\users\n', 2],
];

describe('configuration files', () => {
  it.each(CASES)('%s: %j', async (file, text, line) => {
    expect((await configProblem(file, text))?.line).toBe(line);
  });

  it('names the column', async () => {
    expect(await configProblem('a.json', '{\n  "a": 1,\n}\n')).toMatchObject({ line: 2, column: 9 });
    expect(await configProblem('a.toml', '[server]\nhost = localhost\n')).toMatchObject({ line: 2, column: 8 });
  });

  it.each([
    ['a.json', '['.repeat(200_000)],
    ['a.json', `{"a":"${'\\"'.repeat(100_000)}`],
    ['a.toml', `a=${'['.repeat(120_000)}`],
    ['a.toml', `a=${'{a='.repeat(40_000)}`],
    ['a.toml', '[[a]]\n[b.c]\n'.repeat(20_000)],
    ['a.toml', `a = """${'\\"""'.repeat(30_000)}`],
    ['a.ini', `[a]\n${'x'.repeat(200_000)}`],
    ['a.ini', `[a]\n${' a'.repeat(100_000)}`],
    ['a.xml', '<a>'.repeat(60_000)],
    ['a.xml', `<a ${'x="1" '.repeat(30_000)}`],
    ['a.xml', `<a>${'&'.repeat(200_000)}</a>`],
    ['a.properties', `a=${'\\'.repeat(200_000)}`],
  ])('reads a hostile %s in bounded time', async (file, text) => {
    const begin = performance.now();
    await configProblem(file, text);
    expect(performance.now() - begin).toBeLessThan(500);
  });
});

/** Python's own parsers as the judges, where there is a Python that has them. */
const PYTHON = `
import sys, json
kind, text = json.load(sys.stdin)
try:
    if kind == 'toml':
        import tomllib; tomllib.loads(text)
    elif kind == 'ini':
        import configparser; configparser.ConfigParser(interpolation=None).read_string(text)
    elif kind == 'xml':
        import xml.etree.ElementTree as e; e.fromstring(text)
    else:
        json.loads(text)
except ImportError:
    sys.exit(3)
except Exception:
    sys.exit(1)
`;

describe('agrees with the parsers of Python', () => {
  it.each(CASES.filter(([file]) => /\.(?:json|toml|ini|xml)$/.test(file)))('%s: %j', (file, text, line) => {
    const kind = file.split('.')[1];
    const result = spawnSync('python3', ['-c', PYTHON], { input: JSON.stringify([kind, text]), timeout: 20_000 });
    expect(result.error).toBeUndefined();
    // Status 3: a Python before 3.11 reads no TOML, and judges only the other formats.
    if (result.status !== 3) expect(result.status).toBe(line === undefined ? 0 : 1);
  });
});
