import { mkdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { freePort } from '../support/freePort.ts';
import { findProgram, requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const linux = requireSystem('linux');
const nginx = requireSystem('nginx');

/** Keeps every file that it serves open; the kernel refuses when it holds as many as it may. */
const LEAKY = `import http.server, os, sys, time
kept = []
def log(level, text):
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), level, text, flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            kept.append(open("page.html"))
            self.send_response(200)
        except OSError as error:
            log("ERROR", f"GET {self.path} failed: {error}")
            self.send_response(500)
        self.end_headers()
    def log_message(self, *words):
        pass
log("INFO", "listening")
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;
/** Two threads that each serve one connection to its end before they take the next. */
const POOL = `import os, socket, threading, time
def log(level, text):
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), level, text, flush=True)
door = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64)
busy = 0
def work():
    global busy
    while True:
        connection, _ = door.accept()
        busy += 1
        if busy == 2 and os.environ.get("COMPLAIN"):
            log("WARN", "thread pool exhausted: all 2 workers are busy")
        while connection.recv(100):
            pass
        busy -= 1
for _ in range(2):
    threading.Thread(target=work).start()
log("INFO", "listening")
`;
/** Two processes under the title that PHP-FPM gives to its own, and its words. */
const PHP_STAND_IN = `const { spawn } = require('node:child_process');
const workers = [1, 2].map(() => spawn('bash', ['-c', 'exec -a "php-fpm: pool shop" sleep 30'], { stdio: 'ignore' }));
process.once('SIGTERM', () => { for (const worker of workers) worker.kill(); process.exit(0); });
const [, day, month, year, time] = new Date().toUTCString().split(' ');
setTimeout(() => console.log('[' + [day, month, year].join('-') + ' ' + time + '] WARNING: [pool shop] server reached pm.max_children setting (2), consider raising it'), 300);
`;

describe.skipIf(!linux.available)('worker.exhausted', () => {
  let scenario: Scenario;
  let port: number;
  const open: Socket[] = [];
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
  });
  afterEach(async () => {
    for (const socket of open.splice(0)) socket.destroy();
    await scenario.dispose();
  });

  const hold = async (count: number, to = port): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const socket = connect(to, '127.0.0.1').on('error', () => undefined);
      open.push(socket);
      await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    }
  };
  const ask = async (count: number): Promise<number[]> => {
    const statuses: number[] = [];
    for (let i = 0; i < count; i++) statuses.push((await fetch(`http://127.0.0.1:${port}/page`)).status);
    return statuses;
  };

  describe('open files', () => {
    const startLeaky = async (limit: number): Promise<void> => {
      await scenario.write({
        'package.json': '{}\n',
        Procfile: 'pages: python3 pages.py\n',
        'pages.py': LEAKY,
        'page.html': '<p>hello</p>\n',
      });
      await scenario.start(['bash', '-c', `ulimit -Sn ${limit}; exec python3 pages.py`], {
        log: 'logs/pages.log',
        env: { PORT: String(port) },
      });
      await untilListening(port);
    };

    it('is the root where a service holds as many files as it may; the fix lets it hold more', async () => {
      await startLeaky(40);
      expect((await ask(45)).at(-1)).toBe(500);
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['worker.exhausted pages'] });
      const [root] = report.findings;
      expect(root?.confidence).toBe('proved');
      expect(root?.summary).toMatch(
        /^pages can open no more files or connections: pid \d+ holds \d+ of 40 files and connections that it may$/,
      );
      expect(root?.evidence.map(({ kind }) => kind)).toEqual(['process', 'log']);
      await expectFixVerifies(scenario, root);
    });

    it('is the root where a server accepts no connection any more, and writes no word of it', async () => {
      await scenario.write({
        'package.json': '{ "name": "chat", "scripts": { "start": "node app.js" } }\n',
        'app.js': `const server = require('node:http').createServer((request, response) => {
  if (request.url === '/health') response.end('ok');
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(new Date().toISOString() + ' INFO  listening'));
`,
      });
      await scenario.start(['bash', '-c', 'ulimit -n 60; exec node app.js'], {
        log: 'logs/chat.log',
        env: { PORT: String(port) },
      });
      await untilListening(port);
      await hold(60);
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['worker.exhausted chat'] });
      expect(report.findings[0]?.summary).toMatch(
        /^chat can open no more files or connections: pid \d+ holds \d+ of 60/,
      );
      expect(report.findings[0]?.evidence[0]?.text).toMatch(/; \d\d % of them are connections$/);
    });

    it('is the root of a crash loop where a program opens too many', async () => {
      await scenario.write({
        'package.json': '{}\n',
        Procfile: 'importer: node importer.js\n',
        'importer.js':
          "console.log(new Date().toISOString() + ' INFO  importing');\nconst kept = [];\nfor (;;) kept.push(require('node:fs').openSync('package.json'));\n",
      });
      const importer = ['bash', '-c', 'ulimit -n 40; exec node importer.js'] as const;
      for (let run = 0; run < 2; run++) await scenario.run(importer, { log: 'logs/importer.log' });
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['worker.exhausted importer'] });
      expect(report.findings[0]).toMatchObject({
        confidence: 'proved',
        summary: 'importer ended when it could open no more files or connections',
      });
    });

    it('misleading: its log says EMFILE, but of watchers, and of files that it closed since', async () => {
      await startLeaky(1_000);
      await ask(2);
      await scenario.write({
        'logs/pages.log': `${quietLog(9, { minutesAgo: 1 })}${new Date().toISOString()} ERROR EMFILE: too many open files, watch '/srv'\n${new Date().toISOString()} ERROR [Errno 24] Too many open files: 'page.html'\n`,
      });
      const report = await scenario.diagnose();
      expectSound(report, { roots: [] });
      expect(report.ruledOut.find(({ cause }) => cause === 'worker.exhausted')?.because).toMatch(
        /^it holds \d+ of 1000 files and connections that it may now$/,
      );
    });

    it('healthy look-alike: it holds many files, and none is refused', async () => {
      await startLeaky(200);
      expect((await ask(150)).at(-1)).toBe(200);
      expectSound(await scenario.diagnose(), { roots: [] });
    });
  });

  describe('a pool of threads', () => {
    const startPool = async (): Promise<void> => {
      await scenario.write({ 'package.json': '{}\n', Procfile: 'mail: python3 mail.py\n', 'mail.py': POOL });
      await scenario.start(['python3', 'mail.py'], {
        log: 'logs/mail.log',
        env: { PORT: String(port), COMPLAIN: '1' },
      });
      await scenario.until('logs/mail.log', 'INFO listening');
    };

    it('is the root where connections wait at the port of a service whose workers are all in use', async () => {
      await startPool();
      await hold(6);
      await scenario.until('logs/mail.log', 'thread pool exhausted');
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['worker.exhausted mail'] });
      expect(report.findings[0]?.summary).toMatch(
        new RegExp(
          `^All workers of mail are in use: 4 connections wait to be accepted at port ${port} during [\\d.]+ s$`,
        ),
      );
    });

    it('misleading: it said so a moment ago, and its workers are free again', async () => {
      await startPool();
      await hold(2);
      await scenario.until('logs/mail.log', 'thread pool exhausted');
      for (const socket of open.splice(0)) socket.destroy();
      const report = await scenario.diagnose();
      expectSound(report, { roots: [] });
      expect(ruledOutIn(report)).toContain('worker.exhausted mail');
    });

    it('healthy look-alike: all workers are in use, and nobody waits', async () => {
      await startPool();
      await hold(1);
      const report = await scenario.diagnose();
      expectSound(report, { roots: [] });
      expect(ruledOutIn(report)).not.toContain('worker.exhausted mail');
    });

    it('the processes of a PHP-FPM pool are counted, since its socket is no port', async () => {
      // PHP itself is not here.
      await scenario.write({ 'package.json': '{}\n', Procfile: 'php: node php-fpm.js\n', 'php-fpm.js': PHP_STAND_IN });
      await scenario.start(['node', 'php-fpm.js'], { log: 'logs/php.log', env: { TZ: 'UTC' } });
      await scenario.until('logs/php.log', 'max_children');
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['worker.exhausted php'] });
      expect(report.findings[0]).toMatchObject({
        confidence: 'likely',
        summary: 'All workers of php are in use: 2 of 2 processes of the pool shop run',
      });
    });
  });

  describe.skipIf(!nginx.available)('nginx', () => {
    /** Debian's nginx needs at least as many connections as it has sockets. */
    const startNginx = async (connections: number): Promise<void> => {
      await mkdir(path.join(scenario.workspace, 'logs'), { recursive: true });
      await scenario.write({
        'nginx.conf': `worker_processes 1;
pid ${scenario.outside}/nginx.pid;
error_log logs/error.log warn;
events {
  worker_connections ${connections};
}
http {
  access_log off;
  client_body_temp_path ${scenario.outside}/body;
  proxy_temp_path ${scenario.outside}/proxy;
  fastcgi_temp_path ${scenario.outside}/fastcgi;
  uwsgi_temp_path ${scenario.outside}/uwsgi;
  scgi_temp_path ${scenario.outside}/scgi;
  server {
    listen 127.0.0.1:${port};
    return 200 "hello";
  }
}
`,
      });
      await scenario.start(
        [findProgram('nginx') as string, '-p', scenario.workspace, '-c', 'nginx.conf', '-g', 'daemon off;'],
        { log: '../outside/nginx.out' },
      );
      await untilListening(port);
    };

    it('is the root where nginx has no connection left; the fix raises worker_connections and reloads', async () => {
      await startNginx(12);
      await hold(16);
      await scenario.until('logs/error.log', 'worker_connections are not enough');
      const report = await scenario.diagnose();
      expect(report.findings.map(({ cause }) => cause)).toContain('worker.exhausted');
      const root = report.findings.find(({ cause }) => cause === 'worker.exhausted');
      expectSound(report, { roots: [`worker.exhausted ${root?.target}`] });
      expect(root?.confidence).toBe('proved');
      expect(root?.summary).toMatch(
        /^nginx refuses connections: a worker holds \d+, and worker_connections allows 12$/,
      );
      expect(root?.evidence.map(({ source }) => source)).toContain('nginx.conf:5');
      for (const socket of open.splice(0)) socket.destroy();
      await expectFixVerifies(scenario, root);
    });

    it('misleading: it refused connections some minutes ago, and its workers are free', async () => {
      await startNginx(64);
      const past = new Date(Date.now() - 4 * 60_000);
      const written = `${past.getFullYear()}/${String(past.getMonth() + 1).padStart(2, '0')}/${String(past.getDate()).padStart(2, '0')} ${past.toTimeString().slice(0, 8)}`;
      await scenario.write({ 'logs/error.log': `${written} [alert] 811#811: 64 worker_connections are not enough\n` });
      const report = await scenario.diagnose();
      expectSound(report, { roots: [] });
      expect(ruledOutIn(report).some((each) => each.startsWith('worker.exhausted'))).toBe(true);
    });

    it('healthy look-alike: nginx holds some connections, and refuses none', async () => {
      await startNginx(64);
      await hold(8);
      expectSound(await scenario.diagnose(), { roots: [] });
    });
  });
});
