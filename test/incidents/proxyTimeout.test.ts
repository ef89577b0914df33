import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { NGINX_FOLDERS, nginxArgv, nginxConfig, passTo } from '../support/nginxService.ts';
import { manifest, START, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const nginx = requireSystem('nginx');

/** Answers each path at once, but those that the environment calls slow: these never. */
const SERVICE = `const log = (text) => console.log(new Date().toISOString() + ' INFO  ' + text);
let slow = new RegExp(process.env.SLOW ?? '^$');
process.on('SIGUSR2', () => { slow = /^$/; });
require('node:http').createServer((q, s) => { log('GET ' + q.url); if (!slow.test(q.url)) s.end('ok'); }).listen(Number(process.env.PORT), '127.0.0.1');
`;

describe.skipIf(!nginx.available)('proxy.timeout', () => {
  let scenario: Scenario;
  let port: number;
  let front: number;
  beforeEach(async () => {
    scenario = await createScenario();
    [port, front] = await Promise.all([freePort(), freePort()]);
    await scenario.write({
      ...NGINX_FOLDERS,
      'package.json': manifest('reports', []),
      'app.js': SERVICE,
      '.env': `PORT=${port}\n`,
      'nginx.conf': nginxConfig(passTo(front, `127.0.0.1:${port}`, '      proxy_read_timeout 1s;\n')),
    });
    await scenario.start(nginxArgv(scenario));
    await untilListening(front);
  });
  afterEach(() => scenario.dispose());

  const startService = async (slow: string): Promise<number> => {
    const { pid } = await scenario.start(START, { log: 'logs/reports.log', env: { SLOW: slow } });
    await untilListening(port);
    return pid;
  };

  it('is what a 504 means when the service does not answer in time', async () => {
    await startService('.');
    expect(await statusOf(front, '/monthly')).toBe(504);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['proxy.timeout nginx'] });
    const [finding] = report.findings;
    expect(finding?.confidence).toBe('proved');
    expect(finding?.summary).toMatch(/gives no answer within 1\.\d s, and nginx waits 1 s/);
    expect(finding?.evidence.map(({ source }) => source)).toEqual(
      expect.arrayContaining(['logs/error.log:1', 'nginx.conf:16', `http://127.0.0.1:${port}/`]),
    );
  });

  it('is only likely when one page is slow and the others answer', async () => {
    await startService('monthly');
    expect(await statusOf(front, '/monthly?secret=1')).toBe(504);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['proxy.timeout nginx'] });
    expect(report.findings[0]?.confidence).toBe('likely');
    expect(report.findings[0]?.summary).toContain('/monthly');
  });

  it('misleading: the same page was answered since', async () => {
    const pid = await startService('.');
    expect(await statusOf(front, '/monthly')).toBe(504);
    process.kill(pid, 'SIGUSR2');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await statusOf(front, '/monthly')).toBe(200);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('proxy.timeout nginx');
  });

  it('misleading: the service is stopped now, and that is what is told', async () => {
    const service = await scenario.start(START, { log: 'logs/reports.log', env: { SLOW: '.' } });
    await untilListening(port);
    expect(await statusOf(front, '/monthly')).toBe(504);
    await service.stop();
    expect(await statusOf(front, '/monthly')).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['service.down reports'] });
    expect(report.findings.map(({ cause }) => cause)).toEqual(['service.down', 'proxy.upstream-down']);
  });

  it('healthy look-alike: timeouts of yesterday stand in the log, and the service answers', async () => {
    const old = new Date(Date.now() - 86_400_000);
    const stamp = `${old.toISOString().slice(0, 10).replaceAll('-', '/')} 10:00:00`;
    await scenario.write({
      'logs/error.log': `${stamp} [error] 7#7: *1 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 127.0.0.1, server: , request: "GET /monthly HTTP/1.1", upstream: "http://127.0.0.1:${port}/monthly", host: "127.0.0.1"\n`,
    });
    await startService('^$');
    expect(await statusOf(front, '/other')).toBe(200);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('proxy.timeout nginx');
  });
});
