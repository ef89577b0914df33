/** Milliseconds of a minute and of an hour. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const articles = ['mug-blue', 'mug-white', 'poster-a2', 'tote-bag', 'notebook-a5', 'pen-set', 'lamp-oak'];

export interface DemoHistoryOptions {
  /** The moment that the history leads up to. */
  now: Date;
  /** Where the inventory service answers, as the service's `.env` has it. */
  inventoryUrl: string;
}

/**
 * What the log of a service that ran for a day and a half holds: traffic, and in the middle of it an evening on which the
 * inventory service was down, with ten times more error lines than today's fault leaves. That trouble is over; a reader who
 * counts errors is misled by it. The text is the same for the same arguments.
 */
export function demoHistory({ now, inventoryUrl }: DemoHistoryOptions): string {
  const random = sequence(20_260_417);
  const line = (msAgo: number, level: string, message: string): string =>
    `${new Date(now.getTime() - msAgo).toISOString()} ${level.padEnd(5)} [shop-api] ${message}\n`;
  const article = (): string => articles[Math.floor(random() * articles.length)] ?? 'mug-blue';
  const request = (msAgo: number): string =>
    line(msAgo, 'INFO', `GET /stock/${article()} 200 ${(2 + random() * 30).toFixed(1)}ms`);

  const address = new URL(inventoryUrl).host;
  let log = line(36 * HOUR, 'INFO', 'starting shop-api 2.4.1');
  for (let ago = 36 * HOUR - MINUTE; ago > 27 * HOUR; ago -= 4 * MINUTE + random() * MINUTE) log += request(ago);
  for (let ago = 27 * HOUR; ago > 26.5 * HOUR; ago -= 25_000 + random() * 5_000) {
    const failed = article();
    log += line(ago, 'ERROR', `stock of ${failed}: inventory: connect ECONNREFUSED ${address}`);
    log += line(ago - 3, 'INFO', `GET /stock/${failed} 502 ${(1 + random() * 3).toFixed(1)}ms`);
  }
  for (let ago = 26.4 * HOUR; ago > 35 * MINUTE; ago -= 5 * MINUTE + random() * MINUTE) log += request(ago);
  return log + line(31 * MINUTE, 'INFO', 'received SIGTERM, closing');
}

/** A small linear congruential generator (Numerical Recipes' constants): numbers in [0, 1), the same for the same seed. */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
