import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';

const CLI = path.resolve('dist/server/tektra.mjs');

/** One for each place in which credentials stand; none has a form that gives it away. */
const SECRETS = {
  url: 'Umbra/Wren#31 q',
  query: 'quill-Topaz-7742',
  plain: 'plain-Ochre-1188',
  single: "single'Fern-2290".replace("'", '_'),
  double: 'double"Moss\\5531',
  backtick: 'tick-Cedar-9017',
  exported: 'export-Larch-4406',
  commented: 'hash#Birch-6613',
  composeMap: 'map:Sorrel 7781',
  composeList: 'list=Tansy-3325',
  composeCommand: 'cmd-Yarrow-8851',
  flagJoined: 'joined-Myrtle-1206',
  flagApart: 'apart-Bryony-9974',
  redisConf: 'conf-Rowan-5519',
  nginxHeader: 'bmdpbng6QWxkZXItNzczMQ',
  kubeconfig: 'kube-Hazel-2047-token',
  pgpass: 'pgpass-Willow-6630',
  header: 'head-Poplar-0915',
  jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvdHRlciJ9.c2lnbmF0dXJlLW9mLW90dGVy',
  yaml: 'yaml-Spruce-4478',
} as const;
const PRIVATE_KEY = [
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7',
  'VJTUt9Us8cKjMzEfYyjiWA4R4ypbHqGzwqzvMo0r9Yl5WbqYbQkZ',
];

describe('secrets', () => {
  let scenario: Scenario;
  beforeEach(async () => {
    if (!existsSync(CLI)) throw new Error('dist is missing: run npm run build');
    scenario = await createScenario();
  });
  afterEach(() => scenario.dispose());

  const tektra = (...args: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [CLI, ...args], {
        cwd: scenario.workspace,
        env: { ...process.env, TEKTRA_HOME: path.join(scenario.outside, 'state'), NO_COLOR: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      child.stdout.on('data', (chunk) => (output += chunk));
      child.stderr.on('data', (chunk) => (output += chunk));
      child.once('error', reject);
      child.once('close', () => resolve(output));
    });

  /** As written, in JSON, percent-encoded, base64: the bytes of everything that left. */
  const expectNone = (text: string, where: string): void => {
    for (const [name, secret] of [
      ...Object.entries(SECRETS),
      ...PRIVATE_KEY.map((line) => ['privateKey', line] as const),
    ])
      for (const form of [
        secret,
        JSON.stringify(secret).slice(1, -1),
        encodeURIComponent(secret),
        Buffer.from(secret).toString('base64').replace(/=+$/, ''),
      ])
        expect(
          text.includes(form),
          `${where} holds ${name}: ${text.slice(Math.max(0, text.indexOf(form) - 120), text.indexOf(form) + 80)}`,
        ).toBe(false);
  };

  it('leave in no output and no file of the state, wherever they stand', async () => {
    const port = await freePort();
    const all = Object.entries(SECRETS).filter(([name]) => name !== 'header');
    await scenario.write({
      'package.json': '{ "name": "vault", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      '.env': `PORT=${port}
DATABASE_URL="postgres://vault:${encodeURIComponent(SECRETS.url)}@127.0.0.1:${await freePort()}/vault"
HOOK_URL=https://hooks.example.com/in?room=7&token=${SECRETS.query}
PLAIN_PASSWORD=${SECRETS.plain}
SINGLE_SECRET='${SECRETS.single}'
DOUBLE_SECRET="${SECRETS.double.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"
BACKTICK_TOKEN=\`${SECRETS.backtick}\`
export EXPORTED_KEY=${SECRETS.exported}
COMMENTED_PASSWORD="${SECRETS.commented}" # the old one
SIGNING_KEY="-----BEGIN PRIVATE KEY-----
${PRIVATE_KEY.join('\n')}
-----END PRIVATE KEY-----"
`,
      'compose.yaml': `services:
  cache:
    image: redis:7
    command: redis-server --requirepass ${SECRETS.composeCommand}
    environment:
      CACHE_PASSWORD: "${SECRETS.composeMap}"
  search:
    image: search:1
    environment:
      - "SEARCH_TOKEN=${SECRETS.composeList}"
`,
      'redis.conf': `port 6379\nrequirepass ${SECRETS.redisConf}\n`,
      'nginx/nginx.conf': `events {}
http { server { listen 8090; location / { proxy_pass http://127.0.0.1:${port}; proxy_set_header Authorization "Basic ${SECRETS.nginxHeader}"; } } }
`,
      'deploy/kubeconfig.yaml': `apiVersion: v1\nkind: Config\nusers:\n  - name: otter\n    user:\n      token: ${SECRETS.kubeconfig}\n`,
      '.pgpass': `127.0.0.1:5432:vault:vault:${SECRETS.pgpass}\n`,
      'config/mail.yaml': `smtp:\n  user: post\n  password: ${SECRETS.yaml}\n`,
      'app.js': `const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' ' + text);
const all = ${JSON.stringify(all.map(([, secret]) => secret))};
require('node:http').createServer().on('error', (error) => {
  for (const secret of all) log('ERROR', error.message + ' with ' + secret);
  log('ERROR', error.message + ' env ' + JSON.stringify({ all, url: process.env.DATABASE_URL, hook: process.env.HOOK_URL }));
  log('ERROR', error.message + ' X-Api-Key: ${SECRETS.header} Authorization: Bearer ${SECRETS.header} Cookie: sid=${SECRETS.header}');
  log('ERROR', error.message + ' key ' + process.env.SIGNING_KEY);
  log('ERROR', error.message + ' b64 ' + all.map((secret) => Buffer.from(secret).toString('base64')).join(' '));
  throw new Error(error.message + ' for ' + all.join(' ') + ' ' + process.env.DATABASE_URL);
}).listen(Number(process.env.PORT), '127.0.0.1');
`,
      '../outside/holder.js': `require('node:http').createServer().listen(${port}, '127.0.0.1');\n`,
    });
    await scenario.start(['node', 'holder.js', `--password=${SECRETS.flagJoined}`, '--api-key', SECRETS.flagApart], {
      cwd: '../outside',
    });
    await untilListening(port);
    for (let run = 0; run < 2; run++)
      await scenario.run(['node', '--env-file=.env', 'app.js'], { log: 'logs/vault.log' });

    const told = await tektra('diagnose');
    expect(told).toContain('port.conflict');
    expect(told).toContain('‹redacted:');
    expectNone(told, 'diagnose');
    expectNone(await tektra('diagnose', '--json'), 'diagnose --json');
    expectNone(await tektra('diagnose', '--target', 'vault'), 'diagnose --target');
    for (const number of [1, 2, 3]) {
      expectNone(await tektra('fix', `f${number}`, '--dry-run'), `fix f${number} --dry-run`);
      expectNone(await tektra('fix', `f${number}`, '--dry-run', '--json'), `fix f${number} --dry-run --json`);
    }
    expectNone(await tektra('fix', '--list', '--json'), 'fix --list');

    const state = path.join(scenario.outside, 'state');
    const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const name = path.join(file.parentPath, file.name);
      expectNone(readFileSync(name, 'latin1'), name);
    }
  });
});
