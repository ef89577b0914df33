import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

/** A door with a login: it knows one password, and logs each request in one of three manners. */
const DOOR = `const http = require('node:http');
const manner = process.env.MANNER;
const say = (request, status, user) => {
  const address = request.socket.remoteAddress.replace('::ffff:', '');
  const now = new Date();
  if (manner === 'access') {
    const day = now.toUTCString().split(' ');
    console.log(address + ' - - [' + day[1] + '/' + day[2] + '/' + day[3] + ':' + day[4] + ' +0000] "' + request.method + ' ' + request.url + ' HTTP/1.1" ' + status + ' 12');
  } else if (manner === 'json') console.log(JSON.stringify({ time: now.toISOString(), level: status < 400 ? 'info' : 'warn', msg: 'request', method: request.method, url: request.url, status, remoteAddress: address }));
  else if (status === 401) console.log(now.toISOString() + ' WARN  [door] Failed password for invalid user ' + user + ' from ' + address + ' port 51022');
  else console.log(now.toISOString() + ' INFO  [door] ' + request.method + ' ' + request.url + ' ' + status);
};
http.createServer((request, response) => {
  const user = new URL(request.url, 'http://x').searchParams.get('user');
  const status = request.url.startsWith('/admin') ? 403 : request.url.startsWith('/login') && request.headers.password !== 'right' ? 401 : 200;
  say(request, status, user);
  response.writeHead(status).end();
}).listen(Number(process.env.PORT), '0.0.0.0');
`;
const LOG = 'logs/door.log';

let scenario: Scenario;
let port: number;
beforeEach(async () => {
  scenario = await createScenario();
  port = await freePort();
  await scenario.write({
    'package.json': '{ "name": "door", "scripts": { "start": "node --env-file=.env door.js" } }\n',
    'door.js': DOOR,
  });
});
afterEach(() => scenario.dispose());

type Manner = 'access' | 'json' | 'plain';

/** Lines of an hour of normal work, every `refusedEach`-th of them a refusal. */
function hourOf(manner: Manner, refusedEach = 0): string {
  return Array.from({ length: 360 }, (_, index) => {
    const time = new Date(Date.now() - 3_700_000 + index * 10_000);
    const isRefused = refusedEach > 0 && index % refusedEach === 0;
    const day = time.toUTCString().split(' ');
    if (manner === 'access')
      return `127.0.0.1 - - [${day[1]}/${day[2]}/${day[3]}:${day[4]} +0000] "GET ${isRefused ? '/admin' : '/'} HTTP/1.1" ${isRefused ? 403 : 200} 12\n`;
    const status = isRefused ? 403 : 200;
    if (manner === 'json')
      return `${JSON.stringify({ time: time.toISOString(), level: 'info', msg: 'request', method: 'GET', url: isRefused ? '/admin' : '/', status, remoteAddress: '127.0.0.1' })}\n`;
    return `${time.toISOString()} INFO  [door] GET / ${status}\n`;
  }).join('');
}

const serve = async (manner: Manner, refusedEach = 0): Promise<void> => {
  await scenario.write({ '.env': `PORT=${port}\nMANNER=${manner}\n`, [LOG]: hourOf(manner, refusedEach) });
  await scenario.start(['node', '--env-file=.env', 'door.js'], { log: LOG });
  await untilListening(port);
};
const knock = (place: string, from: string, method = 'GET'): Promise<void> =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: place, method, localAddress: from }, (response) => {
      response.resume().once('end', () => resolve());
    })
      .once('error', reject)
      .end();
  });
const knockAll = async (count: number, each: (index: number) => [string, string, string?]): Promise<void> => {
  for (let index = 0; index < count; index++) await knock(...each(index));
};

describe('security.violation-burst', () => {
  it.each<Manner>(['access', 'json', 'plain'])(
    'several addresses try logins, in a log of the manner "%s"',
    async (manner) => {
      await serve(manner, 60);
      await knockAll(60, (index) => [`/login?user=u${index % 7}`, `127.0.0.${2 + (index % 4)}`, 'POST']);
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['security.violation-burst door'] });
      const [finding] = report.findings;
      expect(finding).toMatchObject({ confidence: 'proved', category: 'security' });
      expect(finding?.summary).toMatch(
        /^door refused 60 requests within \d+ s since 20[\d-]+T[\d:.]+Z, from 127\.0\.0\.2 \(15\), 127\.0\.0\.3 \(15\), 127\.0\.0\.4 \(15\), 127\.0\.0\.5 \(15\); 0\.\d in five minutes are usual$/,
      );
      expect(finding?.evidence.slice(0, 2).map(({ source }) => source)).toEqual([
        'logs/door.log:361',
        'logs/door.log:420',
      ]);
    },
  );

  it('one address feels its way along many paths', async () => {
    await serve('access');
    await knockAll(80, (index) => [`/admin/${index}.php`, '127.0.0.9']);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['security.violation-burst door'] });
    expect(report.findings[0]?.summary).toContain('from 127.0.0.9 (80)');
  });

  it('a burst that fills the whole end of its log is held against what lies further back', async () => {
    await serve('json');
    const long = 'a'.repeat(600);
    await knockAll(900, (index) => [`/admin/${index}/${long}`, `127.0.0.${2 + (index % 5)}`]);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['security.violation-burst door'] });
    expect(report.findings[0]?.summary).toContain('door refused 900 requests');
  });

  it('misleading: one user tries the same login again and again', async () => {
    await serve('json');
    await knockAll(45, () => ['/login?user=ada', '127.0.0.1', 'POST']);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('security.violation-burst door');
  });

  it('misleading: that many are refused all the time', async () => {
    await serve('access', 2);
    await knockAll(60, (index) => ['/admin', `127.0.0.${2 + (index % 4)}`]);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(report.ruledOut.find(({ cause }) => cause === 'security.violation-burst')?.because).toContain('are usual');
  });

  it('misleading: the refused requests grew with all others', async () => {
    await serve('access', 30);
    await knockAll(600, (index) => [index % 15 === 0 ? '/admin' : '/', `127.0.0.${2 + (index % 4)}`]);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(report.ruledOut.find(({ cause }) => cause === 'security.violation-burst')?.because).toContain(
      'grew as much',
    );
  });

  it('a log that begins with the burst leaves open what is usual', async () => {
    await scenario.write({ '.env': `PORT=${port}\nMANNER=access\n` });
    await scenario.start(['node', '--env-file=.env', 'door.js'], { log: LOG });
    await untilListening(port);
    await knockAll(60, (index) => ['/admin', `127.0.0.${2 + (index % 4)}`]);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(report.unknown.map(({ cause }) => cause)).toContain('security.violation-burst');
  });

  it('healthy look-alike: a handful of refusals among normal work, and an old burst that is over', async () => {
    await serve('json');
    const old = Array.from(
      { length: 200 },
      (_, index) =>
        `${JSON.stringify({ time: new Date(Date.now() - 7_200_000 + index * 100).toISOString(), level: 'warn', msg: 'request', method: 'GET', url: '/admin', status: 403, remoteAddress: `10.0.0.${index % 9}` })}\n`,
    ).join('');
    await scenario.write({ [LOG]: old + hourOf('json') });
    await knockAll(12, (index) => ['/admin', `127.0.0.${2 + (index % 4)}`]);
    await knockAll(30, () => ['/', '127.0.0.1']);
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('healthy look-alike: a service whose own login at its database fails, and lines that speak of status codes', async () => {
    await scenario.write({
      '.env': `PORT=${port}\nMANNER=access\n`,
      [LOG]: `${quietLog(300, { minutesAgo: 60, line: (index) => `parsed page ${index}, section 401 of 403, authentication failed is the title` })}`,
      'door.js':
        "setInterval(() => console.log(new Date().toISOString() + ' WARN  retry: password authentication failed for user \"door\"'), 20); console.log('up');",
    });
    await scenario.start(['node', '--env-file=.env', 'door.js'], { log: LOG });
    await scenario.until(LOG, 'retry');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).not.toContain('security.violation-burst');
    expect(ruledOutIn(report)).not.toContain('security.violation-burst door');
  });
});
