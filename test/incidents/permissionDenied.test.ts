import { chmod, mkdir } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyFix, expectFixVerifies, fixesOf } from '../support/applyFix.ts';
import { freePort } from '../support/freePort.ts';
import { installPackages, manifest, START } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { type RunningMariadb, startMariadb } from '../support/startMariadb.ts';
import { type RunningPostgres, startPostgres } from '../support/startPostgres.ts';
import { type RunningRedis, startRedis } from '../support/startRedis.ts';

const PASSWORD = 'copper-Fjord-58';
const NOBODY = 65_534;
const LOG = 'logs/shop.log';

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createScenario();
});
afterEach(() => scenario.dispose());

/** Runs ACTION four times a second and logs what comes of it. */
const worker = (prepare: string, action: string): string => `${prepare}
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' [shop] ' + text);
log('INFO ', 'starting');
setInterval(async () => {
  try { ${action}; log('INFO ', 'worked off one order'); } catch (error) { log('ERROR', 'order failed: ' + error.message); }
}, 250);
`;
const serve = async (url: string, app: string, packages: string[], says: string, uid?: number): Promise<void> => {
  await installPackages(scenario);
  await scenario.write({
    'package.json': manifest('shop', packages),
    'app.js': app,
    '.env': `${url}\n`,
    [LOG]: quietLog(60, { minutesAgo: 300 }),
  });
  await scenario.start(START, { log: LOG, ...(uid === undefined ? {} : { uid }) });
  await scenario.until(LOG, says);
};

describe.skipIf(!requireSystem('postgres').available)('permission.denied, of PostgreSQL', () => {
  let server: RunningPostgres;
  beforeAll(async () => {
    server = await startPostgres();
    server.sql(`CREATE ROLE shop LOGIN PASSWORD '${PASSWORD}'`);
    server.sql('CREATE DATABASE shop');
  });
  afterAll(() => server.dispose());
  const inShop = async (sql: string): Promise<void> => {
    const { Client } = await import('pg');
    const client = new Client({
      host: path.dirname(server.folder),
      port: server.port,
      user: 'postgres',
      database: 'shop',
    });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const url = (): string => `DATABASE_URL=postgres://shop:${PASSWORD}@127.0.0.1:${server.port}/shop`;
  const app = (sql: string): string =>
    worker(
      "const pool = new (require('pg').Pool)({ connectionString: process.env.DATABASE_URL });",
      `await pool.query(${JSON.stringify(sql)})`,
    );

  it('the login may read a table and not write it', async () => {
    await inShop('CREATE TABLE orders (id int); GRANT SELECT ON orders TO shop');
    await serve(url(), app('INSERT INTO orders VALUES (1)'), ['pg'], 'permission denied for table orders');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['permission.denied postgres'], secrets: [PASSWORD] });
    const [finding] = report.findings;
    expect(finding).toMatchObject({ confidence: 'proved', category: 'security', fixes: [] });
    expect(finding?.summary).toBe(
      `PostgreSQL at 127.0.0.1:${server.port} denies shop the table public.orders: shop lacks INSERT, UPDATE, DELETE on it`,
    );
    expect(finding?.evidence[0]?.text).toBe(
      'shop has SELECT on table public.orders, and lacks INSERT, UPDATE, DELETE; postgres owns it',
    );
    expect(finding?.advice.first).toContain(
      'As postgres, who owns it: GRANT INSERT, UPDATE, DELETE ON public.orders TO "shop"',
    );
  });

  it('the login may not create in the schema, as in every new database since version 15', async () => {
    await serve(url(), app('CREATE TABLE IF NOT EXISTS carts (id int)'), ['pg'], 'permission denied for schema public');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['permission.denied postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]?.advice.first).toContain('GRANT CREATE ON SCHEMA public TO "shop"');
  });

  it('an owner that gave its own rights away gets them back by the fix', async () => {
    await inShop(
      'CREATE TABLE parcels (id int); ALTER TABLE parcels OWNER TO shop; REVOKE INSERT ON parcels FROM shop',
    );
    await serve(url(), app('INSERT INTO parcels VALUES (1)'), ['pg'], 'permission denied for table parcels');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['permission.denied postgres'], secrets: [PASSWORD] });
    const [finding] = report.findings;
    if (!finding) return;
    const fixes = await fixesOf(scenario);
    const { applied } = await applyFix(fixes, scenario, finding);
    expect(applied.outcome).toMatchObject({ kind: 'verified' });
    await scenario.until(LOG, 'worked off one order');
    await fixes.undo(scenario.workspace, applied.id, new AbortController().signal);
    await expect(inShop('SET ROLE shop; INSERT INTO parcels VALUES (2)')).rejects.toThrow('permission denied');
  });

  it('misleading: the right was granted since, and the log does not know it yet', async () => {
    await inShop('CREATE TABLE invoices (id int)');
    await serve(url(), app('SELECT * FROM invoices'), ['pg'], 'permission denied for table invoices');
    await inShop('GRANT ALL ON invoices TO shop');
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).not.toContain('permission.denied');
    expect(ruledOutIn(report)).toContain('permission.denied postgres');
  });

  it('healthy look-alike: a log that speaks of a denial that is long over', async () => {
    await inShop('CREATE TABLE notes (id int); GRANT ALL ON notes TO shop');
    await serve(url(), app('SELECT * FROM notes'), ['pg'], 'worked off one order');
    await scenario.write({
      [LOG]: `${new Date(Date.now() - 7_200_000).toISOString()} ERROR [shop] order failed: permission denied for table notes\n${quietLog(60, { minutesAgo: 60 })}`,
    });
    expectSound(await scenario.diagnose(), { roots: [], secrets: [PASSWORD] });
  });
});

describe.skipIf(!requireSystem('mariadb').available)('permission.denied, of MySQL', () => {
  let server: RunningMariadb;
  beforeAll(async () => {
    server = await startMariadb();
    server.sql(
      `CREATE DATABASE shop; CREATE TABLE shop.orders (id INT); CREATE USER shop@'127.0.0.1' IDENTIFIED BY '${PASSWORD}'; GRANT SELECT ON shop.* TO shop@'127.0.0.1'`,
    );
  });
  afterAll(() => server.dispose());

  it('the login was granted SELECT and not INSERT; once it was, that is ruled out', async () => {
    const app = worker(
      "const pool = require('mysql2/promise').createPool(process.env.DATABASE_URL);",
      "await pool.query('INSERT INTO orders VALUES (1)')",
    );
    await serve(
      `DATABASE_URL=mysql://shop:${PASSWORD}@127.0.0.1:${server.port}/shop`,
      app,
      ['mysql2'],
      'command denied',
    );
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['permission.denied mysql'], secrets: [PASSWORD] });
    const [finding] = report.findings;
    expect(finding?.summary).toBe(
      `MySQL at 127.0.0.1:${server.port} denies shop INSERT on shop.orders: shop@127.0.0.1 was not granted it`,
    );
    expect(finding?.evidence[0]?.text).toBe('shop@127.0.0.1 has SELECT on shop.*');
    expect(JSON.stringify(report)).not.toMatch(/\*[0-9A-F]{40}/);
    server.sql("GRANT INSERT ON shop.orders TO shop@'127.0.0.1'");
    await scenario.until(LOG, 'worked off one order');
    const again = await scenario.diagnose();
    expect(again.findings.map(({ cause }) => cause)).not.toContain('permission.denied');
  });
});

describe.skipIf(!requireSystem('redis').available)('permission.denied, of Redis', () => {
  let server: RunningRedis;
  beforeEach(async () => {
    server = await startRedis();
    server.cli(
      'ACL',
      'SETUSER',
      'shop',
      'on',
      `>${PASSWORD}`,
      '~*',
      '+@read',
      '+ping',
      '+@connection',
      '+@transaction',
      '+info',
    );
  });
  afterEach(() => server.dispose());
  const app = (command: string): string =>
    worker(
      `const net = require('node:net');
const url = new URL(process.env.REDIS_URL);
const send = (line) => new Promise((resolve, reject) => {
  let text = '';
  const socket = net.connect(Number(url.port), url.hostname, () => socket.write('AUTH ' + url.username + ' ' + url.password + '\\r\\n' + line + '\\r\\n'));
  socket.on('error', reject).on('data', (data) => {
    text += data;
    const lines = text.split('\\r\\n');
    if (lines.length < 3) return;
    socket.destroy();
    if (lines[1].startsWith('-')) reject(new Error('redis: ' + lines[1].slice(1)));
    else resolve(lines[1]);
  });
});`,
      `await send('${command}')`,
    );
  const url = (): string => `REDIS_URL=redis://shop:${PASSWORD}@127.0.0.1:${server.port}`;

  it('the user may read and not write, and nothing is written to find that out', async () => {
    await serve(url(), app('SET session:1 x'), ['redis'], 'NOPERM');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['permission.denied redis'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toBe(
      `Redis at 127.0.0.1:${server.port} denies shop the command SET: the user shop has no permission for it`,
    );
    expect(server.cli('DBSIZE')).toBe('0');
  });

  it('misleading: the user was given the command since', async () => {
    await serve(url(), app('SET session:1 x'), ['redis'], 'NOPERM');
    server.cli('ACL', 'SETUSER', 'shop', '+set');
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).not.toContain('permission.denied');
    expect(ruledOutIn(report)).toContain('permission.denied redis');
    expect(server.cli('EXISTS', 'tektra')).toBe('0');
  });
});

describe.skipIf(!requireSystem('root').available)('permission.denied, of this machine', () => {
  const open = async (): Promise<void> => {
    await chmod(path.dirname(scenario.workspace), 0o755);
    await chmod(scenario.workspace, 0o755);
  };

  it('a port that is for root alone; the fix takes another one', async () => {
    const taken = 85;
    await scenario.write({
      'package.json': '{ "name": "shop", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      'app.js':
        "require('node:http').createServer().listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'));\n",
      '.env': `PORT=${taken}\n`,
    });
    await open();
    for (let time = 0; time < 2; time++) expect(await scenario.run(START, { log: LOG, uid: NOBODY })).toBe(1);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['permission.denied shop'] });
    const [finding] = report.findings;
    expect(finding?.summary).toBe(`shop may not listen on port ${taken}: ports below 1024 are for root alone`);
    expect(finding?.evidence.map(({ source }) => source)).toEqual([
      '/proc/sys/net/ipv4/ip_unprivileged_port_start',
      expect.stringMatching(/^logs\/shop\.log:\d+$/),
      '.env:1',
    ]);
    await expectFixVerifies(scenario, finding);
  });

  it('Python says no more than "Permission denied"', async () => {
    await scenario.write({
      Procfile: 'shop: python3 server.py\n',
      'server.py':
        "import http.server\nPORT = 88\nhttp.server.HTTPServer(('127.0.0.1', PORT), http.server.SimpleHTTPRequestHandler).serve_forever()\n",
    });
    await open();
    for (let time = 0; time < 2; time++)
      expect(await scenario.run(['/usr/bin/python3', 'server.py'], { log: LOG, uid: NOBODY })).toBe(1);
    const report = await scenario.diagnose();
    expect(report.findings[0], JSON.stringify(report, null, 1)).toMatchObject({
      cause: 'permission.denied',
      target: 'shop',
    });
  });

  it("misleading: the port is anybody's, and the file is forbidden", async () => {
    const port = await freePort();
    await scenario.write({
      'package.json': '{ "name": "shop", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      'app.js':
        "require('node:fs').readFileSync('secret.txt'); require('node:http').createServer().listen(Number(process.env.PORT));\n",
      '.env': `PORT=${port}\n`,
      'secret.txt': 'x',
    });
    await open();
    await chmod(path.join(scenario.workspace, 'secret.txt'), 0o600);
    for (let time = 0; time < 2; time++) await scenario.run(START, { log: LOG, uid: NOBODY });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['file.permission shop'] });
  });

  it("the container engine's socket lets in others only", async () => {
    const folder = path.join(scenario.outside, 'run');
    await mkdir(folder);
    await chmod(scenario.outside, 0o755);
    const socket = path.join(folder, 'docker.sock');
    const engine = createServer(() => undefined);
    await new Promise<void>((resolve) => engine.listen(socket, resolve));
    scenario.onDispose(() => void engine.close());
    await chmod(socket, 0o660);
    await open();
    await serve(
      'MODE=a',
      worker(
        `const connect = () => new Promise((resolve, reject) => require('node:net').connect(${JSON.stringify(socket)}, resolve).once('error', reject));`,
        'await connect()',
      ),
      [],
      'EACCES',
      NOBODY,
    );
    const report = await scenario.diagnose();
    const finding = report.findings.find(({ cause }) => cause === 'permission.denied');
    expect(finding?.summary, JSON.stringify(report, null, 1)).toContain(
      `may not use the container engine's socket ${socket}: its mode 0660 lets in uid 0 and group 0`,
    );
    expect(report.findings.map(({ cause }) => cause)).not.toContain('file.permission');
  });
});

describe('permission.denied, of a peer', () => {
  const KEY = 'q7Lm2Zx9Vt4Rb6Kd8Ws1Pf3H';
  const peer = async (status: (key: string) => number): Promise<number> => {
    const server = createHttpServer((request, response) => {
      response.writeHead(status(request.headers.authorization?.replace('Bearer ', '') ?? '')).end('{}');
    });
    const port = await freePort();
    await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
    scenario.onDispose(() => {
      server.closeAllConnections();
      server.close();
    });
    return port;
  };
  const fail = async (port: number): Promise<void> => {
    await scenario.write({
      'package.json': '{ "name": "agent", "type": "module", "scripts": { "start": "node --env-file=.env agent.js" } }',
      '.env': `STORE_URL=http://127.0.0.1:${port}\nSTORE_API_KEY=${KEY}\n`,
      'agent.js': `const answer = await fetch(process.env.STORE_URL + '/v1/orders', { headers: { authorization: 'Bearer ' + process.env.STORE_API_KEY } });
if (!answer.ok) throw new Error('request to ' + process.env.STORE_URL + '/v1/orders failed with status code ' + answer.status);
`,
    });
    for (let time = 0; time < 2; time++)
      expect(await scenario.run(['node', '--env-file=.env', 'agent.js'], { log: 'logs/agent.log' })).toBe(1);
  };

  it('knows the key and forbids the path', async () => {
    const port = await peer((key) => (key === '' ? 401 : 403));
    await fail(port);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['permission.denied agent'], secrets: [KEY] });
    expect(report.findings[0]?.summary).toBe(
      `127.0.0.1:${port} knows STORE_API_KEY of agent, and forbids it /v1/orders`,
    );
  });

  it('misleading: the peer forbids it to everybody alike, so the key may be at fault', async () => {
    await fail(await peer(() => 403));
    const report = await scenario.diagnose();
    expect(report.findings[0]?.cause).toBe('auth.key-invalid');
    expect(report.findings.map(({ cause }) => cause)).not.toContain('permission.denied');
  });
});
