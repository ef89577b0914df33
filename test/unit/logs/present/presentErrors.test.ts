import { describe, expect, it } from 'vitest';
import { parseRecords } from '../../../../server/logs/present/parseRecords.ts';
import { type LogContext, readLogState } from '../../../../server/logs/present/presentErrors.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const state = (text: string, context: Partial<LogContext> = {}) =>
  readLogState(parseRecords(text.split('\n')), { running: false, now: NOW, ...context });
const CRASH = 'Error: boom\n    at f (/a.js:1:1)\n\nNode.js v22.14.0\n';

describe('readLogState of a service that is down', () => {
  it('counts crashes in a row, across the banner and the complaint of npm', () => {
    const run = `> shop@1.0.0 start\n> node index.js\n\n${CRASH}npm error code 1\nnpm error path /srv\n`;
    expect(state(run.repeat(3)).crashes).toHaveLength(3);
  });

  it('counts a last word without a level, and takes it for an error', () => {
    const { crashes, errors } = state('booting\nMissing API_KEY\nbooting\nMissing API_KEY');
    expect(crashes).toHaveLength(2);
    expect(errors.map(({ message }) => message)).toEqual(['Missing API_KEY']);
  });

  it('forgets a crash that was followed by work', () => {
    const work = Array.from({ length: 8 }, (_, i) => `2026-11-23T11:0${i}:00.000Z INFO  GET /a 200`).join('\n');
    expect(state(`${CRASH}${work}`)).toMatchObject({ crashes: [], errors: [] });
  });

  it('counts on while the next start has only begun', () => {
    expect(state(`booting\n${CRASH}booting\n${CRASH}booting`).crashes).toHaveLength(2);
  });

  it('forgets a crash that was followed by a start that succeeded, in a single line', () => {
    expect(state(`${CRASH}listening on 3000`)).toMatchObject({ crashes: [], errors: [] });
  });

  it('does not take counters for failures', () => {
    expect(state('imported 12 rows, 0 errors\nerrors=0')).toMatchObject({ crashes: [], errors: [] });
  });

  it('knows an orderly end', () => {
    expect(state('2026-11-23T11:00:00.000Z INFO  SIGTERM received, closing').stoppedOrderly).toBe(true);
  });
});

describe('readLogState of a service that runs', () => {
  const startedAt = new Date('2026-11-23T11:55:00Z');

  it('leaves out what an earlier process wrote', () => {
    expect(state('2026-11-23T11:54:00.000Z ERROR old', { running: true, startedAt }).errors).toEqual([]);
    const text = '2026-11-23T11:54:00.000Z ERROR old\n2026-11-23T11:55:01.000Z INFO  up';
    expect(state(text, { running: true, startedAt }).errors).toEqual([]);
  });

  it('leaves out a crash ahead of the start that succeeded, without any time', () => {
    expect(state(`${CRASH}listening`, { running: true, startedAt }).errors).toEqual([]);
  });

  it('leaves out a log that was last written before the process began', () => {
    const modifiedAt = new Date('2026-11-23T11:50:00Z');
    expect(state(CRASH, { running: true, startedAt, modifiedAt }).errors).toEqual([]);
  });

  it('keeps what the process itself complains of', () => {
    const text = '2026-11-23T11:55:01.000Z INFO  up\n2026-11-23T11:56:00.000Z ERROR now';
    expect(state(text, { running: true, startedAt }).errors.map(({ message }) => message)).toEqual(['now']);
  });
});
