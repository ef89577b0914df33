import { appendFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { freePort } from '../support/freePort.ts';
import { NGINX_FOLDERS, nginxArgv, nginxConfig, passTo } from '../support/nginxService.ts';
import { manifest, START, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const nginx = requireSystem('nginx');

/** Reads a key at its start, and serves. */
const SERVICE = `const key = process.env.CATALOG_KEY;
if (!key) throw new Error('CATALOG_KEY is not set');
const log = (text) => console.log(new Date().toISOString() + ' INFO  ' + text);
require('node:http').createServer((q, s) => { log('GET ' + q.url + ' 200'); s.end('ok'); }).listen(Number(process.env.PORT), '127.0.0.1', () => log('listening'));
`;

describe.skipIf(!nginx.available)('proxy.upstream-down', () => {
  let scenario: Scenario;
  let port: number;
  let front: number;
  beforeEach(async () => {
    scenario = await createScenario();
    [port, front] = await Promise.all([freePort(), freePort()]);
    await scenario.write({
      ...NGINX_FOLDERS,
      'package.json': manifest('catalog', []),
      'app.js': SERVICE,
      '.env': `PORT=${port}\nCATALOG_KEY=k\n`,
      'nginx.conf': nginxConfig(passTo(front, `127.0.0.1:${port}`)),
    });
  });
  afterEach(() => scenario.dispose());

  const startNginx = async (): Promise<void> => {
    await scenario.start(nginxArgv(scenario));
    await untilListening(front);
  };
  const startService = async (): Promise<{ stop(): Promise<void> }> => {
    const service = await scenario.start(START, { log: 'logs/catalog.log' });
    await untilListening(port);
    return service;
  };

  it('is what a 502 means when the service behind is gone, and joins it in one root', async () => {
    await startNginx();
    const service = await startService();
    expect(await statusOf(front)).toBe(200);
    await service.stop();
    expect(await statusOf(front)).toBe(502);
    const report = await scenario.diagnose();
    const found = report.findings.find(({ cause }) => cause === 'proxy.upstream-down');
    expect(found?.summary).toBe(`nginx answers 502: 127.0.0.1:${port} behind / refuses connections`);
    expect(found?.confidence).toBe('proved');
    expect(found?.evidence.map(({ source }) => source)).toContain('logs/error.log:1');
    expectSound(report, { roots: ['service.down catalog'] });
    expect(report.targets.find(({ kind }) => kind === 'proxy')).toMatchObject({
      name: 'nginx',
      dependsOn: ['catalog'],
    });
  });

  it('is explained by what the service itself lacks', async () => {
    await scenario.write({ '.env': `PORT=${port}\n`, '.env.example': 'PORT=\nCATALOG_KEY=\n' });
    for (let run = 0; run < 2; run++) await scenario.run(START, { log: 'logs/catalog.log' });
    await startNginx();
    expect(await statusOf(front)).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['env.missing catalog'] });
    expect(report.findings.map(({ cause }) => cause)).toContain('proxy.upstream-down');
  });

  it('is the root when the upstream names a wrong port, and the port is corrected and taken back', async () => {
    const wrong = await freePort();
    await scenario.write({
      'nginx.conf': nginxConfig(
        `  upstream catalog {\n    server 127.0.0.1:${wrong};\n  }\n${passTo(front, 'catalog')}`,
      ),
    });
    await startService();
    await startNginx();
    expect(await statusOf(front)).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['proxy.upstream-down nginx'] });
    expect(report.findings[0]?.summary).toContain(`catalog listens on ${port}`);
    expect(report.findings[0]?.evidence.map(({ source }) => source)).toEqual(
      expect.arrayContaining([`tcp://127.0.0.1:${wrong}`, `port ${port}`]),
    );
    const applied = await expectFixVerifies(scenario, report.findings[0]);
    expect(applied.undo).toBe(true);
  });

  it('is found when the Procfile runs nginx as well, and its complaints stand in that log', async () => {
    await scenario.write({
      Procfile: 'web: node --env-file=.env app.js\nfront: nginx -p . -c nginx.conf\n',
      'package.json': '{}\n',
      '.env': `PORT=${port}\n`,
      '.env.example': 'PORT=\nCATALOG_KEY=\n',
      'nginx.conf': nginxConfig(passTo(front, `127.0.0.1:${port}`)).replace('logs/error.log', 'stderr'),
    });
    await scenario.start(nginxArgv(scenario), { log: 'logs/front.log' });
    await untilListening(front);
    for (let run = 0; run < 2; run++) await scenario.run(START, { log: 'logs/web.log' });
    expect(await statusOf(front)).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['env.missing web'] });
    const found = report.findings.find(({ cause }) => cause === 'proxy.upstream-down');
    expect(found?.evidence.map(({ source }) => source)).toContain('logs/front.log:1');
  });

  it('is found behind a socket in the file system', async () => {
    const socket = path.join(scenario.workspace, 'run/catalog.sock');
    await scenario.write({
      'app.js': SERVICE.replace(`Number(process.env.PORT), '127.0.0.1'`, 'process.env.SOCKET'),
      '.env': `SOCKET=${socket}\nCATALOG_KEY=k\n`,
      'nginx.conf': nginxConfig(passTo(front, `unix:${socket}:/`)).replace('daemon off;', 'daemon off; user root;'),
    });
    const service = await scenario.start(START, { log: 'logs/catalog.log' });
    await scenario.until('logs/catalog.log', 'listening');
    await startNginx();
    expect(await statusOf(front)).toBe(200);
    expectSound(await scenario.diagnose(), { roots: [] });
    await service.stop();
    expect(await statusOf(front)).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['service.down catalog'] });
    expect(report.findings.find(({ cause }) => cause === 'proxy.upstream-down')?.summary).toContain(
      `unix:${socket} behind /`,
    );
  });

  it('is found in an error log of 2 GB by its end alone', async () => {
    const log = path.join(scenario.workspace, 'logs/error.log');
    await writeFile(log, '');
    await truncate(log, 2 * 1024 ** 3);
    await appendFile(log, '\n');
    await startService();
    await startNginx();
    await scenario.write({ 'nginx.conf': nginxConfig(passTo(front, `127.0.0.1:${await freePort()}`)) });
    await scenario.run([...nginxArgv(scenario), '-s', 'reload']);
    const end = Date.now() + 8_000;
    while ((await statusOf(front)) !== 502 && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 100));
    const before = process.memoryUsage.rss();
    const report = await scenario.diagnose();
    expect(process.memoryUsage.rss() - before).toBeLessThan(300 * 1024 ** 2);
    expectSound(report, { roots: ['proxy.upstream-down nginx'] });
    expect(report.unknown.filter(({ cause }) => cause.startsWith('proxy.'))).toEqual([]);
  });

  it('shows no secret of a request that failed', async () => {
    const secret = 'sk_live_4eC39HqLyjWDarjtT1zdp7dc';
    await startNginx();
    expect(await statusOf(front, `/pay?api_key=${secret}`)).toBe(502);
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).toContain('proxy.upstream-down');
    expectSound(report, { roots: ['service.down catalog'], secrets: [secret] });
  });

  it('misleading: the log is full of refused connections, but the service is back', async () => {
    await startNginx();
    for (let call = 0; call < 5; call++) expect(await statusOf(front)).toBe(502);
    await startService();
    expect(await statusOf(front)).toBe(200);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('proxy.upstream-down nginx');
  });

  it('misleading: old errors name an upstream that nobody asks for any more', async () => {
    await scenario.write({
      'logs/error.log': `2024/03/01 10:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:${port}/", host: "127.0.0.1"\n`,
    });
    await startNginx();
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(report.unknown.map(({ cause, target }) => `${cause} ${target}`)).toContain('proxy.upstream-down nginx');
  });

  it('misleading: nginx is stopped as well, and nothing is at work', async () => {
    const proxy = await scenario.start(nginxArgv(scenario));
    await untilListening(front);
    expect(await statusOf(front)).toBe(502);
    await proxy.stop();
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('healthy look-alike: one of two servers is down, and nginx goes on with the other', async () => {
    await scenario.write({
      'nginx.conf': nginxConfig(
        `  upstream catalog {\n    server 127.0.0.1:${await freePort()};\n    server 127.0.0.1:${port};\n  }\n${passTo(front, 'catalog')}`,
      ),
    });
    await startService();
    await startNginx();
    for (let call = 0; call < 4; call++) expect(await statusOf(front)).toBe(200);
    await scenario.until('logs/error.log', 'Connection refused');
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('proxy.upstream-down nginx');
  });

  it('healthy look-alike: pages and notes speak of 502 Bad Gateway, and an example configuration is broken', async () => {
    await scenario.write({
      'docs/errors.md': '# 502 Bad Gateway\nconnect() failed (111: Connection refused) while connecting to upstream\n',
      'public/502.html': '<h1>502 Bad Gateway</h1>nginx\n',
      'docs/nginx.conf': 'server { listen 80 }\n',
      'supervisor/conf.d/app.ini': '[program:app]\ncommand=node app.js\n',
      'nginx.conf': nginxConfig(
        passTo(front, `127.0.0.1:${port}`).replace('location / {', 'error_page 502 /502.html;\n    location / {'),
      ),
    });
    await startService();
    await startNginx();
    expect(await statusOf(front)).toBe(200);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(report.targets.filter(({ kind }) => kind === 'proxy').map(({ source }) => source)).toEqual(['nginx.conf']);
  });

  it('healthy look-alike: a configuration for a compose network is at rest, and its hosts are nobody’s here', async () => {
    await scenario.write({
      'compose.yaml':
        'services:\n  api:\n    build: .\n  front:\n    image: nginx:1.27\n    volumes: ["./deploy/nginx.conf:/etc/nginx/nginx.conf:ro"]\n    depends_on: [api]\n',
      'nginx.conf': '',
      'deploy/nginx.conf': nginxConfig(passTo(80, 'api:3000')),
    });
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    const targets = new Map(report.targets.map(({ name, dependsOn }) => [name, dependsOn]));
    expect(targets.get('nginx')).toEqual(['api']);
    expect(targets.get('front')).toContain('nginx');
  });
});
