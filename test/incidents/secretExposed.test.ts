import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyFix, fixesOf } from '../support/applyFix.ts';
import { createScenario, quietLog, type Scenario } from '../support/scenario.ts';
import { expectSound } from '../support/soundReport.ts';

/** Letters and digits that no provider gave to anybody, put together here so that no scanner takes this file for a leak. */
function random(length: number, seed: string): string {
  const hex = [1, 2, 3, 4].map((part) => createHash('sha512').update(`${seed}${part}`).digest('base64')).join('');
  return hex.replace(/[^A-Za-z]/g, '').slice(0, length);
}
const GITHUB = `ghp_${random(36, 'github')}`;
const STRIPE = `sk_${'live'}_${random(32, 'stripe')}`;
const AWS = `AKIA${random(40, 'aws').toUpperCase().slice(0, 16)}`;
const OPENAI = `sk-proj-${random(24, 'one')}T3Blbk${'FJ'}${random(24, 'two')}`;
const OWN = random(40, 'own');
const { privateKey: PEM, publicKey: PUBLIC } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const SECRETS = [GITHUB, STRIPE, AWS, OPENAI, OWN, PEM.split('\n')[3] as string];
const PACKAGE = '{ "name": "shop", "scripts": { "start": "node --env-file=.env app.js" } }\n';
const APP = "console.log(new Date().toISOString() + ' INFO  ready'); setInterval(() => {}, 1e6);\n";
const START = ['node', '--env-file=.env', 'app.js'] as const;

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createScenario();
  await scenario.write({ 'package.json': PACKAGE, 'app.js': APP, '.env': 'PORT=0\n' });
});
afterEach(() => scenario.dispose());

const git = (...args: string[]): string =>
  execFileSync('git', ['-C', scenario.workspace, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const commit = (): void => {
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'first');
};
const silent = async (): Promise<void> => expectSound(await scenario.diagnose(), { roots: [], secrets: SECRETS });
const found = async (root = 'secret.exposed shop') => {
  const report = await scenario.diagnose();
  expectSound(report, { roots: [root], secrets: SECRETS });
  return report.findings[0];
};

describe('secret.exposed', () => {
  it('an env file with a key is tracked by git; the fix takes it out of the index and leaves it where it is', async () => {
    await scenario.write({ '.env': `PORT=0\nGITHUB_TOKEN=${GITHUB}\n` });
    commit();
    const finding = await found();
    expect(finding).toMatchObject({
      confidence: 'proved',
      category: 'security',
      summary: 'A GitHub token stands in .env, which git tracks',
    });
    expect(finding?.evidence).toEqual([
      { kind: 'file', source: '.env:2', text: 'A GitHub token, beginning with gh?_' },
    ]);
    if (!finding) return;
    const before = git('ls-files', '--stage');
    const fixes = await fixesOf(scenario);
    const { applied } = await applyFix(fixes, scenario, finding);
    expect(applied.outcome).toMatchObject({ kind: 'verified' });
    expect(git('ls-files')).not.toContain('.env');
    await fixes.undo(scenario.workspace, applied.id, new AbortController().signal);
    expect(git('ls-files', '--stage')).toBe(before);
  });

  it.each([
    ['source code', 'src/pay.js', `export const stripe = new Stripe('${STRIPE}');\n`, 'A Stripe live key'],
    [
      'a compose file',
      'compose.yaml',
      `services:\n  worker:\n    image: busybox\n    environment:\n      AWS_ACCESS_KEY_ID: ${AWS}\n`,
      'An AWS access key',
    ],
    ['a key file', 'certs/server.key', PEM, 'A private key'],
    [
      'the JSON of a service account',
      'account.json',
      JSON.stringify({ type: 'service_account', private_key: PEM }),
      'A private key',
    ],
    ['a file that is named latest', 'src/latest.py', `client = OpenAI(api_key="${OPENAI}")\n`, 'An OpenAI key'],
  ])('a key in %s is tracked', async (where, file, content, kind) => {
    await scenario.write({ [file]: content });
    commit();
    // What belongs to no one service is the workspace's.
    const finding = await found(`secret.exposed ${where === 'a compose file' ? 'host' : 'shop'}`);
    expect(finding?.summary).toBe(`${kind} stands in ${file}, which git tracks`);
    expect(finding?.fixes).toEqual([]);
  });

  it('breaks nothing: what fails comes first', async () => {
    await scenario.write({
      '.env': `PORT=0\nGITHUB_TOKEN=${GITHUB}\n`,
      'app.js': "require('left-pad-of-the-firm');\n",
    });
    commit();
    for (let time = 0; time < 2; time++) await scenario.run(START, { log: 'logs/shop.log' });
    const report = await scenario.diagnose();
    expect(report.findings[0]?.cause).toBe('dependency.module-missing');
    expect(report.findings.at(-1)?.cause).toBe('secret.exposed');
    for (const secret of SECRETS) expect(JSON.stringify(report)).not.toContain(secret);
  });

  it.each([
    [
      'a key of a provider',
      `'calling with ' + process.env.TOKEN_OF_GITHUB`,
      `TOKEN_OF_GITHUB=${GITHUB}`,
      'the value of TOKEN_OF_GITHUB',
    ],
    ['its own secret', 'JSON.stringify(process.env)', `SESSION_SECRET=${OWN}`, 'the value of SESSION_SECRET'],
    ['a key that it got elsewhere', `'got ' + 'ghp_' + '${GITHUB.slice(4)}'`, 'MODE=a', 'a GitHub token'],
  ])('the service prints %s into its log', async (_, printed, line, what) => {
    await scenario.write({
      '.env': `PORT=0\n${line}\n`,
      'app.js': `console.log(new Date().toISOString() + ' INFO  ' + ${printed});\n${APP}`,
    });
    await scenario.start(START, { log: 'logs/shop.log' });
    await scenario.until('logs/shop.log', 'ready');
    const finding = await found();
    expect(finding?.summary).toBe(`shop prints ${what} into its log logs/shop.log`);
    expect(finding?.evidence[0]).toMatchObject({ kind: 'log', source: 'logs/shop.log:1' });
  });

  it('git that does not answer for the repository makes an unknown', async () => {
    await scenario.write({ '.env': `PORT=0\nGITHUB_TOKEN=${GITHUB}\n` });
    commit();
    await rm(path.join(scenario.workspace, '.git/index'));
    await scenario.write({ '.git/index': 'broken' });
    const report = await scenario.diagnose();
    expectSound(report, { roots: [], secrets: SECRETS });
    expect(report.unknown.find(({ cause }) => cause === 'secret.exposed')?.because).toContain(
      '.env holds what looks like a key',
    );
  });

  it('misleading: the key is in a file that git ignores', async () => {
    await scenario.write({ '.env': `PORT=0\nGITHUB_TOKEN=${GITHUB}\n`, '.gitignore': '.env\n' });
    commit();
    await silent();
  });

  it('misleading: there is no repository at all', async () => {
    await scenario.write({ '.env': `PORT=0\nGITHUB_TOKEN=${GITHUB}\nDATABASE_PASSWORD=${OWN}\n` });
    await silent();
  });

  it('healthy look-alike: samples, tests, documentation, public keys and certificates are tracked', async () => {
    await scenario.write({
      '.env.example': `GITHUB_TOKEN=ghp_${'x'.repeat(36)}\nOPENAI_API_KEY=sk-your-key-here\nAWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\n`,
      '.env.sample': `GITHUB_TOKEN=${GITHUB}\n`,
      'test/fixtures/token.txt': GITHUB,
      'src/pay.test.js': `const key = '${STRIPE}';\n`,
      'docs/setup.md': `export AWS_ACCESS_KEY_ID=${AWS}\n`,
      'keys/public.pem': PUBLIC,
      'certs/localhost.key': PEM,
      'src/sri.js': `const integrity = 'sha384-${createHash('sha384').update('x').digest('base64')}';\nconst commit = '${createHash('sha1').update('x').digest('hex')}';\n`,
      'web/firebase.js': `export default { apiKey: 'AIza${random(35, 'g')}', authDomain: 'shop.firebaseapp.com' };\n`,
      'compose.yaml': 'services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: postgres\n',
    });
    commit();
    await silent();
  });

  it('healthy look-alike: a log that speaks of keys and shows none', async () => {
    await scenario.write({
      '.env': `PORT=0\nSESSION_SECRET=${OWN}\nGITHUB_TOKEN=${GITHUB}\n`,
      'logs/shop.log': `${quietLog(30, { minutesAgo: 60 })}${new Date().toISOString()} INFO  token ghp_****${GITHUB.slice(-4)} accepted, commit ${createHash('sha1').update('y').digest('hex')}\n`,
      'app.js': APP,
    });
    await scenario.start(START, { log: 'logs/shop.log' });
    await scenario.until('logs/shop.log', 'ready');
    await silent();
  });
});
