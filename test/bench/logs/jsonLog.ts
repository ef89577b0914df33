import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { seededRandom } from '../../support/seededRandom.ts';

const COMPONENTS = ['AgentManager', 'http', 'db.pool', 'cache', 'scheduler', 'auth', 'billing', 'search'];
const MESSAGES = [
  (n: number) => `request ${n} handled`,
  (n: number) => `query of table_${n % 40} took longer than expected`,
  (n: number) => `connect to 10.0.${n % 256}.${n % 199} refused`,
  (n: number) => `job ${n} failed: exception in worker ${n % 16}`,
  (n: number) => `cache miss for key user:${n}`,
];

/** Writes JSON lines as a service writes them: with a level, a component and a duration, 3 % of them errors. */
export async function writeJsonLog(file: string, lines: number): Promise<void> {
  const random = seededRandom(42);
  const stream = createWriteStream(file);
  const start = Date.parse('2026-11-24T00:00:00Z');
  let batch = '';
  for (let line = 0; line < lines; line += 1) {
    const n = random.whole(1_000_000);
    const kind = random.chance(3) ? 3 : random.pick([0, 0, 0, 0, 1, 2, 4]);
    batch += `${JSON.stringify({
      time: new Date(start + line * 37).toISOString(),
      level: kind === 3 ? 'error' : random.pick(['info', 'info', 'debug', 'warn']),
      component: random.pick(COMPONENTS),
      msg: MESSAGES[kind]?.(n),
      duration_ms: random.whole(random.chance(5) ? 5_000 : 400),
      req: {
        id: `${n.toString(16).padStart(8, '0')}-${line}`,
        method: random.pick(['GET', 'POST']),
        status: random.pick([200, 200, 404, 500]),
      },
    })}\n`;
    if (batch.length < 1 << 20) continue;
    if (!stream.write(batch)) await once(stream, 'drain');
    batch = '';
  }
  stream.end(batch);
  await once(stream, 'finish');
}
