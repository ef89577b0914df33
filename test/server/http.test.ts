import { request } from 'node:http';
import { createServer, type Server } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpServer, type HttpServer } from '../../server/edges/http/createHttpServer.ts';
import { createHealthService } from '../../server/health/healthService.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { freePort } from '../support/freePort.ts';

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

function get(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, path, method: options.method ?? 'GET', headers: options.headers ?? {} },
      (incoming) => {
        let body = '';
        incoming
          .on('data', (chunk) => (body += chunk))
          .on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }));
      },
    );
    outgoing.on('error', reject).end();
  });
}

describe('the HTTP door', () => {
  let blocker: Server;
  let http: HttpServer;
  let storage: 'pass' | 'fail' = 'pass';
  const health = createHealthService(
    [
      { component: 'storage', timeoutMs: 200, run: async () => ({ status: storage }) },
      {
        component: 'slow',
        timeoutMs: 100,
        run: () => (storage === 'fail' ? new Promise(() => undefined) : Promise.resolve({ status: 'pass' })),
      },
    ],
    systemClock,
    new Date(),
  );
  beforeAll(async () => {
    const wanted = await freePort();
    blocker = createServer().listen(wanted, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    http = await createHttpServer({
      host: '127.0.0.1',
      port: wanted,
      strict: false,
      health,
      logger: pino({ level: 'silent' }),
    });
  });
  afterAll(async () => {
    await http.close();
    blocker.close();
  });

  it('takes the next free port when the wanted one is held, and says both', () => {
    expect(http.port).toBeGreaterThan(http.wantedPort);
  });

  it('refuses a held port that was asked for exactly', async () => {
    await expect(
      createHttpServer({
        host: '127.0.0.1',
        port: http.wantedPort,
        strict: true,
        health,
        logger: pino({ level: 'silent' }),
      }),
    ).rejects.toMatchObject({ code: 'backend.port-busy' });
  });

  it('serves health as health+json, in short, in detail and by component', async () => {
    const short = await get(http.port, '/health');
    expect(short.status).toBe(200);
    expect(short.headers['content-type']).toContain('application/health+json');
    expect(JSON.parse(short.body)).toMatchObject({ status: 'pass', serviceId: 'tektra' });
    expect(JSON.parse((await get(http.port, '/health/live')).body)).toEqual({ status: 'pass' });
    expect(JSON.parse((await get(http.port, '/health/detailed')).body).checks.storage[0]).toMatchObject({
      status: 'pass',
    });
    expect(JSON.parse((await get(http.port, '/health/storage')).body)).toMatchObject({
      component: 'storage',
      status: 'pass',
    });
    const absent = await get(http.port, '/health/nothing');
    expect(absent.status).toBe(404);
    expect(JSON.parse(absent.body).error.code).toBe('component.unknown');
    expect((await get(http.port, '/')).status).toBe(404);
  });

  it('answers 503 when a component fails or does not answer in its time, and stays alive', async () => {
    storage = 'fail';
    const detailed = await get(http.port, '/health/detailed');
    expect(detailed.status).toBe(503);
    expect(JSON.parse(detailed.body).checks.slow[0]).toMatchObject({
      status: 'fail',
      output: 'no answer within 100 ms',
    });
    expect((await get(http.port, '/health/live')).status).toBe(200);
    storage = 'pass';
  });

  it('refuses foreign host names (DNS rebinding), pages of any origin, and everything but reading', async () => {
    expect((await get(http.port, '/health', { headers: { host: `evil.example:${http.port}` } })).status).toBe(421);
    expect((await get(http.port, '/health', { headers: { origin: 'http://localhost:3000' } })).status).toBe(403);
    expect((await get(http.port, '/health', { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      expect((await get(http.port, '/health', { method })).status).toBeGreaterThanOrEqual(404);
    expect((await get(http.port, '/health', { headers: { host: `localhost:${http.port}` } })).status).toBe(200);
  });

  it('guards an address that cannot be read like any other', async () => {
    for (const path of ['/health/%zz', `/health/${'x'.repeat(200)}`]) {
      expect((await get(http.port, path, { headers: { host: 'evil.example' } })).status).toBe(421);
      const answer = await get(http.port, path);
      expect([400, 414]).toContain(answer.status);
      expect(JSON.parse(answer.body).error.code).toBe('route.invalid');
    }
  });

  it('sends the security headers with every answer, refusals included', async () => {
    for (const answer of [
      await get(http.port, '/health'),
      await get(http.port, '/health/%zz'),
      await get(http.port, '/nowhere'),
      await get(http.port, '/health', { headers: { host: 'x' } }),
    ]) {
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'x-frame-options': 'DENY',
      });
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});
