import { readFileSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeIncidents } from '../support/describeIncidents.ts';
import { expectRoot, expectSilence } from '../support/expectReport.ts';
import { freePort } from '../support/freePort.ts';
import { mountImage } from '../support/mountImage.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';
import { writeGguf } from '../support/writeGguf.ts';

const MEGABYTES = 1 << 20;
const SIXTY_FOUR = { name: 'output.weight', dimensions: [16 * MEGABYTES], type: 0, bytes: 64 * MEGABYTES };

/** Fetches its model into a partial file, like every downloader, and fails as the network or the disk makes it fail. */
const SERVICE = `
import { createWriteStream, existsSync, renameSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
const model = process.env.MODEL_PATH;
if (process.env.PREFLIGHT) {
  const { bavail, bsize } = await statfs(process.env.PREFLIGHT);
  if (bavail * bsize < 64 * 2 ** 20) throw new Error('Not enough free disk space to download the model file. The expected file size is: 64.00 MB. The target location ' + process.env.PREFLIGHT + ' only has ' + (bavail * bsize / 1e6).toFixed(2) + ' MB free disk space.');
}
if (!existsSync(model)) {
  console.log(new Date().toISOString() + ' INFO  downloading model from ' + process.env.MODEL_URL);
  const answer = await fetch(process.env.MODEL_URL);
  if (!answer.ok) throw new Error('model download failed: ' + answer.status + ' ' + answer.statusText + ' for ' + process.env.MODEL_URL);
  await pipeline(answer.body, createWriteStream(model + '.part')).catch((error) => { throw new Error('model download failed: ' + error.message, { cause: error }); });
  renameSync(model + '.part', model);
}
setInterval(() => {}, 1e6);
`;
const FILES = {
  'package.json': '{ "name": "chat", "type": "module", "scripts": { "start": "node --env-file=.env chat.js" } }',
  'chat.js': SERVICE,
};

/** A peer that serves models: \`absent\` is not there, \`broken\` ends in the middle, \`whole\` arrives. */
async function serveModels(scenario: Scenario): Promise<number> {
  const file = path.join(scenario.outside, 'source.gguf');
  await writeGguf(file, { architecture: 'llama', vocabulary: 100, tensors: [SIXTY_FOUR] });
  const bytes = readFileSync(file);
  const server = createServer((request, response) => {
    if (request.url?.includes('absent')) {
      response.writeHead(404).end('Entry not found');
      return;
    }
    response.writeHead(200, { 'content-length': bytes.length });
    if (request.url?.includes('broken'))
      response.write(bytes.subarray(0, 3 * MEGABYTES), () => setTimeout(() => response.destroy(), 100));
    else response.end(bytes);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  scenario.onDispose(() => {
    server.closeAllConnections();
    server.close();
  });
  return port;
}

const START = ['node', '--env-file=.env', 'chat.js'] as const;
const download =
  (name: string) =>
  async (scenario: Scenario): Promise<void> => {
    const port = await serveModels(scenario);
    await scenario.write({
      'models/.keep': '',
      '.env': `MODEL_PATH=models/chat.gguf\nMODEL_URL=http://127.0.0.1:${port}/${name}.gguf\n`,
    });
  };

describeIncidents('model.download-failed', [
  {
    name: 'a model that the server does not have',
    files: FILES,
    prepare: download('absent'),
    start: START,
    root: { cause: 'model.download-failed', target: 'chat', mentions: ['no such file', '404'], confidence: 'proved' },
  },
  {
    name: 'a connection that breaks in the middle of the file',
    files: FILES,
    prepare: download('broken'),
    start: START,
    root: {
      cause: 'model.download-failed',
      mentions: ['models/chat.gguf.part', /MiB of 64 MiB/],
      confidence: 'proved',
    },
  },
  {
    name: 'misleading: the log tells of a download that failed, but the model has arrived and the port is taken',
    files: {
      ...FILES,
      'package.json': '{ "name": "chat", "scripts": { "start": "node chat.js" } }',
      '.env': 'MODEL_PATH=models/chat.gguf\n',
    },
    prepare: async (scenario) => {
      await scenario.write({ 'models/.keep': '' });
      await writeGguf(path.join(scenario.workspace, 'models/chat.gguf'), {
        architecture: 'llama',
        vocabulary: 10,
        tensors: [SIXTY_FOUR],
      });
      await scenario.write({
        'chat.js': `console.error(new Date().toISOString() + ' ERROR model download failed: 503 Service Unavailable, using models/chat.gguf as it is');
require('node:http').createServer().listen(Number(process.env.TAKEN), '127.0.0.1');`,
      });
    },
    recorded: '',
    after: async (scenario, port) => {
      await scenario.start(
        ['node', '-e', `require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log('taken'))`],
        {
          log: '../taken.log',
          cwd: scenario.outside,
        },
      );
      await scenario.until('../taken.log', 'taken');
      for (let time = 0; time < 2; time++)
        await scenario.run(['node', 'chat.js'], { log: 'logs/app.log', env: { TAKEN: String(port) } });
    },
    root: { cause: 'port.conflict' },
    never: ['model.download-failed'],
    ruledOut: ['model.download-failed'],
  },
]);

const mount = requireSystem('mount');
describe.skipIf(!mount.available)('model.disk-insufficient', () => {
  it.each([
    ['a partial file that fills the disk', false],
    ['a downloader that measures first', true],
  ])('%s', async (_, measures) => {
    const scenario = await createScenario();
    const disk = await mountImage({ megabytes: 16 });
    scenario.onDispose(() => disk.dispose());
    try {
      const port = await serveModels(scenario);
      await scenario.write({
        ...FILES,
        '.env': `MODEL_PATH=${disk.folder}/chat.gguf\nMODEL_URL=http://127.0.0.1:${port}/whole.gguf\n${measures ? `PREFLIGHT=${disk.folder}\n` : ''}`,
      });
      for (let time = 0; time < 2; time++) expect(await scenario.run([...START], { log: 'logs/chat.log' })).not.toBe(0);
      expectRoot(await scenario.diagnose(), {
        cause: 'model.disk-insufficient',
        target: 'chat',
        mentions: ['64 MiB', disk.folder],
        confidence: 'proved',
      });
    } finally {
      await scenario.dispose();
    }
  });
});

describe('downloads that are no trouble', () => {
  it('healthy look-alike: a service that runs, beside the forgotten partial file of another model', async () => {
    const scenario = await createScenario();
    try {
      await download('whole')(scenario);
      await scenario.write({
        ...FILES,
        'models/other.gguf.part': 'GGUF',
        'chat.js': `${SERVICE}\nconsole.log('ready');`,
      });
      await scenario.start([...START], { log: 'logs/chat.log' });
      await scenario.until('logs/chat.log', 'ready');
      await utimes(path.join(scenario.workspace, 'models/other.gguf.part'), 1, 1);
      expectSilence(await scenario.diagnose());
    } finally {
      await scenario.dispose();
    }
  });
});
