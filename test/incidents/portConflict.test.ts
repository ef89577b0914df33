import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
