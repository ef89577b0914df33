import { describe, expect, it } from 'vitest';
import { readSymptom } from '../../../server/diagnosis/symptom.ts';
import type { EndpointTarget, ProxyTarget, ServiceTarget, Target } from '../../../server/diagnosis/targets/target.ts';

const at = { file: 'compose.yaml', line: 1 };
const service = (name: string, port: number, aliases: string[] = []): ServiceTarget => ({
  name,
  kind: 'service',
  source: 'package.json:1',
  dependsOn: [],
  folder: '',
  command: undefined,
  compose: undefined,
  aliases,
  environment: [],
  envFiles: [],
  ports: [{ port, at, variable: 'PORT' }],
});
const postgres: EndpointTarget = {
  name: 'db',
  kind: 'database',
  source: '.env:2',
  dependsOn: [],
  engine: 'postgres',
  host: '127.0.0.1',
  port: 5433,
  user: 'shop',
  password: undefined,
  database: 'shop',
  tls: false,
  sslMode: undefined,
  variable: 'DATABASE_URL',
  at,
  compose: undefined,
};
const nginx: ProxyTarget = {
  name: 'nginx',
  kind: 'proxy',
  source: 'nginx.conf',
  dependsOn: [],
  config: {
    file: 'nginx.conf',
    files: ['nginx.conf'],
    problems: [],
    logs: [],
    servers: [
      {
        at,
        names: ['localhost'],
        listens: [{ address: '', port: 8080, tls: false, at }],
        certificate: undefined,
        proxies: [
          {
            at,
            location: '/orders/',
            url: 'http://127.0.0.1:4100',
            servers: [{ host: '127.0.0.1', port: 4100, at }],
            readTimeoutSeconds: 60,
          },
        ],
      },
    ],
  },
};
const targets: Target[] = [
  service('checkout', 4100, ['start', '@shop/checkout']),
  service('api-gateway', 4200),
  postgres,
  nginx,
  { name: 'host', kind: 'host', source: 'this machine', dependsOn: [] },
];
const read = (text: string) => readSymptom(text, targets);

describe('a described symptom', () => {
  it.each([
    ["the service won't start", 'startup'],
    ['it does not start any more', 'startup'],
    ['Error: Cannot find module x', 'startup'],
    ['listen EADDRINUSE', 'startup'],
    ["model won't load", 'model'],
    ['cannot read my-7b.Q4.gguf', 'model'],
    ['CUDA error', 'model'],
    ['uses too much memory', 'memory'],
    ['OOM', 'memory'],
    ['it was killed', 'memory'],
    ['container exited with code 137', 'memory'],
    ['there is a leak', 'memory'],
    ['pages are slow', 'performance'],
    ['requests hang', 'performance'],
    ['401 from the provider', 'security'],
    ['403', 'security'],
    ['permission denied', 'security'],
    ['the certificate expired', 'security'],
    ['deadlock detected', 'database'],
    ['a migration is missing', 'database'],
    ['too many connections', 'database'],
    ['returns 502', 'network'],
    ['503 since the deploy', 'network'],
    ['504 Gateway Time-out', 'network'],
    ['connection refused', 'network'],
    ['ETIMEDOUT', 'network'],
    ['the disk is full', 'disk'],
    ['No space left on device', 'disk'],
    ['CrashLoopBackOff', 'kubernetes'],
    ['my pods are pending', 'kubernetes'],
  ] as const)('"%s" lies in %s before all', (text, category) => {
    expect(read(text).categories[0]).toBe(category);
  });

  it('names the target, what it may be, and the words that say so, as they were written', () => {
    expect(read('Checkout returns 503 since the deploy')).toEqual({
      categories: ['network', 'startup', 'database'],
      targets: ['checkout'],
      words: ['Checkout', '503'],
    });
  });

  it('counts a phrase once, for the more particular entry', () => {
    expect(read('out of memory').categories).toEqual(['memory', 'startup']);
    expect(read('OOMKilled').words).toEqual(['OOMKilled']);
    expect(read('out of disk space').categories).toEqual(['disk']);
  });

  it.each([
    ['nothing answers on port 4100', ['checkout']],
    ['http://localhost:4200/ is empty', ['api-gateway']],
    ['5433 refuses', ['db']],
    ['the postgres is gone', ['db']],
    ['DATABASE_URL is wrong', ['db']],
    ['GET /orders/7 fails', ['checkout', 'nginx']],
    ['http://localhost:8080/orders/7 fails', ['checkout', 'nginx']],
    ['/checkout fails', ['checkout']],
  ])('knows targets by name, port, engine, variable and path: "%s"', (text, names) => {
    expect(read(text).targets).toEqual(names);
  });

  it('takes no part of a name, no status and no count for a target', () => {
    expect(read('gateway').targets).toEqual([]);
    expect(read('my-checkout-2 and the host').targets).toEqual([]);
    expect(readSymptom('returns 503 in 503 ms', [service('a1', 503)]).targets).toEqual([]);
    expect(readSymptom('port 503', [service('a1', 503)]).targets).toEqual(['a1']);
    // A script's name is an alias of its service, and no word of a sentence.
    expect(read("it won't start").targets).toEqual([]);
  });

  it.each(['der Dienst geht nicht', 'hmm', '', '   ', '🤷', 'blocky podium'])('recognises nothing in "%s"', (text) => {
    expect(read(text)).toEqual({ categories: [], targets: [], words: [] });
  });

  it('reads hostile text in time that grows with its length alone', () => {
    const texts = [
      '/a'.repeat(500),
      'https://'.repeat(125),
      ':1'.repeat(500),
      'not not '.repeat(125),
      '('.repeat(1000),
    ];
    const time = (text: string): number => {
      const begin = performance.now();
      read(text);
      return performance.now() - begin;
    };
    for (const text of texts) {
      time(text);
      // Quadratic or worse would be beyond any noise with 16 times the length.
      expect(time(text.repeat(16))).toBeLessThan(16 * 20 * Math.max(time(text), 1));
    }
  });
});
