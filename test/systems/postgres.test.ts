import { execFileSync } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgres, type PostgresTarget } from '../../server/systems/postgres/postgres.ts';
import { freePort } from '../support/freePort.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { type RunningPostgres, startPostgres } from '../support/startPostgres.ts';

const postgres = createPostgres();
const options = { timeoutMs: 3000, signal: new AbortController().signal };
const PASSWORD = 'r1ght-p4ss';

const target = (port: number, change: Partial<PostgresTarget> = {}): PostgresTarget => ({
  ...{ address: '127.0.0.1', host: 'localhost', port, user: 'app', password: PASSWORD, database: 'shop' },
  sslMode: undefined,
  ...change,
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const installed = requireSystem('postgres');
const openssl = requireSystem('openssl');

describe.skipIf(!installed.available)('a PostgreSQL server', () => {
  let server: RunningPostgres;
  beforeAll(async () => {
    server = await startPostgres({
      settings: ['max_connections = 12', 'superuser_reserved_connections = 3'],
      rules: ['hostssl all secure all scram-sha-256', 'host all secure all reject'],
    });
    for (const role of ['app', 'secure']) server.sql(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
    server.sql('CREATE DATABASE shop');
    server.sql('CREATE DATABASE archive');
  });
  afterAll(() => server.dispose());

  it('lets the right password in and tells its settings', async () => {
    const answer = await postgres.connect(target(server.port), options);
    expect(answer).toMatchObject({
      kind: 'connected',
      version: expect.stringMatching(/^\d+/),
      settings: { max_connections: '12', default_transaction_read_only: 'off' },
    });
    expect(answer.durationMs).toBeLessThan(3000);
  });

  it('refuses a wrong password, an unknown role and none at all, and no answer holds the password', async () => {
    const wrong = await postgres.connect(target(server.port, { password: 'wr0ng-p4ss' }), options);
    expect(wrong).toMatchObject({ kind: 'authFailed', sqlState: '28P01' });
    expect(JSON.stringify(wrong)).not.toContain('wr0ng-p4ss');
    expect(await postgres.connect(target(server.port, { user: 'nobody' }), options)).toMatchObject({
      kind: 'authFailed',
    });
    for (const password of [undefined, '']) {
      expect(await postgres.connect(target(server.port, { password }), options)).toMatchObject({
        kind: 'authFailed',
        because: expect.stringContaining('none is configured'),
      });
    }
  });

  it('lists the databases there are when the wanted one is missing', async () => {
    expect(await postgres.connect(target(server.port, { database: 'shopp' }), options)).toMatchObject({
      kind: 'databaseMissing',
      because: expect.stringContaining('shopp'),
      existing: ['archive', 'postgres', 'shop'],
    });
  });

  it('takes only names from statements of a log, and shows no values of its own', async () => {
    server.sqlIn(
      'shop',
      `CREATE TABLE parts (id INT PRIMARY KEY, kind INT); INSERT INTO parts SELECT n, n FROM generate_series(1, 300) n;
       ALTER TABLE parts OWNER TO app; ANALYZE parts; CREATE TABLE "Odd ""name" (id INT); ALTER TABLE "Odd ""name" OWNER TO app`,
    );
    const logged = [
      'SELECT * FROM parts WHERE kind = 4711; DROP TABLE parts',
      `SELECT * FROM parts WHERE id = 1 OR pg_sleep(30) IS NULL`,
      `SELECT 1 FROM "parts; DROP TABLE parts; --" WHERE id = 1`,
      'DELETE FROM parts WHERE kind = $1',
    ];
    const begin = performance.now();
    const workload = await postgres.workload(target(server.port), { ...options, timeoutMs: 6_000, tls: false, logged });
    expect(performance.now() - begin).toBeLessThan(6_000);
    expect(JSON.stringify(workload)).not.toContain('4711');
    expect(workload?.statements.map(({ scans }) => scans?.map((scan) => scan.table))).toContainEqual(['public.parts']);
    expect(workload?.tables).toMatchObject([{ name: 'public.parts', isOwn: true, rows: 300 }]);
    server.sqlIn('shop', `SELECT 1 / (count(*) = 300)::int FROM parts`);
  });

  it('does not wait for a table that somebody locks, and keeps nobody waiting', async () => {
    const holder = new Client({ connectionString: `postgres://app:${PASSWORD}@127.0.0.1:${server.port}/shop` });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE parts IN ACCESS EXCLUSIVE MODE');
    const logged = ['SELECT * FROM parts WHERE kind = 3'];
    const workload = await postgres.workload(target(server.port), { ...options, timeoutMs: 6_000, tls: false, logged });
    expect(workload?.statements).toMatchObject([{ logged: true, scans: undefined }]);
    await holder.end();
  });

  it('reports that no connection is left', async () => {
    const clients: Client[] = [];
    try {
      for (let i = 0; i < 9; i++) {
        const client = new Client({
          host: '127.0.0.1',
          port: server.port,
          user: 'app',
          password: PASSWORD,
          database: 'shop',
        });
        clients.push(client);
        await client.connect();
      }
      expect(await postgres.connect(target(server.port), options)).toMatchObject({
        kind: 'connectionsExhausted',
        sqlState: '53300',
      });
    } finally {
      for (const client of clients) await client.end();
    }
  });

  it('says that TLS is not offered when it is demanded, and does without when it is only preferred', async () => {
    expect(await postgres.connect(target(server.port, { sslMode: 'require' }), options)).toMatchObject({
      kind: 'otherError',
      because: expect.stringContaining('TLS'),
    });
    expect(await postgres.connect(target(server.port, { sslMode: 'prefer' }), options)).toMatchObject({
      kind: 'connected',
    });
  });

  it.skipIf(!openssl.available)('speaks TLS in each mode', async () => {
    const [key, certificate] = [`${server.folder}/server.key`, `${server.folder}/server.crt`];
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    execFileSync('openssl', [...request, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
    execFileSync('chown', ['--reference', server.folder, key, certificate]);
    execFileSync('chmod', ['600', key]);
    server.sql("ALTER SYSTEM SET ssl = 'on'");
    server.sql('SELECT pg_reload_conf()');
    await expect
      .poll(async () => (await postgres.connect(target(server.port, { sslMode: 'require' }), options)).kind)
      .toBe('connected');
    const secure = { user: 'secure' };
    // No mode: the server takes this role only over TLS, so the second attempt is the one that counts.
    expect(await postgres.connect(target(server.port, secure), options)).toMatchObject({ kind: 'connected' });
    expect(await postgres.connect(target(server.port, { ...secure, sslMode: 'prefer' }), options)).toMatchObject({
      kind: 'connected',
    });
    expect(await postgres.connect(target(server.port, { ...secure, sslMode: 'disable' }), options)).toMatchObject({
      kind: 'authFailed',
    });
    expect(await postgres.connect(target(server.port, { ...secure, sslMode: 'verify-full' }), options)).toMatchObject({
      kind: 'otherError',
      because: expect.stringContaining('SELF_SIGNED'),
    });
  });

  it('stops waiting for a server that hangs, on time and on cancellation', async () => {
    process.kill(server.pid, 'SIGSTOP');
    try {
      const started = performance.now();
      expect(await postgres.connect(target(server.port), { ...options, timeoutMs: 600 })).toMatchObject({
        kind: 'timedOut',
      });
      expect(performance.now() - started).toBeLessThan(1200);
      const cancel = AbortSignal.timeout(100);
      await expect(postgres.connect(target(server.port), { ...options, signal: cancel })).rejects.toMatchObject({
        name: 'TimeoutError',
      });
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
  });
});

describe.skipIf(!installed.available)('a PostgreSQL server that does not serve', () => {
  it('is starting while it recovers', async () => {
    const server = await startPostgres({ inRecovery: true });
    try {
      expect(await postgres.connect(target(server.port), options)).toMatchObject({
        kind: 'starting',
        sqlState: '57P03',
      });
    } finally {
      await server.dispose();
    }
  });

  it('is refused once it stopped', async () => {
    const server = await startPostgres();
    await server.dispose();
    expect(await postgres.connect(target(server.port), options)).toMatchObject({ kind: 'refused' });
    expect(await postgres.connect(target(server.port, { sslMode: 'require' }), options)).toMatchObject({
      kind: 'refused',
    });
  });
});

describe('something else on the port', () => {
  const answerFrom = async (server: Server, change: Partial<PostgresTarget> = {}) => {
    const port = await listen(server);
    try {
      return await postgres.connect(target(port, change), { ...options, timeoutMs: 1000 });
    } finally {
      server.close();
    }
  };

  it('is told from PostgreSQL', async () => {
    const web = createHttpServer((_, response) => response.end('hello'));
    expect(await answerFrom(web)).toMatchObject({ kind: 'notPostgres' });
    expect(await answerFrom(createHttpServer(), { sslMode: 'require' })).toMatchObject({ kind: 'notPostgres' });
    // Reads whole lines, as Python's http.server does: it answers nothing until it got one.
    const lines = createServer((socket) => {
      socket.on('data', (data) => data.includes('\n') && socket.end('HTTP/1.0 400 Bad request\r\n\r\n'));
      socket.on('error', () => socket.destroy());
    });
    expect(await answerFrom(lines)).toMatchObject({ kind: 'notPostgres' });
  });

  it('may say nothing, or hang up', async () => {
    const silent = createServer((socket) => socket.on('error', () => socket.destroy()));
    expect(await answerFrom(silent)).toMatchObject({ kind: 'timedOut' });
    const closing = createServer((socket) => socket.destroy());
    expect(await answerFrom(closing)).toMatchObject({ kind: 'unreachable' });
  });

  it('may be nothing', async () => {
    expect(await postgres.connect(target(await freePort()), options)).toMatchObject({ kind: 'refused' });
  });
});
