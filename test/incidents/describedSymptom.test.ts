import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { START, statusOf } from '../support/realServices.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound } from '../support/soundReport.ts';

/** Answers 502 while the service behind PRICING_URL is not there. */
const GATEWAY = `const http = require('node:http');
http.createServer(async (request, response) => {
  try {
    await fetch(process.env.PRICING_URL + request.url);
    response.end('ok');
  } catch (error) {
    console.log(JSON.stringify({ level: 50, time: Date.now(), msg: 'upstream: ' + error.cause.message, status: 502 }));
    response.writeHead(502).end();
  }
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

describe('a described symptom over a real fault', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    const gone = await freePort();
    port = await freePort();
    await scenario.write({
      'package.json': '{ "name": "gateway", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      '.env': `PORT=${port}\nPRICING_URL=http://127.0.0.1:${gone}\n`,
      'app.js': GATEWAY,
    });
    await scenario.start(START, { log: 'logs/gateway.log' });
    await untilListening(port);
  });
  afterEach(() => scenario.dispose());

  const diagnose = async (symptom: string, roots: string[]) => {
    const report = await scenario.diagnose({ symptom });
    expectSound(report, { roots });
    return report;
  };

  it('finds the root that explains it, by the name, the port and the status', async () => {
    expect(await statusOf(port)).toBe(502);
    const report = await diagnose(`gateway on port ${port} returns 502 since the deploy`, ['network.refused pricing']);
    expect(report.asked).toMatchObject({
      categories: ['network', 'startup'],
      targets: ['gateway'],
      words: ['gateway', `port ${port}`, '502'],
      answer: expect.stringContaining('What you describe fits the root cause below.'),
    });
  });

  it('misleading: a description that points elsewhere hides nothing of the true root', async () => {
    expect(await statusOf(port)).toBe(502);
    const report = await diagnose('I think it uses too much memory', ['network.refused pricing']);
    expect(report.asked?.categories).toEqual(['memory']);
    expect(report.asked?.answer).toMatch(
      /^Nothing found that fits what you describe.* Elsewhere: 1 finding in Network\.$/,
    );
  });

  it('healthy look-alike: a described failure makes no finding where nothing failed', async () => {
    const report = await diagnose('gateway returns 502, connection refused, OOM, disk full', []);
    expect(report.asked?.answer).toMatch(/^Nothing found that fits what you describe/);
  });
});
