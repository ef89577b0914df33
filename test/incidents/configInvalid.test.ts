import { describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { describeIncidents } from '../support/describeIncidents.ts';
import { expectRoot } from '../support/expectReport.ts';
import { createScenario, quietLog, untilListening } from '../support/scenario.ts';

const NODE = {
  'package.json': '{ "name": "shop", "scripts": { "start": "node server.js" } }\n',
  'server.js':
    "const { readFileSync } = require('node:fs');\nconst settings = JSON.parse(readFileSync('./config/settings.json', 'utf8'));\nrequire('node:http').createServer().listen(settings.port);\n",
};
const NODE_START = ['node', 'server.js'] as const;
const PYTHON_START = ['python3', 'main.py'] as const;
const ini = (body: string): Record<string, string> => ({
  'main.py':
    'import configparser\nparser = configparser.ConfigParser()\nparser.read("app.ini")\nprint(parser["server"]["port"])\n',
  'app.ini': body,
});

describeIncidents('configuration that cannot be read', [
  {
    name: 'JSON with a comma too much, read by code that does not name it in its error',
    files: {
      ...NODE,
      'config/settings.json': '{\n  "port": @PORT@,\n  "cache": { "ttl": 30, },\n  "name": "shop"\n}\n',
    },
    start: NODE_START,
    root: {
      cause: 'config.invalid',
      target: 'shop',
      mentions: ['config/settings.json:3', 'column 23', 'a comma with nothing after it', 'server.js:2'],
    },
    never: ['env.malformed'],
  },
  {
    name: 'JSON without a comma, through require()',
    files: {
      ...NODE,
      'server.js': "const settings = require('./settings.json');\nconsole.log(settings.port);\n",
      'settings.json': '{\n  "port": 8000\n  "name": "shop"\n}\n',
    },
    start: NODE_START,
    root: { cause: 'config.invalid', mentions: ['settings.json:3', "expected ',' or '}'"] },
  },
  {
    name: 'JSON with comments, read by Python beside its code',
    files: {
      'main.py':
        'import json, pathlib\nwith open(pathlib.Path(__file__).parent / "settings.json") as file:\n    settings = json.load(file)\n',
      'settings.json': '{\n  // where it listens\n  "port": 8000\n}\n',
    },
    start: PYTHON_START,
    root: { cause: 'config.invalid', mentions: ['settings.json:2', 'a comment', 'main.py:3'] },
  },
  {
    name: 'INI: a key ahead of the first section',
    files: ini('port = 8000\n[server]\nname = x\n'),
    start: PYTHON_START,
    root: { cause: 'config.invalid', mentions: ['app.ini:1', 'ahead of the first [section]'] },
  },
  {
    name: 'INI: a key that stands twice',
    files: ini('[server]\nport = 8000\nport = 8001\n'),
    start: PYTHON_START,
    root: { cause: 'config.invalid', mentions: ['app.ini:3', 'stands twice'] },
  },
  {
    name: 'XML with a tag that is not closed',
    files: {
      'main.py': 'import xml.etree.ElementTree as tree\nroot = tree.parse("beans.xml").getroot()\n',
      'beans.xml': '<beans>\n  <bean id="a">\n</beans>\n',
    },
    start: PYTHON_START,
    root: { cause: 'config.invalid', mentions: ['beans.xml:3', '<bean> of line 2 is open'] },
  },
  {
    name: 'TOML whose text has no quotes (recorded from Python 3.12, whose tomllib names no file)',
    files: {
      'main.py': 'import tomllib\nwith open("app.toml", "rb") as file:\n    settings = tomllib.load(file)\n',
      'app.toml': '[server]\nport = 8000\nhost = localhost\n',
    },
    recorded:
      'Traceback (most recent call last):\n  File "/srv/app/main.py", line 3, in <module>\n    settings = tomllib.load(file)\n               ^^^^^^^^^^^^^^^^^^\n  File "/usr/lib/python3.12/tomllib/_parser.py", line 66, in load\n    return loads(s, parse_float=parse_float)\ntomllib.TOMLDecodeError: Invalid value (at line 3, column 8)\n',
    root: { cause: 'config.invalid', mentions: ['app.toml:3', 'a text needs quotes'] },
  },
  {
    name: 'YAML with a tab (recorded from js-yaml)',
    files: { ...NODE, 'config/settings.yaml': 'port: 8000\ncache:\n\tttl: 30\n' },
    recorded:
      'YAMLException: tab characters must not be used in indentation in "config/settings.yaml" (3:1)\n\n 1 | port: 8000\n 2 | cache:\n 3 | \tttl: 30\n-----^\n    at generateError (/srv/shop/node_modules/js-yaml/lib/loader.js:183:10)\n    at load (/srv/shop/server.js:2:20)\n\nNode.js v22.11.0\n',
    root: { cause: 'config.invalid', mentions: ['config/settings.yaml:3'] },
  },
  {
    name: 'Java properties with a broken escape (recorded)',
    files: { Procfile: 'api: java -jar app.jar\n', 'conf/app.properties': 'name=shop\nfolder=C:\\users\\shop\n' },
    recorded:
      'Exception in thread "main" java.lang.IllegalArgumentException: Malformed \\uxxxx encoding.\n\tat java.base/java.util.Properties.loadConvert(Properties.java:672)\n\tat java.base/java.util.Properties.load(Properties.java:381)\n\tat shop.Settings.read(Settings.java:14)\nCaused by: shop.SettingsException: cannot read conf/app.properties\n',
    root: { cause: 'config.invalid', target: 'api', mentions: ['conf/app.properties:2', 'malformed'] },
  },
  {
    name: 'a value outside of what the program takes, with key and file in its error',
    files: {
      ...NODE,
      'server.js':
        "const settings = require('./settings.json');\nif (settings.cache.eviction !== 'lru') throw new Error(`settings.json: cache.eviction must be one of lru, lfu; got \"${settings.cache.eviction}\"`);\n",
      'settings.json': '{\n  "cache": {\n    "eviction": "oldest"\n  }\n}\n',
    },
    start: NODE_START,
    root: {
      cause: 'config.invalid',
      confidence: 'proved',
      mentions: ['cache.eviction in settings.json', 'settings.json:3', 'oldest'],
    },
  },
  {
    name: 'healthy look-alike: the file was repaired after the crash',
    files: {
      ...NODE,
      'server.js': "const settings = require('./settings.json');\nconsole.log(settings.port);\n",
      'settings.json': '{\n  "port": 8000,\n}\n',
    },
    start: NODE_START,
    after: (scenario) => scenario.write({ 'settings.json': '{\n  "port": 8000\n}\n' }),
    never: ['config.invalid'],
    ruledOut: ['config.invalid'],
  },
  {
    name: 'healthy look-alike: a broken sample that nothing reads, and a request with bad JSON long ago',
    files: {
      ...NODE,
      'config/settings.json': '{ "port": @PORT@ }\n',
      'docs/example.json': '{ "port": }\n',
      'theme.json': '{ broken\n',
    },
    noise: `${new Date(Date.now() - 9 * 3_600_000).toISOString()} ERROR POST /items: SyntaxError: Unexpected token 'o', "not json" is not valid JSON\n${quietLog(80, { minutesAgo: 400 })}`,
    recorded: '',
    after: async (scenario, port) => {
      await scenario.start(NODE_START, { log: 'logs/app.log' });
      await untilListening(port);
    },
    silent: true,
  },
  {
    name: 'misleading: the log is loud about JSON of clients, the port is taken',
    files: { ...NODE, 'config/settings.json': '{ "port": @PORT@ }\n', 'theme.json': '{ broken\n' },
    prepare: async (scenario, port) => {
      await scenario.start(['node', '-e', `require('node:net').createServer().listen(${port})`], {
        cwd: scenario.outside,
      });
      await new Promise((resolve) => setTimeout(resolve, 500));
    },
    noise:
      Array.from(
        { length: 40 },
        (_, i) =>
          `${new Date(Date.now() - (400 - i) * 60_000).toISOString()} WARN  client sent bad JSON: Unexpected token 'x' in theme.json is not valid JSON\n`,
      ).join('') + quietLog(60, { minutesAgo: 300 }),
    start: NODE_START,
    root: { cause: 'port.conflict' },
    never: ['config.invalid'],
  },
]);

describe('what a configuration file holds', () => {
  it('a secret in the broken line is not shown', async () => {
    const scenario = await createScenario();
    try {
      await scenario.write({
        ...NODE,
        'server.js': "require('./settings.json');\n",
        'settings.json': '{\n  "user": "shop"\n  "password": "Lantern-Moss-47",\n}\n',
      });
      await scenario.run(NODE_START, { log: 'logs/app.log' });
      expectRoot(await scenario.diagnose(), {
        cause: 'config.invalid',
        mentions: ['settings.json:3'],
        secrets: ['Lantern-Moss-47'],
      });
    } finally {
      await scenario.dispose();
    }
  });

  it('the fix repairs exactly what it says', async () => {
    const scenario = await createScenario();
    try {
      await scenario.write({
        ...NODE,
        'server.js': "require('./settings.json');\n",
        'settings.json': '{\n  "port": 8000,\n}\n',
      });
      await scenario.run(NODE_START, { log: 'logs/app.log' });
      const report = await scenario.diagnose();
      expect(report.findings[0]?.fixes[0]).toMatchObject({
        risk: 'write',
        undo: true,
        changes: [{ kind: 'edit', file: 'settings.json', line: 2, before: '  "port": 8000,', after: '  "port": 8000' }],
      });
      await expectFixVerifies(scenario, report.findings[0]);
    } finally {
      await scenario.dispose();
    }
  });
});
