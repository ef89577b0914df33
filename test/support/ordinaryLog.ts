import type { MemoryRecord } from './memoryIndex.ts';

/** When it begins. */
export const START = Date.UTC(2026, 10, 24, 10, 0, 0);

/** Four kinds of ordinary work for an hour, one record a second, with a heartbeat every 30 s. */
export function ordinary(seconds = 3_600): MemoryRecord[] {
  return Array.from({ length: seconds }, (_, second): MemoryRecord => {
    const time = START + second * 1000;
    if (second % 30 === 7) return { text: `heartbeat ${second}`, time, level: 'info', component: 'health' };
    const kind = (second * 7) % 4;
    const component = ['http', 'cache', 'db', 'auth'][kind] as string;
    const text = [
      `GET /users ${second}`,
      `hit for key ${second}`,
      `query of ${second} rows`,
      `login of user ${second}`,
    ];
    return { text: text[kind] as string, time, level: 'info', component, durationMs: 20 + ((second * 13) % 17) };
  });
}

/** Records put in at a place, with the time of that place unless they tell their own. */
export const insert = (records: MemoryRecord[], at: number, ...made: MemoryRecord[]): MemoryRecord[] => [
  ...records.slice(0, at),
  ...made.map((record) => ({ time: records[at]?.time as number, ...record })),
  ...records.slice(at),
];
