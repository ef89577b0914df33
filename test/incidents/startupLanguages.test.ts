import { spawnSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { describe } from 'vitest';
import { describeIncidents } from '../support/describeIncidents.ts';
import { type Scenario, untilListening } from '../support/scenario.ts';

const has = (program: string, ...args: string[]): boolean => spawnSync(program, args, { timeout: 20_000 }).status === 0;
const holdPort = async (scenario: Scenario, port: number): Promise<void> => {
  await scenario.start(['node', '-e', `require('node:net').createServer().listen(${port}, '127.0.0.1')`], {
    cwd: scenario.outside,
  });
  await untilListening(port);
};
const java = (body: string): string =>
  `public class App {\n  public static void main(String[] args) throws Exception {\n    ${body}\n  }\n}\n`;
const JAVA = { Procfile: 'api: java App.java\n' };

describe.skipIf(!has('java', '-version'))('Java itself', () => {
  describeIncidents('fails over', [
    {
      name: 'a port',
      files: {
        ...JAVA,
        'App.java': java('new java.net.ServerSocket(@PORT@, 5, java.net.InetAddress.getByName("127.0.0.1")).accept();'),
      },
      prepare: holdPort,
      start: ['java', 'App.java'],
      times: 1,
      root: (port) => ({ cause: 'port.conflict', target: 'api', mentions: [String(port)] }),
    },
    {
      name: 'a variable that is not there',
      files: {
        ...JAVA,
        'App.java': java(
          'String region = System.getenv("STORE_REGION");\n    System.out.println(region.toUpperCase());',
        ),
      },
      start: ['java', 'App.java'],
      times: 1,
      root: { cause: 'env.missing', target: 'api', mentions: ['STORE_REGION'] },
    },
    {
      name: 'a file',
      files: { ...JAVA, 'App.java': java('java.nio.file.Files.readString(java.nio.file.Path.of("conf/rules.json"));') },
      start: ['java', 'App.java'],
      times: 1,
      root: { cause: 'file.missing', target: 'api', mentions: ['conf/rules.json'] },
    },
    {
      name: 'a number',
      files: {
        ...JAVA,
        '.env': 'POOL_SIZE=1O\n',
        'App.java': java('int n = Integer.parseInt(System.getenv("POOL_SIZE"));'),
      },
      start: ['java', 'App.java'],
      options: { env: { POOL_SIZE: '1O' } },
      times: 1,
      root: { cause: 'env.malformed', target: 'api', mentions: ['POOL_SIZE', '.env:1'] },
    },
  ]);
});

describe.skipIf(!has('perl', '-v'))('Perl itself', () => {
  const PERL = { Procfile: 'gate: perl gate.pl\n' };
  describeIncidents('fails over', [
    {
      name: 'a file',
      files: {
        ...PERL,
        'gate.pl': "use strict;\nopen(my $in, '<', 'etc/gate.conf') or die \"cannot open etc/gate.conf: $!\";\n",
      },
      start: ['perl', 'gate.pl'],
      root: { cause: 'file.missing', target: 'gate', mentions: ['etc/gate.conf', 'gate.pl:2'] },
    },
    {
      name: 'a variable',
      files: { ...PERL, 'gate.pl': 'use strict;\nmy $key = $ENV{GATE_KEY} or die "GATE_KEY is not set\\n";\n' },
      start: ['perl', 'gate.pl'],
      root: { cause: 'env.missing', target: 'gate', mentions: ['GATE_KEY', 'gate.pl:2'] },
    },
    {
      name: 'a port',
      files: {
        ...PERL,
        'gate.pl':
          'use strict;\nuse IO::Socket::INET;\nmy $s = IO::Socket::INET->new(LocalAddr => \'127.0.0.1\', LocalPort => @PORT@, Listen => 5) or die "cannot listen on port @PORT@: $@ $!";\n$s->accept;\n',
      },
      prepare: holdPort,
      start: ['perl', 'gate.pl'],
      root: (port) => ({ cause: 'port.conflict', target: 'gate', mentions: [String(port)] }),
    },
    {
      name: 'a file that it may not read',
      files: {
        ...PERL,
        'key.pem': 'x',
        'gate.pl': "open(my $in, '<', 'key.pem') or die \"Can't open 'key.pem': $!\";\n",
      },
      prepare: async (scenario) => {
        await chmod(path.dirname(scenario.workspace), 0o755);
        await chmod(scenario.workspace, 0o755);
        await chmod(path.join(scenario.workspace, 'key.pem'), 0o600);
      },
      start: ['perl', 'gate.pl'],
      options: { uid: 65_534 },
      root: { cause: 'file.permission', target: 'gate', mentions: ['key.pem', '0600'] },
    },
  ]);
});

describe.skipIf(!has('python3', '-c', 'import flask'))('Flask itself', () => {
  describeIncidents('fails over', [
    {
      name: 'a port of its development server',
      files: {
        Procfile: 'web: python3 -m flask run --port @PORT@\n',
        'app.py': 'from flask import Flask\napp = Flask(__name__)\n',
      },
      prepare: async (scenario, port) => {
        await holdPort(scenario, port);
        await scenario.write({ 'run.sh': `exec python3 -m flask run --port ${port}\n` });
      },
      start: ['sh', 'run.sh'],
      times: 1,
      root: (port) => ({ cause: 'port.conflict', target: 'web', mentions: [String(port)] }),
    },
    {
      name: 'a key that its configuration reads',
      files: {
        Procfile: 'web: python3 -m flask run\n',
        'app.py':
          "import os\nfrom flask import Flask\napp = Flask(__name__)\napp.config['MAIL_TOKEN'] = os.environ['MAIL_TOKEN']\n",
      },
      start: ['python3', '-m', 'flask', 'run'],
      times: 1,
      root: { cause: 'env.missing', target: 'web', mentions: ['MAIL_TOKEN', 'app.py:4'] },
    },
  ]);
});

describeIncidents('the shell fails over', [
  {
    name: 'a folder that it enters',
    files: { Procfile: 'web: bash start.sh\n', 'start.sh': 'set -e\ncd release/current\nexec node server.js\n' },
    start: ['bash', 'start.sh'],
    root: { cause: 'file.missing', target: 'web', mentions: ['release/current', 'start.sh:2'] },
  },
  {
    name: 'a file that cat should read',
    files: {
      Procfile: 'web: bash start.sh\n',
      'start.sh': 'set -e\nTOKEN_FILE=run/token\ncat "$TOKEN_FILE" > /dev/null\nsleep 100\n',
    },
    start: ['bash', 'start.sh'],
    root: { cause: 'file.missing', target: 'web', mentions: ['run/token'] },
  },
]);
