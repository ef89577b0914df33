import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeIncidents } from '../support/describeIncidents.ts';
import { freePort } from '../support/freePort.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';

const SERVER = `
const http = require('node:http');
http.createServer((request, response) => response.end('ok')).listen(Number(process.env.PORT), '127.0.0.1', () => console.log(new Date().toISOString() + ' INFO  listening on ' + process.env.PORT));
`;

describe('port.conflict', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    await scenario.write({
      'package.json': '{ "name": "shop", "scripts": { "start": "node --env-file=.env server.js" } }\n',
      '.env': `PORT=${port}\n`,
      'server.js': SERVER,
    });
  });
  afterEach(() => scenario.dispose());

  const holdPort = async (): Promise<number> => {
    const { pid } = await scenario.start(
      ['node', '-e', `require('node:http').createServer().listen(${port}, '127.0.0.1')`],
      { cwd: scenario.outside },
    );
    await untilListening(port);
    return pid;
  };

  it('names the holder when the service crashed on it, and explains the crash', async () => {
    const pid = await holdPort();
    await scenario.write({ 'logs/shop.log': quietLog(50, { minutesAgo: 300 }) });
    await scenario.run(['node', '--env-file=.env', 'server.js'], { log: 'logs/shop.log' });
    await scenario.run(['node', '--env-file=.env', 'server.js'], { log: 'logs/shop.log' });
    const report = await scenario.diagnose();
    const [root, ...rest] = report.findings;
    expect(root).toMatchObject({ cause: 'port.conflict', target: 'shop', confidence: 'proved' });
    expect(root?.summary).toContain(`Port ${port} is held by node (pid ${pid})`);
    expect(rest.map((finding) => finding.cause).sort()).toEqual(['process.crash-loop', 'service.down']);
    expect(root?.explains).toEqual(rest.map((finding) => finding.id));
    expect(root?.fixes[0]?.changes[0]).toMatchObject({ kind: 'edit', file: '.env', line: 1, before: `PORT=${port}` });
    expect(report.status).toBe('fail');
  });

  it('is refuted once the port is free again', async () => {
    const holder = await scenario.start(
      ['node', '-e', `require('node:http').createServer().listen(${port}, '127.0.0.1')`],
      { cwd: scenario.outside },
    );
    await untilListening(port);
    await scenario.run(['node', '--env-file=.env', 'server.js'], { log: 'logs/shop.log' });
    await holder.stop();
    const report = await scenario.diagnose();
    expect(report.findings.map((finding) => finding.cause)).not.toContain('port.conflict');
    expect(report.ruledOut.map((entry) => entry.cause)).toContain('port.conflict');
  });

  it('is silent when the service itself holds its port and works', async () => {
    await scenario.start(['node', '--env-file=.env', 'server.js'], { log: 'logs/shop.log' });
    await untilListening(port);
    const report = await scenario.diagnose();
    expect(report.findings).toEqual([]);
    expect(report.status).toBe('pass');
  });
});

/** Another program of this machine on the port, on the address that the case asks for. */
async function holdPort(scenario: Scenario, port: number, host: string): Promise<void> {
  await scenario.start(
    [
      'node',
      '-e',
      `require('node:http').createServer().listen(${port}, '${host}', () => require('node:fs').writeFileSync('held', ''))`,
    ],
    { cwd: scenario.outside },
  );
  await untilFile(`${scenario.outside}/held`);
}

async function untilFile(file: string): Promise<void> {
  for (let tries = 0; !existsSync(file); tries++) {
    if (tries > 200) throw new Error(`${file} did not appear`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const NODE_SERVER = "require('node:http').createServer().listen(@PORT@, '127.0.0.1', () => console.log('up'));\n";
const rootOn = (target: string) => (port: number) => ({
  cause: 'port.conflict',
  target,
  confidence: 'proved' as const,
  mentions: [String(port), /node \(pid \d+\)/],
});

describeIncidents('port.conflict, seen in', [
  {
    name: 'code alone, held on 0.0.0.0, output without times',
    files: { 'package.json': '{ "name": "kiosk", "scripts": { "start": "node index.js" } }', 'index.js': NODE_SERVER },
    prepare: (scenario, port) => holdPort(scenario, port, '0.0.0.0'),
    start: ['node', 'index.js'],
    noise: 'up\nserved /a\nserved /b\n',
    root: rootOn('kiosk'),
  },
  {
    name: 'code alone, held on ::',
    files: {
      'package.json': '{ "name": "kiosk", "scripts": { "start": "node index.js" } }',
      'index.js': NODE_SERVER.replace(", '127.0.0.1'", ''),
    },
    prepare: (scenario, port) => holdPort(scenario, port, '::'),
    start: ['node', 'index.js'],
    root: rootOn('kiosk'),
  },
  {
    name: 'a flag of Python, in a Procfile',
    files: { Procfile: 'web: python3 -m http.server @PORT@ --bind 127.0.0.1\n' },
    prepare: (scenario, port) => holdPort(scenario, port, '127.0.0.1'),
    start: [
      'sh',
      '-c',
      'exec python3 -m http.server $(sed -n "s/.*server \\([0-9]*\\).*/\\1/p" Procfile) --bind 127.0.0.1',
    ],
    log: 'var/log/web.log',
    root: rootOn('web'),
  },
  {
    name: 'uvicorn',
    files: { Procfile: 'api: uvicorn main:app --host 127.0.0.1 --port @PORT@\n', 'main.py': 'app = None\n' },
    prepare: (scenario, port) => holdPort(scenario, port, '127.0.0.1'),
    noise: '',
    recorded: `INFO:     Started server process [4121]
INFO:     Waiting for application startup.
INFO:     Application startup complete.
ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', @PORT@): address already in use
INFO:     Waiting for application shutdown.
INFO:     Application shutdown complete.
`,
    root: rootOn('api'),
  },
  {
    name: 'gunicorn, which retries',
    files: { Procfile: 'api: gunicorn -b 127.0.0.1:@PORT@ shop.wsgi:application\n' },
    prepare: (scenario, port) => holdPort(scenario, port, '127.0.0.1'),
    recorded: `[2026-11-23 18:04:05 +0000] [4121] [INFO] Starting gunicorn 22.0.0
[2026-11-23 18:04:05 +0000] [4121] [ERROR] Connection in use: ('127.0.0.1', @PORT@)
[2026-11-23 18:04:05 +0000] [4121] [ERROR] Retrying in 1 second.
[2026-11-23 18:04:06 +0000] [4121] [ERROR] Connection in use: ('127.0.0.1', @PORT@)
[2026-11-23 18:04:06 +0000] [4121] [ERROR] Retrying in 1 second.
[2026-11-23 18:04:07 +0000] [4121] [ERROR] Can't connect to ('127.0.0.1', @PORT@)
`,
    noise: '',
    root: rootOn('api'),
  },
  {
    name: 'the development server of Flask, which has no level and no time',
    files: { Procfile: 'web: flask run --port @PORT@\n', 'app.py': 'from flask import Flask\napp = Flask(__name__)\n' },
    prepare: (scenario, port) => holdPort(scenario, port, '127.0.0.1'),
    noise: '',
    recorded: ` * Serving Flask app 'app'
 * Debug mode: off
Address already in use
Port @PORT@ is in use by another program. Either identify and stop that program, or start the server with a different port.
`,
    root: rootOn('web'),
  },
  {
    name: 'the development server of Django, which names no port',
    files: { 'manage.py': '#!/usr/bin/env python\n', Procfile: 'web: python manage.py runserver 127.0.0.1:@PORT@\n' },
    prepare: (scenario, port) => holdPort(scenario, port, '127.0.0.1'),
    recorded: `Watching for file changes with StatReloader
Performing system checks...

System check identified no issues (0 silenced).
Django version 5.0.1, using settings 'shop.settings'
Starting development server at http://127.0.0.1:@PORT@/
Quit the server with CONTROL-C.
Error: That port is already in use.
`,
    root: rootOn('web'),
  },
  {
    name: 'Go',
    files: { 'go.mod': 'module example.com/gate\n', 'main.go': 'package main\n', '.env': 'ADDR=:@PORT@\n' },
    prepare: (scenario, port) => holdPort(scenario, port, '127.0.0.1'),
    noise: '',
    recorded: '2026/11/23 18:04:05 listen tcp :@PORT@: bind: address already in use\nexit status 1\n',
    root: rootOn('gate'),
  },
  {
    name: 'Spring Boot',
    files: {
      Procfile: 'api: java -jar app.jar\n',
      'src/main/resources/application.properties': 'server.port=@PORT@\n',
    },
    prepare: (scenario, port) => holdPort(scenario, port, '127.0.0.1'),
    recorded: `2026-11-23T18:04:05.123Z ERROR 4121 --- [main] o.s.b.d.LoggingFailureAnalysisReporter   :\u0020

***************************
APPLICATION FAILED TO START
***************************

Description:

Web server failed to start. Port @PORT@ was already in use.

Action:

Identify and stop the process that's listening on port @PORT@ or configure this application to listen on another port.

`,
    root: rootOn('api'),
  },
  {
    name: 'puma under foreman, two services in one log',
    files: { Procfile: 'web: bundle exec puma -p @PORT@\nworker: bundle exec sidekiq\n' },
    prepare: (scenario, port) => holdPort(scenario, port, '127.0.0.1'),
    noise: '18:03:58 web.1    | started with pid 4121\n18:03:58 worker.1 | started with pid 4122\n',
    recorded: `18:04:01 web.1    | Puma starting in single mode...
18:04:02 worker.1 | 2026-11-23T18:04:02.123Z pid=4122 tid=2k0 INFO: Booting Sidekiq 7.2.0
18:04:02 web.1    | bundler: failed to load command: puma (/usr/local/bundle/bin/puma)
18:04:02 web.1    | /usr/local/bundle/gems/puma-6.4.2/lib/puma/binder.rb:341:in 'TCPServer#initialize': Address already in use - bind(2) for "127.0.0.1" port @PORT@ (Errno::EADDRINUSE)
18:04:02 web.1    | 	from /usr/local/bundle/gems/puma-6.4.2/lib/puma/binder.rb:341:in 'new'
18:04:02 web.1    | exited with code 1
18:04:02 system   | sending SIGTERM to all processes
18:04:02 worker.1 | 2026-11-23T18:04:02.523Z pid=4122 tid=2k0 INFO: Shutting down
18:04:02 worker.1 | exited with code 0
`,
    root: rootOn('web'),
  },
  {
    name: 'pino, behind npm',
    files: {
      'package.json': '{ "name": "kiosk", "scripts": { "start": "node index.js" } }',
      '.env': 'PORT=@PORT@\n',
      'index.js': `require('node:http').createServer().on('error', (err) => {
  console.log(JSON.stringify({ level: 60, time: Date.now(), pid: 1, err: { type: 'Error', message: err.message, stack: err.stack, code: err.code }, msg: 'cannot start' }));
  process.exit(1);
}).listen(process.env.PORT, '127.0.0.1');
`,
    },
    prepare: (scenario, port) => holdPort(scenario, port, '127.0.0.1'),
    start: [
      'sh',
      '-c',
      'echo; echo "> kiosk@1.0.0 start"; echo "> node index.js"; echo; node --env-file=.env index.js || { echo "npm error Lifecycle script \\`start\\` failed with error:"; echo "npm error code 1"; echo "npm error path /srv/kiosk"; exit 1; }',
    ],
    root: rootOn('kiosk'),
  },
  {
    name: 'its own older copy, which still runs',
    files: {
      'package.json': '{ "name": "kiosk", "scripts": { "start": "node index.js" } }',
      'index.js': NODE_SERVER,
    },
    prepare: async (scenario, port) => {
      await scenario.start(['node', 'index.js'], { log: 'logs/app.log' });
      await untilListening(port);
    },
    start: ['node', 'index.js'],
    noise: '',
    root: (port) => ({ ...rootOn('kiosk')(port), mentions: [String(port), /earlier start of kiosk/] }),
  },
  {
    name: 'an old complaint of a service that runs now',
    files: {
      'package.json': '{ "name": "kiosk", "scripts": { "start": "node index.js" } }',
      'index.js': NODE_SERVER,
    },
    prepare: (scenario, port) =>
      scenario.write({
        'logs/app.log': `Error: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n    at Server.setupListenHandle [as _listen2] (node:net:1908:16)\n\nNode.js v22.14.0\n`,
      }),
    after: async (scenario, port) => {
      await scenario.start(['node', 'index.js'], { log: 'logs/app.log' });
      await untilListening(port);
      await untilText(`${scenario.workspace}/logs/app.log`, 'up');
    },
    silent: true,
  },
  {
    name: 'nothing: another program holds the usual port, but the service failed for a reason of its own',
    files: {
      'package.json': '{ "name": "kiosk", "scripts": { "start": "node --env-file=.env index.js" } }',
      '.env': 'PORT=@PORT@\n',
      'index.js':
        "const settings = JSON.parse(require('node:fs').readFileSync('settings.json', 'utf8'));\nrequire('node:http').createServer().listen(process.env.PORT);\n",
    },
    prepare: (scenario, port) => holdPort(scenario, port, '127.0.0.1'),
    start: ['node', '--env-file=.env', 'index.js'],
    root: { cause: 'file.missing', target: 'kiosk', mentions: ['settings.json'] },
    never: ['port.conflict'],
  },
]);

async function untilText(file: string, text: string): Promise<void> {
  for (let tries = 0; !readFileSync(file, 'utf8').includes(text); tries++) {
    if (tries > 200) throw new Error(`${file} never held ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
