import { closeSync, openSync, writeSync } from 'node:fs';
import { seededRandom } from '../../support/randomLog.ts';

/** The kinds of messages, some far more frequent than others, as services write them. */
const MESSAGES: readonly ((random: () => number) => string)[] = [
  (r) =>
    `Receiving block blk_${number(r, 1e18)} src: /10.251.${number(r, 256)}.${number(r, 256)}:${number(r, 65536)} dest: /10.251.${number(r, 256)}.${number(r, 256)}:50010`,
  (r) => `PacketResponder ${number(r, 3)} for block blk_${number(r, 1e18)} terminating`,
  (r) =>
    `Received block blk_${number(r, 1e18)} of size ${number(r, 67108864)} from /10.251.${number(r, 256)}.${number(r, 256)}`,
  (r) =>
    `BLOCK* NameSystem.addStoredBlock: blockMap updated: 10.251.${number(r, 256)}.${number(r, 256)}:50010 is added to blk_${number(r, 1e18)} size ${number(r, 67108864)}`,
  (r) => `Verification succeeded for blk_${number(r, 1e18)}`,
  (r) =>
    `Served GET /api/v1/orders/${number(r, 1e6)} with status 200 in ${number(r, 900)} ms for user ${number(r, 1e5)}`,
  (r) => `Connection ${number(r, 1e5)} to db-${number(r, 9)}.internal:5432 is idle for ${number(r, 600)} s, closing it`,
  (r) => `Cache miss for key session:${hex(r)} in region eu-central-1, loading from the store`,
  (r) =>
    `Retrying request ${hex(r)} to http://billing.internal:8080/invoices/${number(r, 1e6)}, attempt ${number(r, 5)}`,
  (r) =>
    `Writing checkpoint ${number(r, 1e6)} to /var/lib/app/checkpoints/${number(r, 1e4)}.bin took ${number(r, 4000)} ms`,
];

const COMPONENTS = [
  'dfs.DataNode$PacketResponder',
  'dfs.FSNamesystem',
  'com.example.orders.OrderService',
  'com.example.db.Pool',
  'org.example.cache.SessionCache',
  'com.example.http.Client',
];
const TRACE = [
  'java.lang.IllegalStateException: pool exhausted after 30000 ms',
  '\tat com.example.db.Pool.acquire(Pool.java:118)',
  '\tat com.example.orders.OrderService.load(OrderService.java:74)',
  '\tat com.example.http.Router.handle(Router.java:203)',
];

/** Writes that many lines of a log4j-like log of about 140 bytes a line; the same for the same number. */
export function writeLogFile(file: string, lines: number): void {
  const random = seededRandom(20_261_124);
  const descriptor = openSync(file, 'w');
  let time = Date.UTC(2026, 10, 24);
  let text = '';
  for (let line = 0; line < lines; ) {
    time += number(random, 20);
    const stamp = new Date(time).toISOString().replace('T', ' ').replace('.', ',').slice(0, 23);
    const kind = random();
    const level = kind < 0.002 ? 'ERROR' : kind < 0.02 ? 'WARN ' : kind < 0.1 ? 'DEBUG' : 'INFO ';
    const component = COMPONENTS[number(random, COMPONENTS.length)];
    const message = MESSAGES[Math.floor(random() ** 2 * MESSAGES.length)]?.(random);
    text += `${stamp} ${level} [worker-${number(random, 32)}] ${component}: ${message}\n`;
    line += 1;
    if (level === 'ERROR') {
      text += `${TRACE.join('\n')}\n`;
      line += TRACE.length;
    }
    if (text.length > 1 << 20) {
      writeSync(descriptor, text);
      text = '';
    }
  }
  writeSync(descriptor, text);
  closeSync(descriptor);
}

function number(random: () => number, below: number): number {
  return Math.floor(random() * below);
}

function hex(random: () => number): string {
  return (
    Math.floor(random() * 0x1000000)
      .toString(16)
      .padStart(6, '0') + Math.floor(random() * 0x1000000).toString(16)
  );
}
