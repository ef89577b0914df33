import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMysql, type MysqlTarget } from '../../server/systems/mysql/mysql.ts';
import { freePort } from '../support/freePort.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { type RunningMariadb, startMariadb } from '../support/startMariadb.ts';

const mysql = createMysql();
const options = { timeoutMs: 4_000, signal: new AbortController().signal };
const PASSWORD = 'amber-Quay-31';
const target = (port: number, change: Partial<MysqlTarget> = {}): MysqlTarget => ({
  ...{ address: '127.0.0.1', host: '127.0.0.1', port, user: 'shop', password: PASSWORD, database: 'shop', tls: false },
  ...change,
});
const installed = requireSystem('mariadb');

describe.skipIf(!installed.available)('MariaDB', () => {
  let server: RunningMariadb;
  beforeAll(async () => {
    server = await startMariadb(['--max-connections=10']);
    server.sql(
      `CREATE DATABASE shop; CREATE USER shop@'127.0.0.1' IDENTIFIED BY '${PASSWORD}'; GRANT ALL ON shop.* TO shop@'127.0.0.1'; CREATE DATABASE archive`,
    );
  });
  afterAll(() => server.dispose());

  it('is ready, and tells its version, limits and that the login may not see locks', async () => {
    const answer = await mysql.connect(target(server.port), options);
    expect(answer).toMatchObject({
      kind: 'ready',
      product: 'MariaDB',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      facts: { readOnly: undefined, maxConnections: 10, threads: expect.any(Number), lockWaits: undefined },
    });
    expect(answer.durationMs).toBeLessThan(2_000);
  });

  it('refuses a wrong password and none, without telling it', async () => {
    for (const password of ['wrong-Word-77', undefined]) {
      const answer = await mysql.connect(target(server.port, { password }), options);
      expect(answer).toMatchObject({ kind: 'authFailed', code: '1045' });
      expect(JSON.stringify(answer)).not.toContain('wrong-Word-77');
    }
  });

  it('says which databases there are when the one asked for is missing', async () => {
    server.sql(`GRANT ALL ON *.* TO shop@'127.0.0.1'`);
    expect(await mysql.connect(target(server.port, { database: 'shopp' }), options)).toMatchObject({
      kind: 'databaseMissing',
      existing: ['archive', 'shop'],
    });
    server.sql(`REVOKE ALL ON *.* FROM shop@'127.0.0.1'`);
    expect(await mysql.connect(target(server.port, { database: 'archive' }), options)).toMatchObject({
      kind: 'authFailed',
      code: '1044',
    });
  });

  it('says that it is read-only', async () => {
    server.sql('SET GLOBAL read_only = 1');
    try {
      expect(await mysql.connect(target(server.port), options)).toMatchObject({
        kind: 'ready',
        facts: { readOnly: 'read_only', mayWriteAnyway: false },
      });
    } finally {
      server.sql('SET GLOBAL read_only = 0');
    }
  });

  it('connects by TLS only to a server that has it', async () => {
    expect(await mysql.connect(target(server.port, { tls: true }), options)).toMatchObject({ kind: 'otherError' });
  });
});

describe('no MySQL on the port', () => {
  const answerFrom = async (server: Server, timeoutMs = 4_000) => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await mysql.connect(target((server.address() as AddressInfo).port), { ...options, timeoutMs });
    } finally {
      server.close();
    }
  };

  it('is told apart', async () => {
    expect(await answerFrom(createHttpServer())).toMatchObject({ kind: 'notMysql' });
    expect(await answerFrom(createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')))).toMatchObject({
      kind: 'notMysql',
    });
    expect(await answerFrom(createServer((socket) => socket.end('\xff\xfe\x00garbage garbage')))).toMatchObject({
      kind: 'notMysql',
    });
    expect(await answerFrom(createServer((socket) => socket.destroy()))).toMatchObject({ kind: 'unreachable' });
    expect(await mysql.connect(target(await freePort()), options)).toMatchObject({ kind: 'refused' });
  });

  it('does not wait for a peer that says nothing, nor for one that greets and hangs', async () => {
    const quiet = () => createServer((socket) => socket.on('error', () => socket.destroy()));
    const started = performance.now();
    expect(await answerFrom(quiet(), 600)).toMatchObject({ kind: 'timedOut' });
    expect(await answerFrom(quiet())).toMatchObject({ kind: 'timedOut' });
    const greeting = Buffer.from(
      '4a0000000a382e302e3336000800000012345678123456780000ffffff0200ffdf15000000000000000000000102030405060708090a0b0c006361636869',
      'hex',
    );
    expect(
      await answerFrom(
        createServer((socket) => void socket.on('error', () => undefined).write(greeting)),
        600,
      ),
    ).toMatchObject({ kind: 'timedOut' });
    expect(performance.now() - started).toBeLessThan(5_000);
    const cancel = AbortSignal.abort(new Error('stop'));
    await expect(mysql.connect(target(1), { ...options, signal: cancel })).rejects.toThrow('stop');
  });
});
