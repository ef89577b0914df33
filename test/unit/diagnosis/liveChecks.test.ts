import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Cause, defineCause, proved } from '../../../server/diagnosis/cause.ts';
import { createDiagnosis } from '../../../server/diagnosis/createDiagnosis.ts';
import type { DiagnosisRun } from '../../../server/diagnosis/diagnosis.ts';
import { LiveChecks } from '../../../server/diagnosis/liveChecks.ts';
import { observationFailure } from '../../../server/diagnosis/observationFailed.ts';
import { defineObserver, type Observer } from '../../../server/diagnosis/observer.ts';
import { secretsOf } from '../../../server/diagnosis/observers/secrets.ts';
import { Check, type DiagnosisProgress } from '../../../server/protocol/diagnosis.ts';
import { systemClock } from '../../../server/runtime/clock.ts';
import { emptySystems } from './fakeSystems.ts';

const never = new Promise<never>(() => undefined);
const advice = { sure: 'A fact decides it.', first: 'Look at it.', verify: 'It is gone.' };
const needing = (id: string, fact: Observer<unknown>): Cause =>
  defineCause({
    id,
    category: 'network',
    summary: id,
    advice,
    needs: { fact },
    explains: [],
    judge: () => [proved({ target: 'api', summary: `${id} is true`, evidence: [] })],
  }) as Cause;

describe('the steps of a run', () => {
  const steps: DiagnosisProgress[] = [];
  let checks: LiveChecks;
  beforeEach(() => {
    vi.useFakeTimers();
    steps.length = 0;
    checks = new LiveChecks({ monotonic: () => Date.now() }, (step) => steps.push(step));
  });
  afterEach(() => {
    checks.close();
    vi.useRealTimers();
  });
  const check = (id: string) => checks.begin({ id, label: `label of ${id}` });

  it('are few, however many checks begin and end, and miss nothing', async () => {
    const live = Array.from({ length: 60 }, (_, index) => check(`c${index}`));
    for (const each of live) {
      each.ends();
      await vi.advanceTimersByTimeAsync(5);
    }
    await vi.advanceTimersByTimeAsync(200);
    // 300 ms of work, at most ten a second.
    expect(steps.length).toBeLessThanOrEqual(5);
    expect(steps.at(-1)).toMatchObject({ done: 60, total: 60 });
    expect(steps.at(-1)?.checks?.every(({ state }) => state === 'done')).toBe(true);
  });

  it('go on while one check takes long, and tell its time and its name', async () => {
    check('quick').ends();
    check('slow');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(steps.length).toBeGreaterThanOrEqual(4);
    expect(steps.at(-1)).toMatchObject({ done: 1, total: 2, label: 'label of slow' });
    expect(steps.at(-1)?.checks?.[1]).toEqual({
      id: 'slow',
      label: 'label of slow',
      state: 'running',
      durationMs: expect.closeTo(2_000, -3),
    });
  });

  it('count no time in which a check waits for another', async () => {
    const waiter = check('waiter');
    const resume = waiter.waits();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(checks.list()[0]).toMatchObject({ state: 'waiting', durationMs: 0 });
    resume();
    await vi.advanceTimersByTimeAsync(30);
    waiter.ends();
    expect(checks.list()[0]).toMatchObject({ state: 'done', durationMs: 30 });
  });

  it('keep a reason in foreign words back until the secrets are known', async () => {
    const signals = { run: new AbortController().signal, skip: new AbortController().signal };
    check('peer').ends(observationFailure('label of peer', new Error('login with hunter22 failed'), signals));
    expect(steps.at(-1)?.checks?.[0]).not.toHaveProperty('because');
    checks.redactWith((text) => text.replace('hunter22', '‹redacted›'));
    await vi.advanceTimersByTimeAsync(500);
    expect(steps.at(-1)?.checks?.[0]).toMatchObject({ state: 'failed', because: 'login with ‹redacted› failed' });
  });

  it('end with the run', async () => {
    check('slow');
    checks.close();
    const told = steps.length;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(steps).toHaveLength(told);
  });
});

describe('the checks of a diagnosis', () => {
  const diagnose = (causes: Cause[], onStart?: (run: DiagnosisRun) => void, steps: DiagnosisProgress[] = []) =>
    createDiagnosis({ systems: emptySystems(), environment: {}, clock: systemClock, causes }).run(
      { workspace: tmpdir() },
      { signal: new AbortController().signal, onProgress: (step) => steps.push(step), ...(onStart && { onStart }) },
    );
  const hanging = defineObserver({ id: 'peer', label: 'the peer', timeoutMs: 60_000, observe: () => never });
  const quick = defineObserver({ id: 'quick', label: 'quick', timeoutMs: 1_000, observe: async () => 1 });

  it('stand in the report with their time, and why one failed', async () => {
    const broken = defineObserver({
      id: 'broken',
      label: 'broken',
      timeoutMs: 1_000,
      observe: async () => {
        throw new Error('disk on fire');
      },
    });
    const onTop = defineObserver({ id: 'top', label: 'top', timeoutMs: 1_000, observe: ({ use }) => use(broken) });
    const late = defineObserver({ id: 'late', label: 'late', timeoutMs: 30, observe: () => never });
    const report = await diagnose([needing('a.a', quick), needing('b.b', onTop), needing('c.c', late)]);
    const byId = new Map(report.checks?.map((check) => [check.id, Check.parse(check)]));
    expect(byId.get('quick')).toMatchObject({ state: 'done' });
    expect(byId.get('broken')).toMatchObject({ state: 'failed', because: 'disk on fire' });
    expect(byId.get('top')).toMatchObject({ state: 'failed', because: 'broken: disk on fire' });
    expect(byId.get('late')).toMatchObject({ state: 'failed', because: 'no answer within 30 ms' });
  });

  it('can be skipped one by one: its signal is aborted, what needs it is unknown, the rest is found', async () => {
    let signal: AbortSignal | undefined;
    const watched = defineObserver({
      ...hanging,
      observe: (run) => {
        signal = run.signal;
        return never;
      },
    });
    const onTop = defineObserver({ id: 'top', label: 'top', timeoutMs: 60_000, observe: ({ use }) => use(watched) });
    const steps: DiagnosisProgress[] = [];
    const report = await diagnose(
      [needing('a.peer', watched), needing('b.top', onTop), needing('c.fine', quick)],
      (run) => setTimeout(() => expect(run.skip('peer')).toBe(true), 30),
      steps,
    );
    expect(signal?.aborted).toBe(true);
    expect(report.findings.map(({ cause }) => cause)).toEqual(['c.fine']);
    expect(report.unknown).toEqual([
      { cause: 'a.peer', because: 'the peer: skipped by you' },
      { cause: 'b.top', because: 'the peer: skipped by you' },
    ]);
    const last = new Map(steps.at(-1)?.checks?.map((check) => [check.id, check]));
    expect(last.get('peer')).toMatchObject({ state: 'skipped', because: 'skipped by you' });
    expect(last.get('top')).toMatchObject({ state: 'skipped', because: 'the peer: skipped by you' });
    expect(last.get('quick')).toMatchObject({ state: 'done' });
  });

  it('cannot be skipped when the report could not be kept free of secrets without them', async () => {
    const skipped: boolean[] = [];
    const essential: boolean[] = [];
    let run: DiagnosisRun | undefined;
    const trying = defineObserver({
      ...quick,
      observe: async ({ use }) => {
        const all = use(secretsOf);
        for (const id of ['workspace.secrets', 'targets', 'workspace.listing', 'workspace.env-files', 'no-such'])
          skipped.push(run?.skip(id) ?? true);
        return (await all).length;
      },
    });
    const report = await diagnose([needing('a.a', trying)], (started) => {
      run = started;
    });
    for (const { id, essential: needed } of report.checks ?? [])
      if (/^(?:workspace\.|targets$)/.test(id)) essential.push(needed === true);
    expect(skipped).toEqual([false, false, false, false, false]);
    expect(essential.length).toBeGreaterThan(4);
    expect(essential.every(Boolean)).toBe(true);
    expect(report.checks?.every(({ state }) => state === 'done')).toBe(true);
  });

  it('are not skipped once they ended', async () => {
    let run: DiagnosisRun | undefined;
    await diagnose([needing('a.a', quick)], (started) => {
      run = started;
    });
    expect(run?.skip('quick')).toBe(false);
  });
});
