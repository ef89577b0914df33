import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stackFingerprint } from '../../../../server/logs/formats/stackFingerprint.ts';

const folder = new URL('../../../fixtures/logs/traces/', import.meta.url);

/** The text that a runtime printed; test/fixtures/logs/make/traces writes it. */
function trace(name: string): string {
  return readFileSync(new URL(`${name}.txt`, folder), 'utf8');
}

describe.each([
  [
    'java',
    'Shop$PaymentException: cannot pay from <*>',
    { text: 'at Shop.pay(Shop.java:16)', file: 'Shop.java', line: 16 },
  ],
  [
    'python',
    'PaymentError: cannot pay from <*>',
    { text: 'File "/tmp/app-first/shop.py", line 14, in pay', file: '/tmp/app-first/shop.py', line: 14 },
  ],
  [
    'node',
    'PaymentError: cannot pay from <*>',
    { text: 'at Object.pay (file:///tmp/app-first/shop.mjs:14:13)', file: '/tmp/app-first/shop.mjs', line: 14 },
  ],
  ['go', 'panic: account <*> is empty', { text: 'main.(*shop).charge(...)', file: '/tmp/app-first/shop.go', line: 12 }],
  [
    'ruby',
    'PaymentError: cannot pay from <*>',
    { text: "shop.rb:11:in `rescue in pay': cannot pay from 17 (PaymentError)", file: 'shop.rb', line: 11 },
  ],
  ['rust', 'panic: account <*> is empty', { text: 'at shop.rs:5', file: 'shop.rs', line: 5 }],
])('a stack trace that %s prints', (language, headline, frame) => {
  const found = stackFingerprint(trace(`${language}.first`));

  it('has a headline and frames with their places', () => {
    expect(found?.headline).toBe(headline);
    expect(found?.frames[0]).toEqual(frame);
  });

  it('is the same for the same error of another build with other numbers', () => {
    expect(stackFingerprint(trace(`${language}.second`))?.fingerprint).toBe(found?.fingerprint);
  });

  it('differs from that of another error', () => {
    expect(stackFingerprint(trace(`${language}.other`))?.fingerprint).not.toBe(found?.fingerprint);
  });

  it('is found behind the text of a record, in lines that end with CR LF', () => {
    const record = `2026-11-24 22:36:49.123 ERROR [main] shop - it failed\r\n${trace(`${language}.first`).replaceAll('\n', '\r\n')}`;
    expect(stackFingerprint(record)?.fingerprint).toBe(found?.fingerprint);
    expect(stackFingerprint(record)?.headline).toBe(headline);
  });
});

describe('the frames of a trace', () => {
  it('hold the files of all languages', () => {
    const places = ['java', 'python', 'node', 'go', 'ruby', 'rust'].map((language) =>
      stackFingerprint(trace(`${language}.first`))
        ?.frames.filter(({ file }) => /shop\.|Shop\./.test(file ?? ''))
        .map(({ line }) => line),
    );
    expect(places).toEqual([
      [16, 27, 9, 14, 14],
      [14, 9, 23, 16],
      [14, 23, 6, 12, 23, 23],
      [12, 16, 16, 27],
      [11, 8, 19, 5, 9, 9, 9, 19],
      [5, 5, 9, 9, 22],
    ]);
  });

  // From Microsoft's and PHP's documentation: neither runtime is at hand.
  it('are those of .NET', () => {
    const found = stackFingerprint(
      [
        'Unhandled exception. System.InvalidOperationException: Order 17 failed',
        ' ---> System.NullReferenceException: Object reference not set to an instance of an object.',
        '   at Shop.Orders.<PayAsync>d__12.MoveNext() in /src/Orders.cs:line 42',
        '   --- End of inner exception stack trace ---',
        '   at Shop.Program.<Main>b__0_1(String[] args) in /src/Program.cs:line 7',
        '   at System.Threading.Tasks.Task.Execute()',
      ].join('\n'),
    );
    expect(found?.headline).toBe('System.InvalidOperationException: Order <*> failed');
    expect(found?.frames.map(({ file, line }) => [file, line])).toEqual([
      ['/src/Orders.cs', 42],
      ['/src/Program.cs', 7],
      [undefined, undefined],
    ]);
  });

  it('are those of PHP', () => {
    const found = stackFingerprint(
      [
        'PHP Fatal error:  Uncaught Exception: no money in /app/shop.php:12',
        'Stack trace:',
        '#0 /app/index.php(3): Shop->pay(17)',
        '#1 {main}',
        '  thrown in /app/shop.php on line 12',
      ].join('\n'),
    );
    expect(found?.headline).toBe('Exception: no money in /app/shop.php:<*>');
    expect(found?.frames).toEqual([
      { text: '#0 /app/index.php(3): Shop->pay(17)', file: '/app/index.php', line: 3 },
      { text: '#1 {main}' },
    ]);
  });
});

describe('a fingerprint', () => {
  const java = (frame: string): string =>
    `java.lang.IllegalStateException: x\n\tat ${frame}(Unknown Source)\n\tat a.B.c(B.java:1)`;
  it.each([
    ['a.Shop.lambda$pay$0', 'a.Shop.lambda$pay$7'],
    ['a.Shop$$Lambda$14/0x0000000800066840.run', 'a.Shop$$Lambda$99/0x0000000800c03000.run'],
    ['a.Shop$$EnhancerBySpringCGLIB$$5f9eb1a.pay', 'a.Shop$$EnhancerBySpringCGLIB$$aa01c3.pay'],
    ['jdk.proxy2.$Proxy12.pay', 'jdk.proxy2.$Proxy31.pay'],
    ['jdk.internal.reflect.GeneratedMethodAccessor7.invoke', 'jdk.internal.reflect.GeneratedMethodAccessor19.invoke'],
  ])('does not see the counters in %s and %s', (one, other) => {
    expect(stackFingerprint(java(one))?.fingerprint).toBe(stackFingerprint(java(other))?.fingerprint);
  });

  it('tells functions apart whose names end with numbers', () => {
    expect(stackFingerprint(java('a.Hash.sha256'))?.fingerprint).not.toBe(
      stackFingerprint(java('a.Hash.sha512'))?.fingerprint,
    );
  });

  it('does not see hashes in the names of bundles', () => {
    const node = (file: string): string => `Error: x\n    at ${file}:1:2345`;
    expect(stackFingerprint(node('/srv/a/main.5f9eb1a2.js'))?.fingerprint).toBe(
      stackFingerprint(node('/srv/b/main.aa01c3d4.js'))?.fingerprint,
    );
  });
});

describe('a text without a stack trace', () => {
  it.each([
    'connected to 10.0.0.1:80 at 12:30:01',
    'meet me at the corner (tomorrow)',
    'first\nsecond line\n  at last we are done',
    'GET /a.rb:12 in 3 ms',
    '',
    'Error: without any frames',
  ])('has no fingerprint: %s', (text) => expect(stackFingerprint(text)).toBeUndefined());
});

describe('hostile texts', () => {
  it.each([
    ['a line of blanks', ' '.repeat(1_000_000)],
    ['an endless frame', `    at ${'a('.repeat(500_000)}`],
    ['frames without end', '    at a.b.c(D.java:1)\n'.repeat(100_000)],
    ['names without end', `${'a.'.repeat(500_000)}Error: x\n at b (c.js:1:2)`],
    ['colons', `${'Caused by: '.repeat(100_000)}\n`],
    ['dashes', `${'-'.repeat(60_000)}> x\n`.repeat(10)],
  ])('are looked at for 64 KiB: %s', (_, text) => {
    expect(stackFingerprint(text)).toEqual(stackFingerprint(text.slice(0, 65_536)));
  });
});
