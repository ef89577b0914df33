import { describe, expect, it } from 'vitest';
import { findFindings } from '../../../../server/logs/findings/findFindings.ts';
import { type MemoryRecord, memoryIndex } from '../../../support/memoryIndex.ts';
import { insert, ordinary, START } from '../../../support/ordinaryLog.ts';

describe('one trouble, one finding', () => {
  it('is the first error of a cascade, with what followed folded into it', async () => {
    const flood = Array.from(
      { length: 60 },
      (_, number): MemoryRecord => ({
        text: [`upstream ${number} refused`, `request ${number} failed`, `worker ${number} gave up`][
          number % 3
        ] as string,
        time: START + 2_500_500 + number * 200,
        level: 'error',
        component: ['proxy', 'http', 'jobs'][number % 3] as string,
      }),
    );
    const root: MemoryRecord = {
      text: 'disk of node 3 is read-only',
      level: 'error',
      component: 'storage',
      time: START + 2_500_000,
    };
    const records = insert(ordinary(), 2_500, root, ...flood);
    const [finding, ...others] = await findFindings(memoryIndex(records));
    expect(finding).toMatchObject({
      kind: 'cascade',
      line: 2_501,
      template: { text: 'disk of node <*> is read-only' },
    });
    expect(finding?.reason).toMatch(
      /^the first of 61 errors of 4 kinds within .*, at 10:41:40; it was followed by “upstream <\*> refused”/,
    );
    expect(others).toEqual([]);
  });

  it('is the first error of a cascade, not a warning that happens to stand before it', async () => {
    const kinds = ['alpha', 'beta', 'gamma', 'delta', 'omega', 'sigma', 'kappa', 'theta', 'lambda', 'zeta'];
    const odd = ordinary().map((record, second): MemoryRecord => {
      if (second % 80 !== 12) return record;
      const [one, two] = [kinds[((second / 80) % 10) | 0], kinds[(second / 800) | 0]];
      return { ...record, text: `${one} ${two} is odd`, template: `${one} ${two} is odd`, level: 'warn' };
    });
    const flood = ['upstream refused', 'request aborted', 'worker gave up'].flatMap((text, kind) =>
      Array.from({ length: 8 }, (_, number): MemoryRecord => {
        return { text, level: 'error', time: START + 2_500_100 + number * 1_000 + kind };
      }),
    );
    const root: MemoryRecord = { text: 'disk is read-only', level: 'error', time: START + 2_500_000 };
    const records = [...odd, root, ...flood].sort((a, b) => Number(a.time) - Number(b.time));
    const [finding] = await findFindings(memoryIndex(records));
    expect(finding).toMatchObject({ kind: 'cascade', template: { text: 'disk is read-only' } });
  });

  it('is a long cascade, told once', async () => {
    const flood = Array.from({ length: 8 }, (_, kind) =>
      Array.from({ length: 10 }, (_, number): MemoryRecord => {
        const time = START + 2_500_500 + kind * 45_000 + number * 2_000;
        return { text: `${'abcdefgh'[kind]} gave up`, template: `${'abcdefgh'[kind]} gave up`, time, level: 'error' };
      }),
    ).flat();
    const records = [...ordinary(), ...flood].sort((a, b) => Number(a.time) - Number(b.time));
    const findings = await findFindings(memoryIndex(records));
    expect(findings).toMatchObject([{ kind: 'cascade', template: { text: 'a gave up' } }]);
    expect(findings[0]?.reason).toMatch(/; it goes on for 5 minutes$/);
  });

  it('is one finding where the bad records of a component are of one message', async () => {
    const warning = { text: 'cannot open channel to 3', level: 'warn', component: 'quorum' } as const;
    const records = ordinary().flatMap((record, second): MemoryRecord[] => {
      if (second < 2_200) return second % 9 === 0 ? [{ ...record, component: 'quorum' }] : [record];
      const isSparse = second % 200 === 0;
      const isDense = second >= 2_400 && second < 2_500;
      return isSparse || isDense ? [record, { ...warning, time: record.time as number }] : [record];
    });
    const findings = await findFindings(memoryIndex(records), { minScore: 0.3 });
    expect(findings.map(({ kind, template }) => [kind, template?.text])).toEqual([
      ['burst', 'cannot open channel to <*>'],
    ]);
  });

  it('is one finding where a longer message holds most of the words of a shorter one', async () => {
    const [short, long] = [
      'could not connect to proxy: name did not resolve',
      'could not connect through proxy: it cannot establish a connection, did not resolve target name, status 4',
    ];
    const records = insert(insert(ordinary(), 3_000, { text: short, level: 'error' }), 2_000, {
      text: long,
      level: 'error',
    });
    const findings = await findFindings(memoryIndex(records));
    expect(findings).toHaveLength(1);
    expect(findings[0]?.reason).toMatch(/; 1 other message is worded like it$/);
  });

  it('is a third trouble beside two, as long as it stands above what else the log says now and then', async () => {
    const troubles: [number, MemoryRecord][] = [
      [2_000, { text: 'peer 4 was revoked', level: 'error' }],
      [2_500, { text: 'journal torn at 7', level: 'error' }],
      [3_000, { text: 'replica lags behind', level: 'warn' }],
    ];
    const withTroubles = (records: MemoryRecord[]): MemoryRecord[] =>
      troubles.toReversed().reduce((all, [at, record]) => insert(all, at, record), records);
    const findings = await findFindings(memoryIndex(withTroubles(ordinary())));
    expect(findings.map(({ template }) => template?.text).sort()).toEqual([
      'journal torn at <*>',
      'peer <*> was revoked',
      'replica lags behind',
    ]);
    // Where a new warning comes every two minutes the third is one of them.
    const noisy = ordinary().map(
      (record, second): MemoryRecord =>
        second % 120 === 60
          ? {
              ...record,
              text: `odd thing ${'abcdefghij'[(second / 60) % 10]}${second}`,
              template: `odd thing of kind ${second}`,
              level: 'warn',
            }
          : record,
    );
    expect(await findFindings(memoryIndex(withTroubles(noisy)))).toHaveLength(2);
  });

  it('leaves room for the next finding when one is suppressed', async () => {
    const index = memoryIndex(
      ['peer revoked', 'quota used up', 'journal torn', 'lease gone'].reduceRight(
        (records, text, number) => insert(records, 1_900 + number * 450, { text, level: 'error' }),
        ordinary(),
      ),
    );
    const told = await findFindings(index, { minScore: 0 });
    const shown = await findFindings(index);
    expect(shown.length).toBeLessThan(told.length);
    const held = new Set(shown.slice(0, 1).map(({ fingerprint }) => fingerprint));
    const others = (await findFindings(index, { held })).filter(({ fingerprint }) => !held.has(fingerprint));
    expect(others).toHaveLength(shown.length);
  });
});
