import { describe, expect, it } from 'vitest';
import { type Crash, CrashBudget } from '../../client/backend/crashBudget.ts';
import { type CrashCauseId, crashCauseOf } from '../../client/backend/crashCause.ts';

/** A clock that the test sets, and chance in the middle of its range: no jitter. */
function budgetAt(start = 0, random = 0.5) {
  const clock = { now: start };
  const budget = new CrashBudget(
    () => clock.now,
    () => random,
  );
  /** Lets the process run for a while, then crash. */
  const crash = (id: CrashCauseId, uptimeMs: number, own = true) => {
    clock.now += uptimeMs;
    return budget.record({ cause: crashCauseOf(id), uptimeMs, own } satisfies Crash);
  };
  return { budget, clock, crash };
}

describe('the crash budget', () => {
  it('restarts after 0.25 s, doubling', () => {
    const { crash } = budgetAt();
    const delays = [1, 2, 3, 4].map(() => crash('killed', 6_000));
    expect(delays).toEqual([250, 500, 1_000, 2_000].map((delayMs) => ({ kind: 'restart', delayMs })));
  });

  it('stops at the fifth crash in 3 minutes, and names the cause', () => {
    const { crash } = budgetAt();
    for (let count = 1; count <= 4; count++) expect(crash('killed', 40_000).kind).toBe('restart');
    const decision = crash('out-of-memory', 19_000);
    expect(decision).toEqual({ kind: 'stop', message: expect.stringContaining('ran out of memory') });
    expect(decision).toMatchObject({ message: expect.stringContaining('5 times in 3 minutes') });
  });

  it('goes on when the five are spread over more than 3 minutes, and waits up to 30 s', () => {
    const { crash } = budgetAt();
    const decisions = Array.from({ length: 12 }, () => crash('killed', 50_000));
    expect(decisions.every(({ kind }) => kind === 'restart')).toBe(true);
    expect(decisions.at(-1)).toEqual({ kind: 'restart', delayMs: 30_000 });
  });

  it('never waits more than 30 s, jitter included', () => {
    const { crash } = budgetAt(0, 0.999);
    const delays = Array.from({ length: 12 }, () => crash('killed', 50_000));
    for (const decision of delays)
      expect(decision.kind === 'restart' && decision.delayMs <= 30_000 && decision.delayMs >= 200).toBe(true);
  });

  it('spreads the delays by a fifth to either side', () => {
    expect(budgetAt(0, 0).crash('killed', 6_000)).toEqual({ kind: 'restart', delayMs: 200 });
    expect(budgetAt(0, 1).crash('killed', 6_000)).toEqual({ kind: 'restart', delayMs: 300 });
  });

  it('forgets everything after 60 s without a crash', () => {
    const { crash } = budgetAt();
    for (let count = 1; count <= 4; count++) crash('killed', 10_000);
    expect(crash('killed', 60_000)).toEqual({ kind: 'restart', delayMs: 250 });
    expect(crash('killed', 59_999)).toEqual({ kind: 'restart', delayMs: 500 });
  });

  it('stops at once when the same crash follows twice within 5 s of the start', () => {
    const { crash } = budgetAt();
    expect(crash('native-module', 4_999).kind).toBe('restart');
    expect(crash('native-module', 4_999)).toEqual({
      kind: 'stop',
      message: expect.stringMatching(/native module.*twice, right after its start/),
    });
  });

  it.each([
    ['another cause', 'native-module', 'killed', 100, true],
    ['later than 5 s', 'native-module', 'native-module', 5_000, true],
    ["another window's process", 'connection-lost', 'connection-lost', 100, false],
    ['an orderly end', 'ended', 'ended', 100, true],
  ] as const)('goes on after %s', (_case, first, second, uptimeMs, own) => {
    const { crash } = budgetAt();
    crash(first, uptimeMs, own);
    expect(crash(second, uptimeMs, own).kind).toBe('restart');
  });

  it('stops orderly ends as well when they do not cease', () => {
    const { crash } = budgetAt();
    const kinds = Array.from({ length: 5 }, () => crash('ended', 100).kind);
    expect(kinds).toEqual(['restart', 'restart', 'restart', 'restart', 'stop']);
  });

  it('starts afresh when the user asks for it', () => {
    const { budget, crash } = budgetAt();
    crash('native-module', 100);
    budget.reset();
    expect(crash('native-module', 100)).toEqual({ kind: 'restart', delayMs: 250 });
  });
});
