import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type Cause, defineCause, proved, refuted } from '../../../server/diagnosis/cause.ts';
import { createDiagnosis } from '../../../server/diagnosis/createDiagnosis.ts';
import { defineObserver } from '../../../server/diagnosis/observer.ts';
import { systemClock } from '../../../server/runtime/clock.ts';
import { emptySystems } from './fakeSystems.ts';

const asCauses = (...causes: unknown[]): Cause[] => causes as Cause[];
const diagnose = (
  causes: Cause[],
  options: { timeoutMs?: number; signal?: AbortSignal; onProgress?: () => void } = {},
) =>
  createDiagnosis({ systems: emptySystems(), environment: {}, clock: systemClock, causes }).run(
    { workspace: tmpdir(), ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }) },
    {
      signal: options.signal ?? new AbortController().signal,
      ...(options.onProgress ? { onProgress: options.onProgress } : {}),
    },
  );

const never = new Promise<never>(() => undefined);
const observer = <T>(id: string, observe: () => Promise<T>, timeoutMs = 200) =>
  defineObserver<T>({ id, label: id, timeoutMs, observe });
const cause = (id: string, explains: string[], observe: () => Promise<boolean> = async () => true) =>
  defineCause({
    id,
    category: 'startup',
    summary: id,
    advice: { sure: 'A fact decides it.', first: 'Look at it.', verify: 'It is gone.' },
    needs: { fact: observer(`${id}.fact`, observe) },
    explains,
    judge: ({ fact }) => [
      fact
        ? proved({ target: 'api', summary: `${id} is true`, evidence: [] })
        : refuted({ target: 'api', because: `${id} is false` }),
    ],
  });

describe('the engine', () => {
  it('puts the finding that no other explains first, whatever the order of the causes', async () => {
    const causes = asCauses(
      cause('c.symptom', []),
      cause('a.middle', ['c.symptom']),
      cause('b.root', ['a.middle', 'c.symptom']),
    );
    const orders = [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [2, 0, 1],
    ].map((order) => order.map((index) => causes[index] as Cause));
    for (const order of orders) {
      const report = await diagnose(order);
      expect(report.findings.map((finding) => finding.cause)).toEqual(['b.root', 'a.middle', 'c.symptom']);
      expect(report.findings[0]?.explains).toEqual(['f2', 'f3']);
    }
  });

  it('breaks a circle of explanations and still names one root', async () => {
    const report = await diagnose(asCauses(cause('x.one', ['x.two']), cause('x.two', ['x.one'])));
    expect(report.findings.map((finding) => finding.cause)).toEqual(['x.one', 'x.two']);
    expect(report.findings[1]?.explains).toEqual([]);
  });

  it('turns a crashing observer into an unknown of the causes that need it, and of no others', async () => {
    const crash = cause('a.crash', [], async () => {
      throw new Error('disk on fire');
    });
    const report = await diagnose(asCauses(crash, cause('b.fine', [])));
    expect(report.findings.map((finding) => finding.cause)).toEqual(['b.fine']);
    expect(report.unknown).toEqual([{ cause: 'a.crash', because: 'a.crash.fact: disk on fire' }]);
  });

  it('quotes nothing when it could not find out what is secret', async () => {
    const systems = emptySystems();
    systems.compose.projects = async () => {
      throw new Error('compose.yaml: hunter2-x9 is no mapping');
    };
    const telling = defineCause({
      ...cause('a.found', []),
      summary: 'Something is broken',
      judge: () => [
        proved({
          target: 'api',
          summary: 'refused hunter2-x9',
          evidence: [{ kind: 'log', source: 'api.log:1', text: 'login with hunter2-x9 failed' }],
        }),
        refuted({ target: 'db', because: 'hunter2-x9 is accepted' }),
      ],
    });
    const crash = cause('a.crash', [], () => Promise.reject(new Error('hunter2-x9 is no number')));
    const report = await createDiagnosis({
      systems,
      environment: {},
      clock: systemClock,
      causes: asCauses(telling, crash),
    }).run({ workspace: tmpdir() }, { signal: new AbortController().signal });
    expect(JSON.stringify(report)).not.toContain('hunter2');
    expect(report.findings).toMatchObject([
      { cause: 'a.found', target: 'api', summary: 'Something is broken', evidence: [{ source: 'api.log:1' }] },
    ]);
    expect(report.ruledOut[0]?.because).toContain('withheld');
    expect(report.unknown.map((entry) => entry.cause)).toContain('a.crash');
  });

  it('turns a crashing judge into an unknown', async () => {
    const broken = defineCause({
      id: 'a.broken',
      category: 'startup',
      summary: '',
      advice: { sure: 'A fact decides it.', first: 'Look at it.', verify: 'It is gone.' },
      needs: {},
      explains: [],
      judge: () => {
        throw new TypeError('x is undefined');
      },
    });
    const report = await diagnose(asCauses(broken));
    expect(report.unknown[0]?.because).toContain('x is undefined');
  });

  it('holds up for no observer past its own timeout', async () => {
    const begin = performance.now();
    const report = await diagnose(
      asCauses(
        cause('a.hangs', [], () => never),
        cause('b.fine', []),
      ),
    );
    expect(performance.now() - begin).toBeLessThan(1_500);
    expect(report.unknown[0]).toEqual({ cause: 'a.hangs', because: 'a.hangs.fact: no answer within 200 ms' });
    expect(report.findings).toHaveLength(1);
  });

  it('answers with what it knows when the time of the whole run is up', async () => {
    const slow = defineCause({
      id: 'a.slow',
      category: 'startup',
      summary: '',
      advice: { sure: 'A fact decides it.', first: 'Look at it.', verify: 'It is gone.' },
      needs: { fact: observer('slow', () => never, 60_000) },
      explains: [],
      judge: () => [],
    });
    const report = await diagnose(asCauses(slow, cause('b.fine', [])), { timeoutMs: 150 });
    expect(report.unknown[0]?.because).toContain("the run's time was up");
    expect(report.findings).toHaveLength(1);
  });

  it('is cancelled as a cancellation, at once', async () => {
    const controller = new AbortController();
    const slow = defineCause({
      id: 'a.slow',
      category: 'startup',
      summary: '',
      advice: { sure: 'A fact decides it.', first: 'Look at it.', verify: 'It is gone.' },
      needs: { fact: observer('slow', () => never, 60_000) },
      explains: [],
      judge: () => [],
    });
    const run = diagnose(asCauses(slow), { signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    await expect(run).rejects.toMatchObject({ code: 'request.cancelled' });
  });

  it('runs an observer once for all causes that need it, and tells its progress', async () => {
    let runs = 0;
    let steps = 0;
    const shared = observer('shared', async () => ++runs);
    const using = (id: string) =>
      defineCause({
        id,
        category: 'startup',
        summary: '',
        advice: { sure: '', first: '', verify: '' },
        needs: { shared },
        explains: [],
        judge: () => [],
      });
    await diagnose(asCauses(using('a.a'), using('b.b'), using('c.c')), { onProgress: () => steps++ });
    expect(runs).toBe(1);
    expect(steps).toBeGreaterThan(1);
  });

  it('names a folder that cannot be read', async () => {
    const diagnosis = createDiagnosis({ systems: emptySystems(), environment: {}, clock: systemClock, causes: [] });
    await expect(
      diagnosis.run({ workspace: '/no/such/folder' }, { signal: new AbortController().signal }),
    ).rejects.toMatchObject({ code: 'workspace.unreadable' });
    await expect(
      diagnosis.run({ workspace: '/etc/passwd' }, { signal: new AbortController().signal }),
    ).rejects.toMatchObject({ code: 'workspace.unreadable' });
  });

  it('lets a guess explain no proof', async () => {
    const guess = defineCause({
      id: 'a.guess',
      category: 'startup',
      summary: '',
      advice: { sure: 'A fact decides it.', first: 'Look at it.', verify: 'It is gone.' },
      needs: {},
      explains: ['b.proof'],
      judge: () => [proved({ target: 'api', summary: 'maybe', confidence: 'likely', evidence: [] })],
    });
    const report = await diagnose(asCauses(guess, cause('b.proof', [])));
    expect(report.findings.map((finding) => finding.cause)).toEqual(['b.proof', 'a.guess']);
  });
});
