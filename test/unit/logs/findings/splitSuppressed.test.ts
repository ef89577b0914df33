import { expect, it } from 'vitest';
import { splitSuppressed } from '../../../../server/logs/findings/splitSuppressed.ts';
import type { LogFinding } from '../../../../server/protocol/logRecord.ts';

const finding = (fingerprint: string): LogFinding => ({
  kind: 'new',
  reason: 'r',
  file: 'f',
  line: 1,
  score: 1,
  fingerprint,
});
const until = '2026-11-24T12:00:00.000Z';
const terms = { summary: 's', reason: 'known', since: '2026-11-24T10:00:00.000Z' };

it('holds back what is suppressed until its time is over', () => {
  const findings = [finding('a'), finding('b'), finding('c')];
  const suppressions = [
    { ...terms, fingerprint: 'a', until },
    { ...terms, fingerprint: 'b' },
  ];
  const early = splitSuppressed(findings, suppressions, new Date('2026-11-24T11:59:59Z'));
  expect(early.findings).toEqual([finding('c')]);
  expect(early.suppressed).toEqual([
    { ...finding('a'), suppressed: { reason: 'known', until } },
    { ...finding('b'), suppressed: { reason: 'known' } },
  ]);
  const late = splitSuppressed(findings, suppressions, new Date(until));
  expect(late.findings.map(({ fingerprint }) => fingerprint)).toEqual(['a', 'c']);
});
