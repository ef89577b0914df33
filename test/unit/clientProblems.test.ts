import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../client/editor/problemsContent.ts';
import { evidenceLocation, parseLocation } from '../../server/protocol/evidenceSource.ts';
import { portTaken, troubleshootingStates } from '../support/troubleshootingStates.ts';

const report = troubleshootingStates.broken.report;

describe('problems', () => {
  it('places a finding where it can be edited, with its other places as related information', () => {
    const [first] = problemsOf(report);
    expect(first).toMatchObject({
      location: { path: '.env', line: 2 },
      severity: 'error',
      code: 'port.conflict',
      related: [{ location: { path: 'logs/api.log', line: 118 } }],
    });
  });

  it('shows what only follows less severely, and leaves out what has no place', () => {
    const problems = problemsOf(report);
    expect(problems.map(({ code, severity }) => [code, severity])).toEqual([
      ['port.conflict', 'error'],
      ['process.crash-loop', 'warning'],
    ]);
  });

  it('shows a likely root as a warning', () => {
    expect(problemsOf({ ...report, findings: [{ ...portTaken, confidence: 'likely' }] })[0]?.severity).toBe('warning');
  });

  it('is empty for a healthy report', () => {
    expect(problemsOf(troubleshootingStates.healthy.report)).toEqual([]);
  });
});

describe('the source of evidence', () => {
  it.each([
    ['src/a b.js:12', { path: 'src/a b.js', line: 12 }],
    ['C/x:y:3', { path: 'C/x:y', line: 3 }],
    ['http://localhost:8000', undefined],
    ['/etc/passwd:1', undefined],
    ['C:\\secret.txt:1', undefined],
    ['../outside:1', undefined],
    ['a/../../outside:1', undefined],
    ['.env', undefined],
    ['.env:0', undefined],
    [':3', undefined],
  ])('%s', (source, expected) => expect(parseLocation(source)).toEqual(expected));

  it('is no place when the fact does not stand in a file', () => {
    expect(evidenceLocation({ kind: 'listener', source: '127.0.0.1:8000' })).toBeUndefined();
    expect(evidenceLocation({ kind: 'log', source: 'a.log:8' })).toEqual({ path: 'a.log', line: 8 });
  });
});
