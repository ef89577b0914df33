import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../../../server/logs/formats/detectFormat.ts';
import { formatOf } from '../../../../server/logs/formats/formatOf.ts';
import { readLog } from '../../../support/readLog.ts';

const LOG4J = [
  '2026-11-24 22:33:20,123 [main] ERROR a.b.Shop - order failed',
  'java.lang.IllegalStateException: bad',
  '\tat a.b.Shop.order(Shop.java:12)',
  'Caused by: java.io.IOException: disk',
  '\t... 12 more',
  '2026-11-24 22:33:21,123 [main] INFO  a.b.Shop - order 5 done',
  '2026-11-24 22:33:22,123 [main] INFO  a.b.Shop - order 6 done',
];

function read(lines: readonly string[]) {
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
  const plan = detectFormat(bytes, { modified: new Date('2026-11-24T23:00:00Z') });
  const format = formatOf(plan);
  return { plan, format, records: readLog(format, bytes) };
}

describe('layers around another format', () => {
  it.each([
    ['docker compose', (line: string) => `web-1  | ${line}`],
    ['containerd', (line: string) => `2026-11-24T22:33:29.123456789Z stdout F ${line}`],
    ['pm2', (line: string) => `0|shop     | ${line}`],
    ['foreman', (line: string) => `22:33:29 web.1  | ${line}`],
    ['kubectl --prefix', (line: string) => `[pod/shop-7d4/shop] ${line}`],
    ['syslog', (line: string) => `Nov 24 22:33:29 host shop[12]: ${line}`],
    ['syslog with a priority', (line: string) => `<14>Nov 24 22:33:29 host shop[12]: ${line}`],
    ['docker logs --timestamps', (line: string) => `2026-11-24T22:33:29.123456789Z ${line}`],
    ['colours', (line: string) => line.replace(/(ERROR|INFO)/, '\u001b[31m$1\u001b[0;39m')],
  ])('%s', (_, wrap) => {
    const { records } = read(LOG4J.map(wrap));
    expect(records.map(({ lines }) => lines)).toEqual([5, 1, 1]);
    expect(records[0]).toMatchObject({
      time: '2026-11-24T22:33:20.123Z',
      level: 'error',
      component: 'a.b.Shop',
      message: 'order failed',
    });
    expect(records[1]).toMatchObject({ level: 'info', message: 'order 5 done' });
  });

  it.each([
    ['docker compose', (line: string) => `web-1  | ${line}`],
    ['containerd', (line: string) => `2026-11-24T22:33:29.123456789Z stdout F ${line}`],
    ['syslog', (line: string) => `Nov 24 22:33:29 host shop[12]: ${line}`],
    ['syslog of RFC 5424', (line: string) => `<14>1 2026-11-24T22:33:29.123Z host shop 12 - - ${line}`],
  ])('%s around JSON lines', (_, wrap) => {
    const json = [30, 50].map(
      (level, at) => `{"level":${level},"time":${1_795_559_600_123 + at},"pid":12,"hostname":"h","msg":"hello ${at}"}`,
    );
    expect(read(json.map(wrap)).records).toMatchObject([
      { time: '2026-11-24T22:33:20.123Z', level: 'info', message: 'hello 0' },
      { time: '2026-11-24T22:33:20.124Z', level: 'error', message: 'hello 1' },
    ]);
  });

  it('read the head of a line of 8 MiB, and keep its message whole', () => {
    const prefix = 'web-1  | 2026-11-24 22:33:20,123 - app - ERROR - ';
    const long = 'x'.repeat(8 * 1_048_576);
    const { records } = read([`${prefix}a`, `${prefix}${long}`, `${prefix}b`]);
    expect(records.map(({ level, message }) => [level, message.length])).toEqual([
      ['error', 1],
      ['error', long.length],
      ['error', 1],
    ]);
  });

  it('tell time and source of lines that have none', () => {
    const { records } = read([
      '2026-11-24T22:33:29.123456789Z stdout F hello',
      '2026-11-24T22:33:30.123456789Z stderr F ERROR: bad',
    ]);
    expect(records).toMatchObject([
      { time: '2026-11-24T22:33:29.123Z', message: 'hello' },
      { time: '2026-11-24T22:33:30.123Z', level: 'error' },
    ]);
    expect(
      read(['web-1  | hello', 'db-1   | there', 'web-1  | again']).records.map(({ component }) => component),
    ).toEqual(['web-1', 'db-1', 'web-1']);
  });

  it('keep the traces of services that write at the same time apart', () => {
    const { records } = read([
      'web-1  | Traceback (most recent call last):',
      'web-1  |   File "x.py", line 3, in <module>',
      'db-1   | ready',
      'db-1   |   indented by the database',
      'web-1  | done',
    ]);
    expect(records.map(({ line, lines }) => [line, lines])).toEqual([
      [1, 2],
      [3, 2],
      [5, 1],
    ]);
  });

  it('give message and fields without the prefix', () => {
    const wrapped = LOG4J.map((line) => `web-1  | ${line}`);
    const { format } = read(wrapped);
    expect(format.message(wrapped.slice(0, 5).join('\n'))).toBe('order failed');
    expect(format.fields(wrapped[0] as string)).toEqual({ source: 'web-1', thread: 'main' });
  });

  it('leave the escape sequences behind a message out of it', () => {
    const { records } = read([
      '\u001b[32m2026-11-24 22:33:20.123\u001b[0m | \u001b[1mINFO    \u001b[0m | \u001b[36mapp\u001b[0m:\u001b[36mmain\u001b[0m:\u001b[36m5\u001b[0m - \u001b[1mhello\u001b[0m',
    ]);
    expect(records[0]).toMatchObject({ level: 'info', component: 'app', message: 'hello' });
  });
});
