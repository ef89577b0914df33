import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createScenario, quietLog, type Scenario } from '../support/scenario.ts';
import { writeGguf } from '../support/writeGguf.ts';

const LOADER = `
const { statSync } = require('node:fs');
const model = process.env.DEFAULT_MODEL;
console.log(new Date().toISOString() + ' INFO  loading ' + model);
if (statSync(model).size < Number(process.env.NEEDED)) throw new Error('failed to load model ' + model + ': tensor data is not within file bounds');
setInterval(() => {}, 1e6);
`;
const TENSORS = [{ name: 'output.weight', dimensions: [256, 64], type: 0, bytes: 256 * 64 * 4 }];

describe('model.file-corrupt and model.file-missing', () => {
  let scenario: Scenario;
  beforeEach(async () => {
    scenario = await createScenario();
    await scenario.write({
      'package.json': '{ "name": "assistant", "scripts": { "start": "node --env-file=.env llm.js" } }',
      'llm.js': LOADER,
      'weights/.keep': '',
      'logs/assistant.log': quietLog(30, { minutesAgo: 120 }),
    });
  });
  afterEach(() => scenario.dispose());

  const start = () => scenario.run(['node', '--env-file=.env', 'llm.js'], { log: 'logs/assistant.log' });

  it('names the file that stops in the middle of its tensors', async () => {
    const file = path.join(scenario.workspace, 'weights/tiny.gguf');
    const needed = await writeGguf(file, { architecture: 'llama', vocabulary: 200, tensors: TENSORS });
    await writeGguf(file, { architecture: 'llama', vocabulary: 200, tensors: TENSORS, truncateTo: needed - 4_000 });
    await scenario.write({ '.env': `DEFAULT_MODEL=weights/tiny.gguf\nNEEDED=${needed}\n` });
    await start();
    await start();
    const { findings } = await scenario.diagnose();
    expect(findings[0]).toMatchObject({ cause: 'model.file-corrupt', target: 'assistant', confidence: 'proved' });
    expect(findings[0]?.summary).toContain('weights/tiny.gguf');
    expect(findings[0]?.explains).toHaveLength(findings.length - 1);
  });

  it('names the file that is not there, and calls the missing file a consequence', async () => {
    await scenario.write({ '.env': 'DEFAULT_MODEL=weights/absent.gguf\nNEEDED=1\n' });
    await start();
    const { findings } = await scenario.diagnose();
    expect(findings[0]).toMatchObject({ cause: 'model.file-missing', confidence: 'proved' });
    expect(findings.slice(1).every((finding) => findings[0]?.explains.includes(finding.id))).toBe(true);
  });

  it('is silent while a whole model is served', async () => {
    const needed = await writeGguf(path.join(scenario.workspace, 'weights/tiny.gguf'), {
      architecture: 'llama',
      vocabulary: 200,
      tensors: TENSORS,
    });
    await scenario.write({ '.env': `DEFAULT_MODEL=weights/tiny.gguf\nNEEDED=${needed}\n` });
    await scenario.start(['node', '--env-file=.env', 'llm.js'], { log: 'logs/assistant.log' });
    await expect
      .poll(async () => (await scenario.diagnose()).ruledOut.map((entry) => entry.cause), { timeout: 5_000 })
      .toContain('service.down');
    const report = await scenario.diagnose();
    expect(report.findings).toEqual([]);
    expect(report.ruledOut.map((entry) => entry.cause)).toContain('model.file-corrupt');
  });
});
