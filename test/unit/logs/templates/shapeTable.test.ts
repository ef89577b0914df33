import { expect, test } from 'vitest';
import { createShapeTable } from '../../../../server/logs/templates/createShapeTable.ts';
import { shapeOf } from '../../../support/mineTexts.ts';

test.each([
  ['took 12 of -3 and 1.5 or 1,234,567', 'took <number> of <number> and <number> or <number>'],
  ['from 10.0.0.1:80 to /10.2.3.4 via fe80::1 and 2001:db8::8:800:200c:417a', 'from <ip> to <ip> via <ip> and <ip>'],
  ['mac 5c:50:15:4c:18:13 crc 0xdeadBEEF sha 9f4ef63a', 'mac <hex> crc <hex> sha <hex>'],
  ['mac 00:11:43:e3:ba:c3 at 00:11:43 on ::1#953', 'mac <hex> at <time> on <ip>#<number>'],
  ['id 550e8400-e29b-41d4-a716-446655440000 [req-550e8400-e29b-41d4-a716-446655440000]', 'id <uuid> [req-<uuid>]'],
  ['open /var/log/x.log, ./a.sh ~/b C:\\Temp\\x.dll', 'open <path>, <path> <path> <path>'],
  ['GET /a/b?c=1&d=2 HTTP/1.1', 'GET <path> HTTP/<number>'],
  ['see https://example.com/a?b=c;d, then', 'see <url>, then'],
  ['at 2026-11-24T12:00:01.123Z or 24/Nov/2026:12:00:01 or 12:00:01,123', 'at <time> or <time> or <time>'],
  ['in 12.5ms, 35µs, 2m3s and 10kB', 'in <duration>, <duration>, <duration> and <size>'],
  ['tag="View Lock" it\'s \'so so\' "GET /x HTTP/2"', 'tag="<quoted>" it\'s \'<quoted>\' "GET <path> HTTP/<number>"'],
  ['host db.example.com:5432 blk_-123456 part-00001', 'host <word> <word> <word>'],
  ['use ssh2 and L3 read/write re-sync', 'use ssh2 and L3 read/write re-sync'],
  ['generating core.12 enabled......0', 'generating core.<number> enabled......<number>'],
  ['  padded   by\t\tspaces  ', 'padded by spaces'],
  ['msg="user logged in" n=1', 'msg="user logged in" n=<number>'],
  ['version 1:10.11.6-0+deb12u1 lifetime <1 sec <34>', 'version <number>:<word> lifetime <number> sec <<number>>'],
])('masks what is variable: %s', (message, shape) => {
  expect(shapeOf(message)).toBe(shape);
});

test('two messages that differ in nothing but variables have one shape, in the order of first occurrence', () => {
  const table = createShapeTable();
  const add = (message: string): number => table.add(Buffer.from(message), 0, Buffer.byteLength(message));
  expect([add('job 1 done'), add('job 1 failed'), add('job 22 done'), add('job 3 failed')]).toEqual([0, 1, 0, 1]);
  expect(table.size).toBe(2);
});

test('a message is read between its bounds alone', () => {
  const bytes = Buffer.from('99took 12 ms99');
  const table = createShapeTable();
  expect(table.add(bytes, 2, 12)).toBe(0);
  expect(table.texts()).toEqual(['took \u000e ms']);
  expect(table.durationMs).toBe(12);
});

test('control bytes of a message are no markers', () => {
  expect(shapeOf('a \u000e\u0018 b \u001b[x c')).toBe('a b [x c');
  const table = createShapeTable();
  for (const message of ['n 1', 'n \u000e', 'n']) table.add(Buffer.from(message), 0, Buffer.byteLength(message));
  expect(table.size).toBe(2);
});

test('bytes that are no UTF-8 make shapes of their own, and equal texts are one shape', () => {
  const table = createShapeTable();
  const shapes = [
    Buffer.from([0x61, 0xe9, 0x62]),
    Buffer.from([0x61, 0xe8, 0x62]),
    Buffer.from([0x61, 0xff, 0x62]),
    Buffer.from('aéb'),
  ].map((bytes) => table.add(bytes, 0, bytes.length));
  expect(new Set(shapes.slice(0, 3)).size).toBe(3);
  expect(new Set(table.texts()).size).toBe(table.size);
});

test.each([
  ['letters', 'x'.repeat(1_048_576)],
  ['words', 'word and '.repeat(120_000)],
  ['apostrophes', "' ".repeat(500_000)],
  ['nested quotes', `" ${"'x ".repeat(300_000)}' "`],
  ['quotes', '"'.repeat(1_000_001)],
  ['digits', '1'.repeat(1_000_000)],
  ['dots', '.'.repeat(1_000_000)],
  ['slashes', '/'.repeat(1_000_000)],
  ['colons', ':'.repeat(1_000_000)],
  ['numbers', '12,'.repeat(300_000)],
])('a message of a megabyte makes a short shape: %s', (_, message) => {
  expect(shapeOf(message).length).toBeLessThan(10_000);
});

test('many shapes stay apart while the table grows', () => {
  const table = createShapeTable();
  const letters = (number: number): string =>
    String.fromCharCode(97 + (number % 26), 97 + (Math.floor(number / 26) % 26), 97 + Math.floor(number / 676));
  const shapes = Array.from({ length: 10_000 }, (_, number) => {
    const bytes = Buffer.from(`state ${letters(number)} reached`);
    return table.add(bytes, 0, bytes.length);
  });
  expect(shapes).toEqual(Array.from({ length: 10_000 }, (_, number) => number));
});
