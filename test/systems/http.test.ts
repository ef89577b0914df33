import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttp } from '../../server/systems/http/http.ts';
import { freePort } from '../support/freePort.ts';
import { requireSystem } from '../support/requireSystem.ts';

const http = createHttp();
const options = { timeoutMs: 1000, signal: new AbortController().signal };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const serve = (handler: RequestListener): Promise<string> => listen(createServer(handler));

describe('get', () => {
  it('returns status and body of any answer, and sends no credentials', async () => {
    let authorization: string | undefined;
    const host = await serve((request, response) => {
      authorization = request.headers.authorization;
      response.writeHead(503).end('{"status":"fail"}');
    });
    expect(await http.get(`http://user:pass@${host}/health`, options)).toMatchObject({
      ...{ kind: 'answered', status: 503, body: '{"status":"fail"}' },
    });
    expect(authorization).toBeUndefined();
  });

  it('follows no redirect and reads no more than 64 KiB', async () => {
    const host = await serve((request, response) => {
      if (request.url === '/away') response.writeHead(302, { location: '/else' }).end();
      else response.end('x'.repeat(1_000_000));
    });
    expect(await http.get(`http://${host}/away`, options)).toMatchObject({ kind: 'answered', status: 302 });
    const large = await http.get(`http://${host}/`, options);
    expect(large.kind === 'answered' && large.body.length).toBe(64 * 1024);
  });

  it('gives the code of each failure', async () => {
    const refused = await http.get(`http://127.0.0.1:${await freePort()}/`, options);
    expect(refused).toMatchObject({ kind: 'failed', code: 'ECONNREFUSED' });
    const noHttp = await listen(createTcpServer((socket) => socket.end('220 smtp ready\r\n')));
    expect(await http.get(`http://${noHttp}/`, options)).toMatchObject({
      kind: 'failed',
      because: expect.stringContaining('not speak HTTP'),
    });
    const closing = await listen(createTcpServer((socket) => socket.destroy()));
    expect(await http.get(`http://${closing}/`, options)).toMatchObject({ kind: 'failed', code: 'ECONNRESET' });
    expect(await http.get('not a url', options)).toMatchObject({ kind: 'failed', code: 'ERR_INVALID_URL' });
    expect(await http.get('file:///etc/passwd', options)).toMatchObject({ kind: 'failed' });
  });

  it('does not wait beyond its time, for a head or for a body', async () => {
    const silent = await listen(createTcpServer((socket) => socket.on('error', () => socket.destroy())));
    const dripping = await serve((_, response) => response.writeHead(200).write('x'));
    for (const host of [silent, dripping]) {
      const started = performance.now();
      expect(await http.get(`http://${host}/`, { ...options, timeoutMs: 200 })).toMatchObject({ code: 'ETIMEDOUT' });
      expect(performance.now() - started).toBeLessThan(600);
    }
    const cancel = AbortSignal.timeout(50);
    await expect(http.get(`http://${silent}/`, { ...options, signal: cancel })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });
});

const openssl = requireSystem('openssl');
describe.skipIf(!openssl.available)('get over TLS', () => {
  it('names what is wrong with the certificate', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'tektra-tls-'));
    try {
      const [key, cert] = [path.join(folder, 'key'), path.join(folder, 'cert')];
      const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
      execFileSync('openssl', [...request, '-keyout', key, '-out', cert], { stdio: 'pipe' });
      const server = createHttpsServer({ key: await readFile(key), cert: await readFile(cert) }, (_, r) => r.end('ok'));
      expect(await http.get(`https://${await listen(server)}/`, options)).toMatchObject({
        ...{ kind: 'failed', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    const plain = await serve((_, response) => response.end('ok'));
    expect(await http.get(`https://${plain}/`, options)).toMatchObject({
      kind: 'failed',
      code: expect.stringMatching(/EPROTO|ERR_SSL/),
    });
  });
});
