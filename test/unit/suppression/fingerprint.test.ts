import { describe, expect, it } from 'vitest';
import type { Evidence, Finding } from '../../../server/protocol/diagnosis.ts';
import { fingerprintOf } from '../../../server/suppression/fingerprint.ts';
import { portTaken } from '../../support/troubleshootingStates.ts';

const saying = (summary: string, evidence: Evidence[] = [], change: Partial<Finding> = {}): string =>
  fingerprintOf({ ...portTaken, summary, evidence, ...change });

describe('the fingerprint of a finding', () => {
  it.each([
    [
      'pid',
      'Port 80 is held by node (pid 4121), so api cannot bind it',
      'Port 80 is held by node (pid 99), so api cannot bind it',
    ],
    ['count', 'api crashed 5 times in a row within 12 s: boom', 'api crashed 31 times in a row within 3 min: boom'],
    [
      'size',
      'Redis at 127.0.0.1:6379 is full: 99.5 MB used of maxmemory 100 MB',
      'Redis at 127.0.0.1:6379 is full: 100 MB used of maxmemory 100 MB',
    ],
    [
      'time',
      'tls of db expired on 2026-11-24T08:00:01.5Z, 3 h ago',
      'tls of db expired on 2026-11-25 08:00:01, 27 h ago',
    ],
    ['line', 'config.yaml:12:4 cannot be read', 'config.yaml:19:4 cannot be read'],
    ['line in words', '.env cannot be read: line 3, column 9: bad', '.env cannot be read: line 30, column 1: bad'],
    ['container id', 'The container 3f2a9c0d1e4b of api ended', 'The container aa2a9c0d1e4c of api ended'],
    ['address in memory', 'api crashed: at 0x7ffe12', 'api crashed: at 0x7ffd99'],
    [
      'trace id',
      'api failed: trace 4bf92f35-77b3-4da6-a3ce-929d0e0e4736',
      'api failed: trace 00000000-77b3-4da6-a3ce-929d0e0e4736',
    ],
    ['percentage', 'the heap of api is at 91.2 % of its limit', 'the heap of api is at 97.9 % of its limit'],
  ])('stays the same with another %s', (_what, today, tomorrow) => {
    expect(saying(tomorrow)).toBe(saying(today));
  });

  it.each([
    ['port', 'Port 4100 is held by node (pid 1)', 'Port 4101 is held by node (pid 1)'],
    ['holder', 'Port 4100 is held by node (pid 1)', 'Port 4100 is held by python3 (pid 1)'],
    ['port of an address', 'nothing listens on db:5432', 'nothing listens on db:5433'],
    ['host', 'nothing listens on 10.0.0.1:5432', 'nothing listens on 10.0.0.2:5432'],
    ['port of an IPv6 address', 'nothing listens on [::1]:5432', 'nothing listens on [::1]:5433'],
    ['variable', 'STRIPE_KEY is not set', 'STRIPE_KEY_2 is not set'],
    ['exit code', 'api ended with exit code 1', 'api ended with exit code 137'],
    ['answer', 'web answers 502', 'web answers 500'],
    [
      'version',
      'api needs Node.js 20.1, but runs with Node.js 18.2',
      'api needs Node.js 20.1, but runs with Node.js 18.9',
    ],
    ['long version', 'api needs 20.1.0', 'api needs 20.1.1'],
    ['user', 'api runs as uid 1000', 'api runs as uid 1001'],
    ['name with a number', 'the image postgres:16-alpine is not here', 'the image postgres:15-alpine is not here'],
    ['device', '/dev/sda1 is full', '/dev/sda2 is full'],
    ['file', 'config/a.json cannot be read: line 1', 'config/b.json cannot be read: line 1'],
  ])('is another with another %s', (_what, one, other) => {
    expect(saying(other)).not.toBe(saying(one));
  });

  it('is that of its cause and its target', () => {
    expect(saying('x', [], { cause: 'service.down' })).not.toBe(saying('x'));
    expect(saying('x', [], { target: 'web' })).not.toBe(saying('x'));
  });

  it('follows what is configured and coded, in any order and on any line, and not what is logged, listed or probed', () => {
    const config: Evidence = { kind: 'config', source: '.env:2', text: 'PORT=4100' };
    const code: Evidence = { kind: 'code', source: 'a.js:1', text: 'process.env.PORT' };
    const log: Evidence = { kind: 'log', source: 'a.log:7', text: 'at 08:00 pid 7', time: '2026-01-01T00:00:00Z' };
    const one = saying('x', [config, code, log]);
    expect(
      saying('x', [
        { ...code, source: 'a.js:9' },
        { ...config, source: '.env:5' },
      ]),
    ).toBe(one);
    expect(saying('x', [{ ...config, text: 'PORT=4101' }, code])).not.toBe(one);
  });

  it('takes time in proportion to what a log says', () => {
    const time = (text: string): number => {
      const begin = performance.now();
      saying(text);
      return performance.now() - begin;
    };
    const hostile = (size: number): string =>
      ['1', 'a', '1.', '2026-', '0x', 'deadbeef ', '.js:1'].map((part) => part.repeat(size)).join(' ');
    time(hostile(100));
    const small = Math.max(time(hostile(2_000)), 0.5);
    // Quadratic would be 400 times as much.
    expect(time(hostile(40_000)) / small).toBeLessThan(150);
  });
});
