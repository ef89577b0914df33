import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type Cause, defineCause, proved, unknown } from '../../../server/diagnosis/cause.ts';
import { createDiagnosis } from '../../../server/diagnosis/createDiagnosis.ts';
import type { Category, DiagnosisRequest } from '../../../server/protocol/diagnosis.ts';
import { systemClock } from '../../../server/runtime/clock.ts';
import { emptySystems } from './fakeSystems.ts';

const advice = { sure: 'A fact decides it.', first: 'Look at it.', verify: 'It is gone.' };
const cause = (id: string, category: Category, explains: string[] = []): Cause =>
  defineCause({
    id,
    category,
    summary: id,
    advice,
    needs: {},
    explains,
    judge: () => [proved({ target: 'api', summary: `${id} is true`, evidence: [] })],
  }) as Cause;
const blind = (id: string, category: Category): Cause =>
  ({ ...cause(id, category), judge: () => [unknown({ because: 'it cannot be seen' })] }) as Cause;

const ask = (causes: Cause[], request: Partial<DiagnosisRequest>) =>
  createDiagnosis({ systems: emptySystems(), environment: {}, clock: systemClock, causes }).run(
    { workspace: tmpdir(), ...request },
    { signal: new AbortController().signal },
  );
const order = async (causes: Cause[], request: Partial<DiagnosisRequest>) =>
  (await ask(causes, request)).findings.map((finding) => finding.cause);

/** One service, api. */
const files = {
  list: async () => ({ files: ['package.json'], truncated: false, unreadable: [] }),
  readText: async (file: string) =>
    file.endsWith('package.json') ? '{ "name": "api", "scripts": { "start": "node server.js" } }' : undefined,
};

const disk = cause('disk.full', 'disk');
const refused = cause('network.refused', 'network');
const database = cause('database.missing', 'database', ['service.down']);
const down = cause('service.down', 'startup');

describe('what the user asked about', () => {
  it('comes first and hides nothing', async () => {
    expect(await order([disk, refused], {})).toEqual(['disk.full', 'network.refused']);
    expect(await order([disk, refused], { about: 'network' })).toEqual(['network.refused', 'disk.full']);
    expect(await order([disk, refused], { symptom: 'connection refused' })).toEqual(['network.refused', 'disk.full']);
  });

  it('never gets ahead of its root, and its root gets ahead of others', async () => {
    const report = await ask([disk, database, down], { about: 'startup' });
    expect(report.findings.map(({ id, cause, explains }) => [id, cause, explains])).toEqual([
      ['f1', 'database.missing', ['f3']],
      ['f2', 'disk.full', []],
      ['f3', 'service.down', []],
    ]);
    expect(report.asked?.answer).toBe(
      'Startup is affected, but the root cause lies in Database. Elsewhere: 1 finding in Disk.',
    );
  });

  it('is said to be well when it is, with where something is wrong instead', async () => {
    expect((await ask([refused], { about: 'memory' })).asked).toEqual({
      about: 'memory',
      categories: ['memory'],
      targets: [],
      words: [],
      answer: 'Nothing wrong in Memory. Elsewhere: 1 finding in Network.',
    });
    expect((await ask([], { about: 'memory' })).asked?.answer).toBe(
      'Nothing wrong in Memory. Nothing else was found to be broken.',
    );
    expect((await ask([refused, disk, cause('disk.filling', 'disk')], { about: 'memory' })).asked?.answer).toBe(
      'Nothing wrong in Memory. Elsewhere: 2 findings in Disk and 1 in Network.',
    );
  });

  it('is not said to be well without a word of what could not be seen', async () => {
    const report = await ask([blind('memory.leak', 'memory')], { about: 'memory' });
    expect(report.asked?.answer).toBe(
      'Nothing wrong in Memory, as far as it could be observed. Nothing else was found to be broken.',
    );
    expect((await ask([blind('memory.leak', 'memory')], { about: 'disk' })).asked?.answer).not.toContain('observed');
  });

  it('is answered in the words of a description', async () => {
    expect((await ask([refused], { symptom: '  checkout  returns 503 ' })).asked).toEqual({
      symptom: 'checkout returns 503',
      categories: ['network', 'startup', 'database'],
      targets: [],
      words: ['503'],
      answer: 'What you describe fits the root cause below.',
    });
    expect((await ask([disk], { symptom: 'uses too much memory' })).asked?.answer).toBe(
      'Nothing found that fits what you describe. Elsewhere: 1 finding in Disk.',
    );
    expect((await ask([disk, refused], { symptom: 'der Dienst geht nicht' })).asked?.answer).toBe(
      'No word of this was recognised, so everything was looked at alike: 1 finding in Disk and 1 in Network.',
    );
    expect((await ask([], { symptom: 'der Dienst geht nicht' })).asked?.answer).toContain('nothing is broken.');
  });

  it('is not said to be found when only the target is ill, and in another way', async () => {
    const systems = { ...emptySystems(), files: { ...emptySystems().files, ...files } };
    const run = (symptom: string) =>
      createDiagnosis({ systems, environment: {}, clock: systemClock, causes: [down] }).run(
        { workspace: tmpdir(), symptom },
        { signal: new AbortController().signal },
      );
    expect((await run('api uses too much memory')).asked).toMatchObject({
      categories: ['memory'],
      targets: ['api'],
      answer: 'Nothing wrong in Memory. Something else is wrong with api: see below.',
    });
    expect((await run('what is it with api?')).asked?.answer).toBe('What you describe fits the root cause below.');
  });

  it('is nothing when nothing was asked', async () => {
    expect(await ask([disk], { symptom: '   ' })).not.toHaveProperty('asked');
    expect(await ask([disk], {})).not.toHaveProperty('asked');
  });

  it('leaves --category as it is: the rest is not shown', async () => {
    expect(await order([disk, refused], { category: 'network', symptom: 'disk full' })).toEqual(['network.refused']);
  });

  it('holds no secret that the description quoted', async () => {
    const secret = `sk-${'a1B2c3D4e5F6'.repeat(4)}`;
    const report = await ask([], { symptom: `401 with key ${secret}` });
    expect(JSON.stringify(report)).not.toContain(secret);
    expect(report.asked?.symptom).toContain('redacted');
  });
});
