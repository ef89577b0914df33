import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedis, type RedisTarget } from '../../server/systems/redis/redis.ts';
import { freePort } from '../support/freePort.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { type RunningRedis, startRedis } from '../support/startRedis.ts';

const redis = createRedis();
const options = { timeoutMs: 2000, signal: new AbortController().signal };
const PASSWORD = 's3cret-word';
const target = (port: number, change: Partial<RedisTarget> = {}): RedisTarget => ({
  ...{ address: '127.0.0.1', host: 'localhost', port, user: undefined, password: undefined, tls: false },
  ...change,
});

const installed = requireSystem('redis');

describe.skipIf(!installed.available)('Redis', () => {
  let open: RunningRedis;
  let locked: RunningRedis;
  beforeAll(async () => {
    open = await startRedis();
    locked = await startRedis(['--requirepass', PASSWORD, '--maxclients', '2']);
  });
  afterAll(async () => {
    await open.dispose();
    await locked.dispose();
  });

  it('answers, and tells version and role', async () => {
    const expected = { kind: 'pong', version: expect.stringMatching(/^\d+\./), role: 'master' };
    expect(await redis.ping(target(open.port), options)).toMatchObject(expected);
    expect(await redis.ping(target(locked.port, { password: PASSWORD }), options)).toMatchObject(expected);
    expect(await redis.ping(target(locked.port, { user: 'default', password: PASSWORD }), options)).toMatchObject(
      expected,
    );
    // A password that the server does not ask for keeps nobody out.
    expect(await redis.ping(target(open.port, { password: PASSWORD }), options)).toMatchObject(expected);
  });

  it('refuses a wrong password and none', async () => {
    const wrong = await redis.ping(target(locked.port, { password: 'wr0ng-word' }), options);
    expect(wrong).toMatchObject({ kind: 'authFailed', because: expect.stringContaining('WRONGPASS') });
    expect(JSON.stringify(wrong)).not.toContain('wr0ng-word');
    expect(await redis.ping(target(locked.port), options)).toMatchObject({
      kind: 'authFailed',
      because: expect.stringContaining('NOAUTH'),
    });
  });

  it('does not take a server without TLS for one with it', async () => {
    const answer = await redis.ping(target(open.port, { tls: true }), { ...options, timeoutMs: 500 });
    expect(answer.kind).not.toBe('pong');
    expect(answer.durationMs).toBeLessThan(1000);
  });
});

describe('no Redis on the port', () => {
  const answerFrom = async (server: Server) => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await redis.ping(target((server.address() as AddressInfo).port), { ...options, timeoutMs: 500 });
    } finally {
      server.close();
    }
  };

  it('is told apart', async () => {
    expect(await answerFrom(createHttpServer())).toMatchObject({ kind: 'notRedis' });
    expect(await answerFrom(createServer((socket) => socket.destroy()))).toMatchObject({ kind: 'unreachable' });
    expect(await answerFrom(createServer((socket) => socket.end('-LOADING Redis is loading\r\n')))).toMatchObject({
      kind: 'loading',
    });
    expect(await redis.ping(target(await freePort()), options)).toMatchObject({ kind: 'refused' });
  });

  it('does not wait for a peer that says nothing', async () => {
    const silent = createServer((socket) => socket.on('error', () => socket.destroy()));
    const started = performance.now();
    expect(await answerFrom(silent)).toMatchObject({ kind: 'timedOut' });
    expect(performance.now() - started).toBeLessThan(1000);
    const cancel = AbortSignal.abort(new Error('stop'));
    await expect(redis.ping(target(1), { ...options, signal: cancel })).rejects.toThrow('stop');
  });
});
