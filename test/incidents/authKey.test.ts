import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { expectRoot, expectSilence } from '../support/expectReport.ts';
import { freePort } from '../support/freePort.ts';
import { createScenario, quietLog, type Scenario } from '../support/scenario.ts';

const GOOD = 'q7Lm2Zx9Vt4Rb6Kd8Ws1Pf3H';
const WRONG = 'n5Yc8Tj2Gq6Xv1Mz9Bk4Ld7S';
const CLIENT = `
const answer = await fetch(process.env.INFERENCE_URL + '/v1/models', { headers: { authorization: 'Bearer ' + process.env.INFERENCE_API_KEY } });
if (!answer.ok) throw new Error('request to ' + process.env.INFERENCE_URL + '/v1/models failed with status code ' + answer.status);
console.log(new Date().toISOString() + ' INFO  ready');
setInterval(() => {}, 1e6);
`;
const FILES = {
  'package.json': '{ "name": "agent", "type": "module", "scripts": { "start": "node --env-file=.env agent.js" } }',
  'agent.js': CLIENT,
};
const START = ['node', '--env-file=.env', 'agent.js'] as const;

/** A real token without a real signature: nobody here checks it. */
function jwt(expiresInSeconds: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: 'agent', iat: now - 90_000, exp: now + expiresInSeconds };
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.k3Vq9ZtR2mXw7Lp4Yc8Tj2Gq6Xv1Mz9Bk4Ld7SaQeU0`;
}

/** A peer that lets in who shows one of the keys. It keeps what it was shown. */
async function startPeer(scenario: Scenario, keys: readonly string[]): Promise<{ port: number; shown: string[] }> {
  const shown: string[] = [];
  const server = createServer((request, response) => {
    const key = request.headers.authorization?.replace('Bearer ', '') ?? '';
    if (key !== '') shown.push(key);
    response.writeHead(keys.includes(key) ? 200 : 401).end('{}');
  });
  const port = await freePort();
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  scenario.onDispose(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port, shown };
}

async function inScenario(test: (scenario: Scenario) => Promise<void>): Promise<void> {
  const scenario = await createScenario();
  try {
    await scenario.write({ ...FILES, 'logs/agent.log': quietLog(30, { minutesAgo: 120 }) });
    await test(scenario);
  } finally {
    await scenario.dispose();
  }
}

async function fail(scenario: Scenario): Promise<void> {
  for (let time = 0; time < 2; time++) expect(await scenario.run([...START], { log: 'logs/agent.log' })).toBe(1);
}

describe('auth.key-invalid', () => {
  it('asks the peer again with a key whose form is right, and the fix sets the right one', () =>
    inScenario(async (scenario) => {
      const { port } = await startPeer(scenario, [GOOD]);
      await scenario.write({ '.env': `INFERENCE_URL=http://127.0.0.1:${port}\nINFERENCE_API_KEY=${WRONG}\n` });
      await fail(scenario);
      const root = expectRoot(await scenario.diagnose(), {
        cause: 'auth.key-invalid',
        target: 'agent',
        mentions: ['INFERENCE_API_KEY', '.env:2', 'answers 401'],
        secrets: [WRONG],
        confidence: 'proved',
      });
      await expectFixVerifies(scenario, root, { inputs: { INFERENCE_API_KEY: GOOD } });
    }));

  it.each([
    ['a placeholder', 'INFERENCE_API_KEY=your-api-key-here', 'placeholder'],
    ['nothing', 'INFERENCE_API_KEY=', 'empty'],
    ['typographic quotes', `INFERENCE_API_KEY=“${GOOD}”`, 'quotes'],
    ['the word of the header', `INFERENCE_API_KEY="Bearer ${GOOD}"`, 'word of the header'],
  ])('says what is wrong with %s', (_, line, said) =>
    inScenario(async (scenario) => {
      const { port } = await startPeer(scenario, [GOOD]);
      await scenario.write({
        '.env': `INFERENCE_URL=http://127.0.0.1:${port}\n${line}\n`,
        'agent.js': `${CLIENT.replace("'Bearer ' + process.env.INFERENCE_API_KEY", 'encodeURIComponent(process.env.INFERENCE_API_KEY)')}`,
      });
      await fail(scenario);
      expectRoot(await scenario.diagnose(), {
        cause: ['auth.key-invalid', 'env.missing', 'env.malformed'],
        mentions: [said],
        secrets: [GOOD],
      });
    }),
  );

  it('a key of another provider (recorded error)', () =>
    inScenario(async (scenario) => {
      const key = `sk-ant-${GOOD}${WRONG}`;
      await scenario.write({ '.env': `OPENAI_API_KEY=${WRONG}${GOOD}\nANTHROPIC_API_KEY=${key}\n` });
      await scenario.write({
        'logs/agent.log': `${quietLog(10, { minutesAgo: 50 })}Traceback (most recent call last):\n  File "/srv/agent.py", line 9, in <module>\n    client.models.list()\nopenai.AuthenticationError: Error code: 401 - {'error': {'message': 'Incorrect API key provided: n5Yc8************3H. You can find your API key at https://platform.openai.com/account/api-keys.', 'type': 'invalid_request_error', 'code': 'invalid_api_key'}}\n`,
      });
      expectRoot(await scenario.diagnose(), {
        cause: 'auth.key-invalid',
        mentions: ['OPENAI_API_KEY', '.env:1', 'begin with sk-'],
        secrets: [key, `${WRONG}${GOOD}`],
        confidence: 'proved',
      });
    }));

  it('misleading: the log holds a refusal, but the peer accepts the key and the module is missing', () =>
    inScenario(async (scenario) => {
      const { port, shown } = await startPeer(scenario, [GOOD]);
      await scenario.write({
        '.env': `INFERENCE_URL=http://127.0.0.1:${port}\nINFERENCE_API_KEY=${GOOD}\n`,
        'agent.js': `console.error(new Date().toISOString() + ' ERROR ' + process.env.INFERENCE_URL + '/v1/models: 401 Unauthorized, trying again');\nawait import('leftpad-of-the-firm');`,
      });
      await fail(scenario);
      const report = await scenario.diagnose();
      expectRoot(report, { cause: 'dependency.module-missing', secrets: [GOOD] });
      expect(report.ruledOut.map(({ cause }) => cause)).toContain('auth.key-invalid');
      expect(shown).toEqual([GOOD]);
    }));

  it('misleading: a log that names an address nobody configured gets no key', () =>
    inScenario(async (scenario) => {
      const { port, shown } = await startPeer(scenario, []);
      await scenario.write({
        '.env': `INFERENCE_API_KEY=${GOOD}\n`,
        'logs/agent.log': `${quietLog(10, { minutesAgo: 50 })}Error: http://127.0.0.1:${port}/steal answered 401 Unauthorized: invalid api key\n`,
      });
      await scenario.diagnose();
      expect(shown).toEqual([]);
    }));

  it('healthy look-alike: a service that refuses its visitors', () =>
    inScenario(async (scenario) => {
      await scenario.write({
        '.env': `SESSION_TOKEN=${GOOD}\n`,
        'agent.js': `for (const user of ['ada', 'bob']) console.error(new Date().toISOString() + ' ERROR login failed for user ' + user + ': invalid credentials (401 Unauthorized)');
console.error(new Date().toISOString() + ' ERROR POST /login 401 jwt expired'); console.log(new Date().toISOString() + ' INFO  ready'); setInterval(() => {}, 1e6);`,
      });
      await scenario.start([...START], { log: 'logs/agent.log' });
      await scenario.until('logs/agent.log', 'ready');
      expectSilence(await scenario.diagnose(), [GOOD]);
    }));
});

describe('auth.key-expired', () => {
  it('reads from the token itself until when it is valid', () =>
    inScenario(async (scenario) => {
      const token = jwt(-3 * 86_400);
      const { port } = await startPeer(scenario, [GOOD]);
      await scenario.write({ '.env': `INFERENCE_URL=http://127.0.0.1:${port}\nINFERENCE_API_KEY=${token}\n` });
      await fail(scenario);
      expectRoot(await scenario.diagnose(), {
        cause: 'auth.key-expired',
        mentions: ['INFERENCE_API_KEY', '.env:2', /expired (?:72 h|3 days) ago/],
        secrets: [token],
        confidence: 'proved',
      });
    }));

  it('misleading: the peer says expired of a token that is valid for hours', () =>
    inScenario(async (scenario) => {
      const token = jwt(7_200);
      const { port } = await startPeer(scenario, [GOOD]);
      await scenario.write({
        '.env': `INFERENCE_URL=http://127.0.0.1:${port}\nINFERENCE_API_KEY=${token}\n`,
        'agent.js': CLIENT.replace("' failed with status code '", "' says: token expired, status code '"),
      });
      await fail(scenario);
      const report = await scenario.diagnose();
      expectRoot(report, { cause: 'auth.key-invalid', secrets: [token], confidence: 'proved' });
      expect(report.ruledOut.map(({ cause }) => cause)).toContain('auth.key-expired');
    }));

  it('healthy look-alike: a token that has ended, in a service that works', () =>
    inScenario(async (scenario) => {
      const { port } = await startPeer(scenario, [GOOD]);
      await scenario.write({
        '.env': `INFERENCE_URL=http://127.0.0.1:${port}\nINFERENCE_API_KEY=${GOOD}\nOLD_TOKEN=${jwt(-86_400)}\n`,
      });
      await scenario.start([...START], { log: 'logs/agent.log' });
      await scenario.until('logs/agent.log', 'ready');
      expectSilence(await scenario.diagnose());
    }));
});
