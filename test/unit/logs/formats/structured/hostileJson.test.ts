import { describe, expect, it } from 'vitest';
import { formatOf } from '../../../../../server/logs/formats/formatOf.ts';
import { createHead, resetHead } from '../../../../../server/logs/formats/logFormat.ts';
import { type ParsedLog, parseLog } from '../../../../support/parseLog.ts';

const good = (number: number): string =>
  `{"level":30,"time":${1_700_000_000_000 + number},"pid":1,"hostname":"h","name":"shop","msg":"paid ${number}"}`;
const lines = Array.from({ length: 20 }, (_, number) => good(number));

/** Good records of pino with one line between them. */
function around(line: string | Buffer): ParsedLog {
  const text = Buffer.from(`${lines.join('\n')}\n`);
  return parseLog(Buffer.concat([text, Buffer.from(line as string), Buffer.from('\n'), text]));
}

describe('one odd line among JSON lines', () => {
  it.each([
    ['half an object', '{"level":50,"time":1700000000500,"msg":"it ', { level: 'error', rawMessage: 'it ' }],
    ['an object cut in a key', '{"level":50,"ti', { level: 'error' }],
    ['an object cut behind a colon', '{"level":50,"time":', { level: 'error' }],
    [
      '10,000 levels of objects',
      `{"level":50,"a":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)},"msg":"deep"}`,
      { level: 'error', rawMessage: 'deep' },
    ],
    [
      '10,000 levels of arrays that never end',
      `{"level":50,"msg":"deep","a":${'['.repeat(10_000)}`,
      { level: 'error', rawMessage: 'deep' },
    ],
    [
      '10,000 levels of a known key',
      `{"level":50,"msg":"deep","context":${'{"context":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
      { level: 'error' },
    ],
    [
      'keys that occur twice',
      '{"level":30,"level":50,"msg":"first","msg":"second"}',
      { level: 'error', rawMessage: 'second' },
    ],
    ['a level of another kind', '{"level":{"x":[1]},"time":"no time","msg":"odd"}', { rawMessage: 'odd' }],
    [
      'numbers beyond all bounds',
      `{"level":${'9'.repeat(400)},"time":${'9'.repeat(400)},"msg":"odd"}`,
      { rawMessage: 'odd' },
    ],
    [
      'what looks like keys inside of strings',
      '{"note":"\\",\\"level\\":60,\\"msg\\":\\"x","level":30,"msg":"right"}',
      { level: 'info', rawMessage: 'right' },
    ],
    [
      'a string that ends with backslashes',
      '{"path":"C:\\\\\\\\","level":40,"msg":"right"}',
      { level: 'warn', rawMessage: 'right' },
    ],
    [
      'times of the year 0',
      '{"level":30,"time":"0000-01-01T00:00:00Z","msg":"old"}',
      { time: '0000-01-01T00:00:00.000Z' },
    ],
    [
      'times of the year 9999',
      '{"level":30,"time":"9999-12-31T23:59:59.999Z","msg":"late"}',
      { time: '9999-12-31T23:59:59.999Z' },
    ],
    ['a date that is none', '{"level":30,"time":"2024-13-41T25:61:61Z","msg":"odd"}', { rawMessage: 'odd' }],
  ])('is a record of its own: %s', (_, line, told) => {
    const { format, records } = around(line);
    expect(records).toHaveLength(41);
    expect(records[20]).toMatchObject(told);
    expect(records[21]).toMatchObject({ rawMessage: 'paid 0', level: 'info', component: 'shop' });
    expect(() => [format.fields(line), format.message(line), format.stack?.(line)]).not.toThrow();
    // What fields a record has can be sent on.
    expect(() => JSON.stringify(format.fields(line))).not.toThrow();
  });

  it('keeps the members ahead of a break', () => {
    const { format } = around(good(0));
    expect(format.fields('{"a":1,"b":{"c":[1,2]},"d":"half a str')).toEqual({
      a: 1,
      b: { c: [1, 2] },
      d: 'half a str',
    });
  });

  it('may hold bytes that are no UTF-8', () => {
    const { format, records } = around(Buffer.from('{"level":50,"msg":"caf\xe9 \xff\xfe","name":"x"}', 'latin1'));
    expect(records).toHaveLength(41);
    expect(records[20]).toMatchObject({ level: 'error', component: 'x' });
    expect(format.fields(records[20]?.text ?? '')).toMatchObject({ level: 50, name: 'x' });
  });

  it('is plain text with a level of its own or none, or goes on with the record before', () => {
    const text = [
      '> shop@1.0.0 start',
      ...lines.slice(0, 3),
      'TypeError: x is undefined',
      '    at pay (/app/shop.js:1:2)',
      '{not json}',
      ...lines.slice(3),
    ].join('\n');
    const { plan, records } = parseLog(text);
    expect(plan.title).toBe('JSON lines (pino)');
    expect(records.map(({ line }) => line).slice(0, 8)).toEqual([1, 2, 3, 4, 5, 7, 8, 9]);
    expect(records[0]).toEqual({ line: 1, text: '> shop@1.0.0 start', rawMessage: '> shop@1.0.0 start' });
  });
});

describe('a line of 200 MB', () => {
  it('tells what stands in its first 64 KiB', () => {
    const { plan } = parseLog(`${lines.join('\n')}\n`);
    const format = formatOf(plan);
    const bytes = Buffer.alloc(200_000_000, 'x');
    bytes.write('{"level":50,"time":1700000000000,"msg":"');
    const head = createHead();
    resetHead(head, 0, 65_536);
    expect(format.parse(bytes, 0, 65_536, head)).toBe(true);
    expect(head).toMatchObject({ level: 6, time: 1_700_000_000_000, messageStart: 40, messageEnd: 65_536 });
  });
});

describe('any bytes', { timeout: 60_000 }, () => {
  it('leave every format alive and its ranges inside of the line', () => {
    let seed = 17;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const samples = [
      `${lines.join('\n')}\n`,
      `${lines.map((line) => JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: '2024-01-02T03:04:05.6Z' })).join('\n')}\n`,
      `${JSON.stringify(
        lines.map((line) => JSON.parse(line)),
        null,
        2,
      )}\n`,
      `${lines.map((_, number) => `ts=2024-01-02T03:04:05Z caller=a.go:1 level=info msg="paid \\"${number}\\"" duration=1.5s`).join('\n')}\n`,
      `time,level,logger,message\n${lines.map((_, number) => `2024-01-02 03:04:05,INFO,shop,"paid, ${number}"`).join('\n')}\n`,
      `${lines.map((_, number) => `2024-01-02 03:04:05.678 UTC,"u","d",1,"[local]",6b.1,1,"x",2024-01-02 03:04:05 UTC,3/1,0,LOG,00000,"a ""${number}""",,,,,,,,,"psql","client backend",,0`).join('\n')}\n`,
    ];
    for (const sample of samples) {
      const { plan } = parseLog(sample);
      const format = formatOf(plan);
      const source = Buffer.from(sample);
      const head = createHead();
      for (let round = 0; round < 500; round += 1) {
        const bytes = Buffer.from(source.subarray(0, 700 + random(300)));
        for (let change = random(8); change >= 0; change -= 1)
          bytes[random(bytes.length)] = [
            0x22, 0x5c, 0x7b, 0x7d, 0x0a, 0x2c, 0x3a, 0x5b, 0x5d, 0x3d, 0x00, 0xff, 0x75, 0x20,
          ][random(14)] as number;
        const cut = 1 + random(bytes.length);
        const start = bytes.lastIndexOf(10, cut - 1) + 1;
        const feed = bytes.indexOf(10, start);
        const end = feed < 0 ? bytes.length : feed;
        resetHead(head, start, end);
        format.parse(bytes, start, end, head);
        for (const [from, to] of [
          [head.messageStart, head.messageEnd],
          [head.componentStart, head.componentEnd],
          [head.traceStart, head.traceEnd],
        ] as const) {
          expect(
            from >= start && from <= to && to <= end,
            `${plan.title}: ${bytes.toString('latin1', start, end)}`,
          ).toBe(true);
        }
        const text = bytes.toString('utf8', start, end);
        format.fields(text);
        format.message(text);
        format.stack?.(text);
      }
    }
  });
});
