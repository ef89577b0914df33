import { expect, test } from 'vitest';
import { createShapeTable } from '../../../../server/logs/templates/createShapeTable.ts';

function added(message: string): { durationMs: number; trace: string } {
  const bytes = Buffer.from(`..${message}..`);
  const table = createShapeTable();
  table.add(bytes, 2, bytes.length - 2);
  return { durationMs: table.durationMs, trace: bytes.subarray(table.traceStart, table.traceEnd).toString() };
}

test.each([
  ['took 12.5ms', 12.5],
  ['done in 1.2 s', 1200],
  ['35 µs', 0.035],
  ['35µs', 0.035],
  ['waited 2m3s', 123_000],
  ['uptime 1h', 3_600_000],
  ['in 250 milliseconds', 250],
  ['LOG: duration: 1204.123 ms  statement: select 1', 1204.123],
  ['duration_ms=12', 12],
  ['"durationMs":12.5,', 12.5],
  ['elapsed_seconds=0.23', 230],
  ['request_time=0.012 status=200', 12],
  ['status: 200 len: 1893 time: 0.2477829', 247.7829],
  ['took 1,204 ms', 1204],
  ['expired -5ms ago', -5],
])('reads the first duration of %s', (message, ms) => {
  expect(added(message).durationMs).toBeCloseTo(ms, 6);
});

test.each([
  ['connected to 10.0.0.1'],
  ['time: 1611235'],
  ['elapsed=12'],
  ['start_time_ms'],
  ['walked 5 m'],
  ['size 12 MB'],
])('%s tells no duration', (message) => {
  expect(added(message).durationMs).toBeNaN();
});

test('a known shape has the duration of each of its messages', () => {
  const table = createShapeTable();
  const durations = ['took 1 ms', 'took 2 ms', 'idle', 'took 3 ms'].map((message) => {
    table.add(Buffer.from(message), 0, message.length);
    return table.durationMs;
  });
  expect(durations).toEqual([1, 2, Number.NaN, 3]);
});

test.each([
  ['trace_id=4bf92f3577b34da6a3ce929d0e0e4736 ok', '4bf92f3577b34da6a3ce929d0e0e4736'],
  ['{"span_id":"00f067aa0ba902b7","traceId":"4bf92f3577b34da6"}', '4bf92f3577b34da6'],
  ['X-Request-ID: abc123def45', 'abc123def45'],
  ['correlation-id=550e8400-e29b-41d4-a716-446655440000', '550e8400-e29b-41d4-a716-446655440000'],
  ['[req-550e8400-e29b-41d4-a716-446655440000 admin] hello', 'req-550e8400-e29b-41d4-a716-446655440000'],
  ['span_id=00f067aa0ba902b7', ''],
  ['request_id=0 none', ''],
  ['grid id 12', ''],
])('finds the trace of %s', (message, trace) => {
  expect(added(message).trace).toBe(trace);
});
