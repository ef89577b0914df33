import { rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { createAuthority } from '../support/certificates.ts';
import { freePort } from '../support/freePort.ts';
import { NGINX_FOLDERS, nginxArgv, nginxConfig, passTo } from '../support/nginxService.ts';
import { statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const nginx = requireSystem('nginx');

describe.skipIf(!nginx.available)('proxy.config-invalid', () => {
  let scenario: Scenario;
  let port: number;
  let front: number;
  let good: string;
  beforeEach(async () => {
    scenario = await createScenario();
    [port, front] = await Promise.all([freePort(), freePort()]);
    good = nginxConfig(passTo(front, `127.0.0.1:${port}`, '      proxy_set_header Host $host;\n'));
    await scenario.write({ ...NGINX_FOLDERS, 'nginx.conf': good });
  });
  afterEach(() => scenario.dispose());

  const lineOf = (text: string, words: string): number =>
    text.split('\n').findIndex((line) => line.includes(words)) + 1;

  /** nginx is started with it, refuses, and says so in its log. */
  const refuse = async (config: string): Promise<void> => {
    await scenario.write({ 'nginx.conf': config });
    expect(await scenario.run(nginxArgv(scenario), { log: 'logs/start.log' })).toBe(1);
  };
  const rootOf = async (): Promise<{ summary: string; sources: string[] }> => {
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['proxy.config-invalid nginx'] });
    expect(report.findings[0]?.confidence).toBe('proved');
    return {
      summary: report.findings[0]?.summary ?? '',
      sources: report.findings[0]?.evidence.map(({ source }) => source) ?? [],
    };
  };

  it('names the line of an unknown directive, as nginx does, and corrects the slip', async () => {
    const broken = good.replace('proxy_pass http', 'proxy_pas http');
    await refuse(broken);
    const line = lineOf(broken, 'proxy_pas ');
    const { summary, sources } = await rootOf();
    expect(summary).toBe(
      `nginx cannot use nginx.conf:${line}: unknown directive "proxy_pas" (did you mean proxy_pass?)`,
    );
    expect(sources).toEqual(expect.arrayContaining([`nginx.conf:${line}`, 'logs/start.log:1']));
    await expectFixVerifies(scenario, (await scenario.diagnose()).findings[0]);
  });

  it.each([
    ['a forgotten semicolon', 'Host $host;', 'Host $host', 'proxy_set_header Host'],
    ['a forgotten semicolon in the middle', '/\n', '/\n', ''],
    ['a block that is not closed', '  server {\n', '  server {\n  location /x {\n', ''],
    ['a directive in the wrong place', 'worker_processes 1;', 'proxy_pass http://127.0.0.1:1;', 'proxy_pass'],
    ['a quote that is not closed', 'Host $host;', 'Host "$host;', 'proxy_set_header'],
  ])('finds %s where nginx finds something wrong', async (what, before, after, words) => {
    const broken = what.endsWith('in the middle')
      ? good.replace(`http://127.0.0.1:${port};`, `http://127.0.0.1:${port}`)
      : good.replace(before, after);
    await refuse(broken);
    const { summary } = await rootOf();
    expect(summary).toMatch(/^nginx cannot use nginx\.conf:\d+: (?:unexpected|invalid number|"proxy_pass" directive)/);
    if (words !== '' && !what.includes('semicolon')) expect(summary).toContain(`nginx.conf:${lineOf(broken, words)}`);
    const [finding] = (await scenario.diagnose()).findings;
    expect(finding?.fixes.length).toBe(what.includes('semicolon') ? 1 : 0);
    if (finding?.fixes.length) await expectFixVerifies(scenario, finding);
  });

  it('finds an included file that is not there, until it is', async () => {
    const broken = good.replace('http {\n', 'http {\n  include sites/shop.conf;\n');
    await refuse(broken);
    const { summary } = await rootOf();
    expect(summary).toContain(`nginx.conf:${lineOf(broken, 'include')}: open() "sites/shop.conf" failed (2: `);
    await scenario.write({ 'sites/shop.conf': '' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('proxy.config-invalid nginx');
  });

  it('finds a certificate that is not there, and one whose key is another’s', async () => {
    const tls = '    ssl_certificate certs/shop.pem;\n    ssl_certificate_key certs/shop.key;\n';
    const config = good.replace(`127.0.0.1:${front};\n`, `127.0.0.1:${front} ssl;\n${tls}`);
    await refuse(config);
    const missing = await rootOf();
    expect(missing.summary).toContain(`nginx.conf:${lineOf(config, 'ssl_certificate ')}: cannot load "certs/shop.pem"`);
    await scenario.write({ 'certs/.keep': '' });
    const folder = path.join(scenario.workspace, 'certs');
    const authority = await createAuthority(folder);
    const shop = await authority.issue('shop', { names: ['DNS:shop.test'], days: 9 });
    const other = await authority.issue('other', { names: ['DNS:other.test'], days: 9 });
    await refuse(config.replace('certs/shop.key', path.basename(other.key)).replace(/(\S*other\.key)/, 'certs/$1'));
    expect(shop.certificate).toContain('shop.pem');
    const wrong = await rootOf();
    expect(wrong.summary).toMatch(/nginx\.conf:\d+: .*key values mismatch/i);
  });

  it('believes nginx where only nginx can know, until the file is changed', async () => {
    const broken = good.replace('worker_connections 64', 'worker_connections many');
    await refuse(broken);
    const { summary, sources } = await rootOf();
    expect(summary).toContain(`nginx.conf:${lineOf(broken, 'many')}: invalid number "many"`);
    expect(sources).toContain('logs/start.log:1');
    await scenario.write({ 'nginx.conf': good });
    const later = new Date(Date.now() + 3_000);
    await utimes(path.join(scenario.workspace, 'nginx.conf'), later, later);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('proxy.config-invalid nginx');
  });

  it('tells an upstream whose name has no address', async () => {
    await refuse(good.replace(`127.0.0.1:${port}`, 'catalog.shop.invalid:80'));
    const { summary } = await rootOf();
    expect(summary).toContain('host not found in upstream "catalog.shop.invalid"');
  });

  it('tells a folder for logs that is not there', async () => {
    const config = good.replace('logs/access.log', 'var/log/access.log');
    await refuse(config);
    const { summary } = await rootOf();
    expect(summary).toContain(`nginx.conf:${lineOf(config, 'access_log')}: open() "`);
    await scenario.write({ 'var/log/.keep': '' });
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('is found while nginx runs on with the configuration that it began with', async () => {
    await scenario.start(
      ['node', '-e', `require('node:http').createServer((q, s) => s.end('ok')).listen(${port}, '127.0.0.1')`],
      { cwd: scenario.outside },
    );
    await scenario.start(nginxArgv(scenario));
    await Promise.all([untilListening(front), untilListening(port)]);
    await scenario.write({ 'nginx.conf': good.replace('Host $host;', 'Host $host') });
    expect(await statusOf(front)).toBe(200);
    const { summary } = await rootOf();
    expect(summary).toContain('(it runs on with the configuration that it began with)');
  });

  it('explains the service of a Procfile that does not come up', async () => {
    await scenario.write({ Procfile: 'front: nginx -p . -c nginx.conf\n' });
    const broken = good.replace('listen 127', 'lisen 127');
    await scenario.write({ 'nginx.conf': broken });
    for (let run = 0; run < 2; run++)
      expect(await scenario.run(nginxArgv(scenario), { log: 'logs/front.log' })).toBe(1);
    await rootOf();
  });

  it('misleading: the configuration is well, and another program has the port', async () => {
    const other = await scenario.start(
      ['node', '-e', `require('node:http').createServer((q, s) => s.end('mine')).listen(${front}, '127.0.0.1')`],
      { cwd: scenario.outside },
    );
    await untilListening(front);
    await refuse(good);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['port.conflict nginx'] });
    expect(report.findings[0]?.summary).toBe(
      `Port ${front} is held by node (pid ${other.pid}), so nginx cannot bind it`,
    );
    await other.stop();
    const after = await scenario.diagnose();
    expectSound(after, { roots: [] });
    expect(ruledOutIn(after)).toContain('port.conflict nginx');
  });

  it('misleading: an [emerg] of an earlier start that was repaired, and nginx runs', async () => {
    await refuse(good.replace('proxy_pass http', 'proxy_pas http'));
    await scenario.write({ 'nginx.conf': good });
    const past = new Date(Date.now() - 86_400_000);
    await utimes(path.join(scenario.workspace, 'nginx.conf'), past, past);
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    await scenario.start(nginxArgv(scenario));
    await untilListening(front);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('proxy.config-invalid nginx');
  });

  it('misleading: the certificate is missing on this machine, and nginx was never started here', async () => {
    await scenario.write({
      'nginx.conf': good.replace(
        `127.0.0.1:${front};\n`,
        `443 ssl;\n    ssl_certificate certs/live.pem;\n    ssl_certificate_key certs/live.key;\n    include snippets/headers.conf;\n`,
      ),
    });
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('healthy look-alike: fragments, templates, other modules and what nginx allows', async () => {
    await scenario.start(
      ['node', '-e', `require('node:http').createServer((q, s) => s.end('ok')).listen(${port}, '127.0.0.1')`],
      { cwd: scenario.outside },
    );
    await scenario.write({
      'nginx.conf': good.replace(
        '  server {\n',
        `  log_format long '$remote_addr {"a":1}'
    '"$request" server; }';
  map $uri $kind { ~^/a(b|c)$ 1; default "x}y"; server 2; }
  include sites/*.conf;
  server {
    if ($kind = 1) { return 204; }
    location ~ "^/v\\d{1,3}/" { return 200 '{"ok": true}'; }
    location = /v { add_header X-Long "a
b" always; return 200; }
    rewrite ^/old/(.*)$ /new/\${kind} last;
`,
      ),
      'deploy/nginx/templates/default.conf.template':
        'server { listen ${PORT}; location / { proxy_pass http://${API}; } }\n',
      'ansible/nginx/site.conf': 'server {\n  listen {{ port }};\n  {% if tls %}include tls.conf;{% endif %}\n}\n',
      'apache/conf.d/site.conf': '<VirtualHost *:80>\nServerName x\n</VirtualHost>\n',
      'openresty/nginx.conf':
        'events {}\nhttp { lua_shared_dict d 1m; server { location / { content_by_lua_block { if a then return { b = "}" } end } } more_set_headers "A: b"; vhost_traffic_status on; } }\n',
    });
    await scenario.start(nginxArgv(scenario));
    await Promise.all([untilListening(front), untilListening(port)]);
    expect(await statusOf(front)).toBe(200);
    expectSound(await scenario.diagnose(), { roots: [] });
    await rm(path.join(scenario.workspace, 'logs/access.log'));
    expectSound(await scenario.diagnose(), { roots: [] });
  });
});
