import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../../../server/logs/formats/detectFormat.ts';
import { formatOf } from '../../../../server/logs/formats/formatOf.ts';
import { readLog } from '../../../support/readLog.ts';

function read(lines: readonly string[]): { id: string; records: ReturnType<typeof readLog> } {
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
  const plan = detectFormat(bytes, { modified: new Date('2026-11-24T23:00:00Z') });
  return { id: plan.id, records: readLog(formatOf(plan), bytes) };
}

/** Many lines of one layout whose messages differ, as a log's do. */
function lines(head: (turn: number) => string): string[] {
  const said = [
    'connection from 10.0.0.1 accepted',
    '141 double hummer exceptions',
    'Disk is full: /var',
    'user bob logged out - bye',
    'cache [users] cleared',
    'took 12 ms',
  ];
  return Array.from(
    { length: 60 },
    (_, turn) => `${head(turn)}${said[(turn * 5 + Math.floor(turn / 7)) % said.length]}`,
  );
}
const two = (value: number): string => String(value % 60).padStart(2, '0');
const LEVELS = ['INFO', 'WARN', 'ERROR', 'INFO', 'DEBUG'];
const NAMES = ['store.Cache', 'net.Server', 'Main'];
const level = (turn: number): string => LEVELS[turn % 5] as string;
const name = (turn: number): string => NAMES[turn % 3] as string;

describe('learned heads', () => {
  it.each([
    [
      'a label, an epoch, a date, nodes',
      (t: number) =>
        `- 11178385${two(t)} 2005.06.03 R0${t % 7}-M1 2005-06-03-15.42.${two(t)}.675872 R0${t % 7}-M1 RAS ${['KERNEL', 'APP'][t % 2]} ${level(t)} `,
      { component: 'KERNEL', time: '2005-06-03T22:41:40.000Z', level: 'info' },
    ],
    [
      'bars without blanks',
      (t: number) => `20171223-22:15:${two(t)}:606|${name(t)}|30002312|`,
      { component: 'store.Cache', time: '2017-12-23T22:15:00.606Z' },
    ],
    [
      'bars with blanks',
      (t: number) => `2026-11-24 10:11:${two(t)}.123 | ${level(t).padEnd(5)} | ${name(t)} | `,
      { component: 'store.Cache', level: 'info' },
    ],
    [
      'a file name in front, a request in brackets',
      (t: number) =>
        `api.log.1 2017-05-16 00:00:${two(t)}.008 2574${t % 4} ${level(t)} ${name(t).toLowerCase()}.wsgi [req-38101a0b-2096-447d-96ea-a69216241${String(t).padStart(3, '0')} u1 - -] `,
      { component: 'store.cache.wsgi', level: 'info', trace: 'req-38101a0b-2096-447d-96ea-a69216241000' },
    ],
    [
      'a bracketed local time and a program',
      (t: number) => `[10.30 16:49:${two(t)}] ${['chrome.exe', 'Skype.exe *64'][t % 2]} - `,
      { component: 'chrome.exe' },
    ],
    [
      'tabs',
      (t: number) => `2026-11-24T10:11:${two(t)}Z\t${level(t)}\t${name(t)}\t`,
      { component: 'store.Cache', level: 'info', time: '2026-11-24T10:11:00.000Z' },
    ],
    [
      'a level in brackets first',
      (t: number) => `[${level(t)}] [24.11.2026 10:11:${two(t)}] [worker-${t % 3}] `,
      { level: 'info', time: '2026-11-24T10:11:00.000Z' },
    ],
    [
      'epoch milliseconds and a level',
      (t: number) => `17324881${two(t)}123 ${level(t)} ${name(t)}: `,
      { level: 'info', component: 'store.Cache' },
    ],
    ['colons between the columns', (t: number) => `2026-11-24 10:11:${two(t)}: ${level(t)}: `, { level: 'info' }],
  ])('%s', (_, head, expected) => {
    const written = lines(head);
    const { records } = read(written);
    expect(records).toHaveLength(60);
    expect(records[0]).toMatchObject(expected);
    const wrong = records.filter(({ message }, at) => message !== written[at]?.slice(head(at).length));
    expect(wrong).toEqual([]);
  });

  it('take no word of the message, though all lines begin with it', () => {
    const { records } = read(
      Array.from({ length: 40 }, (_, t) => `2026-11-24 10:11:${two(t)} INFO Request took ${t} ms`),
    );
    expect(records[7]?.message).toBe('Request took 7 ms');
  });

  it('leave prose alone', () => {
    const { id, records } = read(['Starting up', 'All is well', 'Listening on port 80', 'Shutting down']);
    expect(id).toBe('plain');
    expect(records.map(({ message }) => message)).toEqual([
      'Starting up',
      'All is well',
      'Listening on port 80',
      'Shutting down',
    ]);
  });

  it('leave the empty and the binary alone', () => {
    expect(detectFormat(new Uint8Array(0)).id).toBe('plain');
    const noise = new Uint8Array(50_000).map((_, at) => (at * 7919 + (at >> 3)) & 255);
    const records = readLog(formatOf(detectFormat(noise)), noise);
    expect(records.length).toBeGreaterThan(0);
  });

  it('read two programs that write one log', () => {
    const both = Array.from({ length: 40 }, (_, t) =>
      t % 2
        ? `2026-11-24 10:11:${two(t)},123 - app - ERROR - boom ${t}`
        : `10.0.0.1 - - [24/Nov/2026:10:11:${two(t)} +0000] "GET /${t} HTTP/1.1" 200 5`,
    );
    const { records } = read(both);
    expect(records.filter(({ level }) => level === 'error')).toHaveLength(20);
    expect(records.filter(({ time }) => time === undefined)).toEqual([]);
  });
});
