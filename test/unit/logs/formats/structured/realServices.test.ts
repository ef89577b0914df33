import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ParsedLog, parseLog } from '../../../../support/parseLog.ts';

const folder = new URL('../../../../fixtures/logs/structured/', import.meta.url);

/** A log that a service wrote; test/fixtures/logs/make/services runs them. */
function read(name: string): ParsedLog {
  return parseLog(readFileSync(new URL(`${name}.log`, folder)));
}

function expectedOf(name: string): Record<string, unknown>[] {
  return JSON.parse(readFileSync(new URL(`${name}.expected.json`, folder), 'utf8'));
}

describe.each([
  ['postgresJson', 'JSON lines (PostgreSQL)'],
  ['postgresCsv', 'PostgreSQL CSV'],
])('%s', (name, title) => {
  const { plan, format, records } = read(name);

  it('is detected', () => expect(plan.title).toBe(title));

  it('gives the same records, whether as CSV with fields of several lines or as JSON', () => {
    const told = records.map(({ time, level, component, text }) => ({
      time,
      level,
      component,
      message: format.message(text),
    }));
    expect(told).toEqual(expectedOf(name));
  });

  it('gives the fields by their names', () => {
    const failed = records.find(({ text }) => text.includes('missing_table'));
    expect(format.fields(failed?.text ?? '')).toMatchObject({
      message: 'relation "missing_table" does not exist',
      application_name: 'psql',
    });
  });
});

describe('docker json-file', () => {
  it('is unwrapped to the log of the program inside', () => {
    const { plan, format, records } = read('dockerPino');
    expect(plan.title).toBe('JSON lines (docker json-file), JSON lines (pino)');
    const told = records.map(({ text, line: _, rawMessage: __, ...record }) => ({
      ...record,
      message: format.message(text),
    }));
    expect(told).toEqual(expectedOf('pino').map(({ error: _, ...record }) => record));
    expect(format.stack?.(records[3]?.text ?? '')).toMatch(/^TypeError: cannot read x of undefined\n {4}at /);
    expect(format.fields(records[1]?.text ?? '')).toMatchObject({
      stream: 'stdout',
      hostname: 'vm',
      responseTime: 1204,
    });
  });

  it('joins what the engine split, and the lines of a stack trace', () => {
    const { format, records } = read('dockerText');
    const messages = records.map(({ text }) => format.message(text));
    expect(records.map(({ line }) => line)).toEqual([1, 2, 6, 7, 10]);
    expect(messages[0]).toContain('shop started');
    expect(messages[3]?.length).toBeGreaterThan(40_000);
    expect(messages[3]).toMatch(/begin x+ end$/);
    expect(records.map(({ time }) => time?.slice(17, 23))).toEqual(['49.123', '50.001', '51.500', '52.000', '53.000']);
    expect(records.map(({ level }) => level)).toEqual(['info', 'error', 'warn', 'info', 'info']);
    expect(format.stack?.(records[1]?.text ?? '')).toContain(
      'java.lang.IllegalStateException: no money\n\tat Shop.pay(Shop.java:16)\n',
    );
  });
});

it('reads the logfmt of Prometheus', () => {
  const { plan, format, records } = read('prometheus');
  expect(plan.title).toBe('logfmt (Prometheus)');
  const started = records.find(({ text }) => text.includes('component=web msg="Start listening'));
  expect(started).toMatchObject({ level: 'info', component: 'web', rawMessage: 'Start listening for connections' });
  expect(started?.time).toBe(new Date(/ts=(\S+)/.exec(started?.text ?? '')?.[1] ?? '').toISOString());
  expect(format.fields(started?.text ?? '')).toMatchObject({ address: '127.0.0.1:59090' });
  expect(records.every(({ time, level }) => time && level)).toBe(true);
  // A retention of 15 days is no duration of anything.
  expect(records[0]?.text).toContain('duration=15d');
  expect(records[0]?.durationMs).toBeUndefined();
});

describe('access logs', () => {
  it('of nginx', () => {
    const { records } = read('nginxJson');
    expect(
      records.map(({ rawMessage, level, durationMs, traceId }) => [rawMessage, level, durationMs, traceId]),
    ).toEqual([
      ['GET / HTTP/1.1', 'info', 0, 'req-0017'],
      ['GET /missing HTTP/1.1', 'warn', 0, 'req-0017'],
      ['GET /slow HTTP/1.1', 'error', 0, 'req-0017'],
      ['GET /q?a=\\"b\\" HTTP/1.1', 'info', 0, 'req-0017'],
      ['GET / HTTP/1.1', 'info', 0, 'req-0017'],
    ]);
  });

  it('of HAProxy', () => {
    const { records } = read('haproxyJson');
    expect(records.map(({ rawMessage, level }) => [rawMessage, level])).toEqual([
      ['GET /', 'info'],
      ['GET /missing', 'warn'],
      ['GET /slow', 'error'],
      ['GET /q', 'error'],
      ['GET /', 'info'],
    ]);
    for (const { text, time, durationMs, traceId } of records) {
      const fields = JSON.parse(text);
      expect([time, durationMs, traceId]).toEqual([
        new Date(Math.round(fields.timestamp * 1000)).toISOString(),
        fields.duration_ms,
        'req-0017',
      ]);
    }
  });

  it('of Caddy, whose durations are seconds', () => {
    const { plan, records } = read('caddy');
    expect(plan.title).toBe('JSON lines (Caddy)');
    expect(records.map(({ level, component, rawMessage }) => [level, component, rawMessage])).toEqual(
      ['info', 'error', 'error', 'error', 'info'].map((level) => [level, 'http.log.access.log0', 'handled request']),
    );
    for (const { text, durationMs } of records) expect(durationMs).toBeCloseTo(JSON.parse(text).duration * 1000, 9);
  });
});
