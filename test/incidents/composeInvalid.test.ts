import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRoot } from '../support/expectReport.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';

describe('compose files', () => {
  let scenario: Scenario;
  beforeEach(async () => {
    scenario = await createScenario();
  });
  afterEach(() => scenario.dispose());

  const compose = (text: string) => scenario.write({ 'compose.yaml': text });

  it.each([
    ['a tab', 'services:\n  api:\n\timage: x\n', 3, /tab/i],
    ['an unknown network', 'services:\n  api:\n    image: x\n    networks: [back]\n', 4, /network 'back'/],
    ['an unknown volume', 'services:\n  api:\n    image: x\n    volumes:\n      - data:/d\n', 5, /volume 'data'/],
    ['a port that is none', 'services:\n  api:\n    image: x\n    ports:\n      - "80:http"\n', 5, /80:http/],
    ['neither image nor build', 'services:\n  api:\n    command: x\n', 2, /neither an image nor a build/],
  ])('compose.invalid: %s', async (_, text, line, message) => {
    await compose(text);
    const root = expectRoot(await scenario.diagnose(), { cause: 'compose.invalid', mentions: [message] });
    expect(root.evidence[0]?.source).toBe(`compose.yaml:${line}`);
  });

  it('compose.invalid: an env_file that is not there', async () => {
    await compose('services:\n  api:\n    build: .\n    env_file: settings.env\n');
    expectRoot(await scenario.diagnose(), {
      cause: ['compose.invalid', 'file.missing'],
      target: 'api',
      mentions: ['settings.env', 'compose.yaml:4'],
    });
  });
});
