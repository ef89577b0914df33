// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of compose and of env files are tested
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { freePort } from '../support/freePort.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';

/** The limit of the run; what comes later than this and a margin for a busy machine did not keep to it. */
const TIMEOUT_MS = 20_000;
const MARGIN_MS = 3_000;
const PASSWORD = 'quartz-Heron-9921';

describe('systems that do not behave', () => {
  let scenario: Scenario;
  beforeEach(async () => {
    scenario = await createScenario();
  });
  afterEach(() => scenario.dispose());

  /** Every report keeps to its time, tells no secret, and no cause fell over the input. */
  const diagnose = async (): Promise<DiagnosisReport> => {
    const started = performance.now();
    const report = await scenario.diagnose({ timeoutMs: TIMEOUT_MS });
    expect(performance.now() - started).toBeLessThan(TIMEOUT_MS + MARGIN_MS);
    expect(JSON.stringify(report)).not.toContain(PASSWORD);
    expect(
      report.unknown.filter(({ because }) => /could not be judged|is not a function|of undefined/.test(because)),
    ).toEqual([]);
    return report;
  };

  const peer = async (onSocket: (socket: Socket) => void): Promise<number> => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      onSocket(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    scenario.onDispose(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  };

  /** A service that stays up and complains of its peer. */
  const withPeer = async (url: string, packages: Record<string, string>): Promise<void> => {
    await scenario.write({
      'package.json': `${JSON.stringify({ name: 'desk', scripts: { start: 'node --env-file=.env app.js' }, dependencies: packages })}\n`,
      ...Object.fromEntries(
        Object.keys(packages).map((name) => [
          `node_modules/${name}/package.json`,
          `{"name":"${name}","version":"1.0.0"}`,
        ]),
      ),
      '.env': `PEER_URL=${url}\n`,
      'app.js': `// ${Object.keys(packages)
        .map((name) => `require('${name}')`)
        .join(' ')}
console.log(new Date().toISOString() + ' INFO  ready');
console.log(new Date().toISOString() + ' ERROR query failed: timeout of 2000 ms for ' + process.env.PEER_URL);
setInterval(() => {}, 1e6);\n`,
    });
    await scenario.start(['node', '--env-file=.env', 'app.js'], { log: 'logs/desk.log' });
    await scenario.until('logs/desk.log', 'query failed');
  };

  describe.each([
    ['postgres', 'pg', 'database.unreachable'],
    ['mysql', 'mysql2', 'database.unreachable'],
    ['redis', 'redis', 'cache.unreachable'],
  ])('a %s', (scheme, driver, cause) => {
    const url = (port: number): string =>
      `${scheme}://desk:${PASSWORD}@127.0.0.1:${port}${scheme === 'redis' ? '' : '/desk'}`;

    it.each([
      ['takes the connection and never says a word', () => undefined],
      ['greets with half a sentence and stalls', (socket: Socket) => void socket.write(Buffer.from([0x4a, 0, 0]))],
      [
        'hangs up in the middle of its answer',
        (socket: Socket) => void socket.once('data', () => socket.end(Buffer.from([0x52, 0, 0, 0]))),
      ],
      [
        'sends bytes without end',
        (socket: Socket) => {
          const chunk = Buffer.alloc(64 * 1024, 0x52);
          const more = (): void => {
            if (!socket.destroyed) socket.write(chunk, () => setTimeout(more, 5));
          };
          more();
        },
      ],
    ])('that %s', async (_, onSocket) => {
      await withPeer(url(await peer(onSocket)), { [driver]: '^1.0.0' });
      const report = await diagnose();
      expect(report.findings.map((finding) => finding.cause)).toContain(cause);
    });
  });

  it('an HTTP peer that dribbles its answer, byte by byte', async () => {
    const port = await peer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
      const timer = setInterval(() => socket.write('x'), 50);
      socket.once('close', () => clearInterval(timer));
    });
    await withPeer(`http://127.0.0.1:${port}/items`, {});
    expect((await diagnose()).findings.map((finding) => finding.cause)).toEqual(['upstream.slow']);
  });

  it('an HTTP peer that answers with a header without end', async () => {
    const port = await peer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX-Long: ');
      const timer = setInterval(() => socket.write('y'.repeat(8_000)), 5);
      socket.once('close', () => clearInterval(timer));
    });
    await withPeer(`http://127.0.0.1:${port}/items`, {});
    await diagnose();
  });

  it('a log that names addresses and paths which the workspace does not: nothing is requested of them', async () => {
    const requests: string[] = [];
    const listen = async (): Promise<number> => {
      const server = createHttpServer((request, response) => {
        requests.push(`${request.url}${request.headers.authorization === undefined ? '' : ' with a key'}`);
        response.writeHead(401).end();
      });
      const port = await freePort();
      await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
      scenario.onDispose(() => void server.close());
      return port;
    };
    const [known, stranger] = [await listen(), await listen()];
    const words = [
      `GET http://127.0.0.1:${stranger}/admin/wipe timed out after 700 ms`,
      `GET http://127.0.0.1:${known}/admin/wipe timed out after 700 ms`,
      `request to http://127.0.0.1:${stranger}/admin/wipe failed with status code 401: invalid api key`,
      `request to http://127.0.0.1:${known}/admin/wipe failed with status code 401: invalid api key`,
    ];
    for (const word of words) {
      await scenario.write({
        'package.json': '{ "name": "desk", "scripts": { "start": "node --env-file=.env app.js" } }\n',
        '.env': `STORE_URL=http://127.0.0.1:${known}\nSTORE_API_KEY=${PASSWORD}\n`,
        'app.js': `const { STORE_URL, STORE_API_KEY } = process.env;
console.log(new Date().toISOString() + ' ERROR ' + process.argv[2]);
setInterval(() => {}, 1000);\n`,
        'logs/desk.log': '',
      });
      const { stop } = await scenario.start(['node', '--env-file=.env', 'app.js', word], { log: 'logs/desk.log' });
      await scenario.until('logs/desk.log', 'ERROR');
      await diagnose();
      await stop();
    }
    // Of the one that the workspace names, the root is asked; of nobody what the log says.
    expect(requests.filter((request) => request !== '/')).toEqual([]);
  });

  it('a service that writes bytes which are no UTF-8 into its log', async () => {
    await scenario.write({
      'package.json': '{ "name": "desk", "scripts": { "start": "node app.js" } }\n',
      'app.js': `const { writeSync } = require('node:fs');
writeSync(1, Buffer.concat([Buffer.from(new Date().toISOString() + ' INFO  caf'), Buffer.from([0xe9, 0x20, 0xff, 0xc3, 0x0a])]));
throw new Error('the real reason');\n`,
    });
    for (let run = 0; run < 2; run++) await scenario.run(['node', 'app.js'], { log: 'logs/desk.log' });
    expect((await diagnose()).findings[0]?.summary).toContain('the real reason');
  });

  describe('compose files', () => {
    it('that lead out of the workspace, by path and by link: nothing is read there', async () => {
      const hidden = `services:\n  api:\n    image: x\n    environment: { API_TOKEN: ${PASSWORD} }\n`;
      await scenario.write({
        '../outside/other.yaml': hidden,
        '../outside/secret.env': `API_TOKEN=${PASSWORD}\n`,
        '../outside/Dockerfile': `FROM scratch\nENV API_TOKEN=${PASSWORD}\n`,
        'compose.yaml': `include:
  - ../outside/other.yaml
  - path: deep/link/other.yaml
services:
  web: { extends: { file: ../../../../outside/other.yaml, service: api } }
  desk: { extends: { file: linked.yaml, service: api } }
  worker:
    build: { context: ../outside }
    env_file: [../outside/secret.env, linked.env, { path: deep/link/secret.env, required: false }]
    volumes: ["../outside:/data", "linked.env:/etc/secret.env"]
`,
      });
      await mkdir(path.join(scenario.workspace, 'deep'));
      await symlink(scenario.outside, path.join(scenario.workspace, 'deep/link'));
      await symlink(path.join(scenario.outside, 'other.yaml'), path.join(scenario.workspace, 'linked.yaml'));
      await symlink(path.join(scenario.outside, 'secret.env'), path.join(scenario.workspace, 'linked.env'));
      expect((await diagnose()).findings).toEqual([]);
    });

    it('of ten thousand services', async () => {
      const services = Array.from(
        { length: 10_000 },
        (_, i) => `  s${i}: { image: "x:1", ports: ["${10_000 + i}:80"] }`,
      );
      await scenario.write({ 'compose.yaml': `services:\n${services.join('\n')}\n` });
      const report = await diagnose();
      expect(report.findings).toEqual([]);
      expect(report.targets.length).toBeGreaterThan(10_000);
    });

    it('that are too large to be read: not called invalid for it', async () => {
      const services = Array.from(
        { length: 10_000 },
        (_, i) => `  s${i}: { image: x, environment: { PASSWORD: ${PASSWORD}${i}, MODE: production } }`,
      );
      await scenario.write({ 'compose.yaml': `services:\n${services.join('\n')}\n` });
      expect((await diagnose()).findings).toEqual([]);
    });

    it.each([
      [
        'aliases that unfold to a billion',
        `x-0: &a0 [lol, lol]\n${Array.from({ length: 30 }, (_, i) => `x-${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`).join('\n')}\nservices: { a: { image: x } }\n`,
      ],
      [
        'merge keys that unfold to a billion',
        `x-0: &a0 { k0: v }\n${Array.from({ length: 30 }, (_, i) => `x-${i + 1}: &a${i + 1} { <<: [*a${i}, *a${i}, *a${i}], k${i + 1}: v }`).join('\n')}\nservices: { a: { image: x } }\n`,
      ],
      ['nesting without end', `services: { a: ${'['.repeat(30_000)}\n`],
      ['variables within variables', `services: { a: { image: "${'${A:-'.repeat(5_000)}x${'}'.repeat(5_000)}" } }\n`],
      [
        'ports of whole ranges',
        `services: { a: { image: x, ports: [${Array(50).fill('"1-65535:1-65535"').join(', ')}] } }\n`,
      ],
      [
        'files that include each other',
        'include: [compose.yaml, b.yaml]\nservices: { a: { image: x, extends: { file: b.yaml, service: b } } }\n',
      ],
    ])('of %s', async (_, text) => {
      await scenario.write({
        'compose.yaml': text,
        'b.yaml':
          'include: [compose.yaml]\nservices: { b: { image: x, extends: { file: compose.yaml, service: a } } }\n',
      });
      await diagnose();
    });
  });

  it('files of every kind that are made to hurt their readers', async () => {
    await scenario.write({
      'package.json': `{ "name": "desk", "scripts": { "start": "node app.js" }, "x": ${'['.repeat(20_000)}${']'.repeat(20_000)} }\n`,
      '.env': `${'A'.repeat(60_000)}=${'"'.repeat(60_000)}\nB=\${B}\nC=\${D}\nD=\${C}\n`,
      Procfile: `${'web: '.repeat(10_000)}\n`,
      'nginx.conf': `${'http { server { location / { '.repeat(4_000)}\n`,
      'nginx/loop.conf': 'events {}\nhttp { include loop.conf; include ./*.conf; }\n',
      'pyproject.toml': `${'[a.'.repeat(10_000)}\n`,
      'config/app.json': `${'{"a":'.repeat(20_000)}\n`,
      'logs/desk.log': `${'{'.repeat(100_000)}\n${'('.repeat(100_000)}\n`,
    });
    await writeFile(
      path.join(scenario.workspace, 'Dockerfile'),
      Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * 31) % 256)),
    );
    await diagnose();
  });
});
