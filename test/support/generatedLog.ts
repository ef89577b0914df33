import { type LevelName, levelCode } from '../../server/logs/levels.ts';
import type { LogRow } from '../../server/protocol/logs.ts';

/** A log that is worked out and held nowhere: any number of records, each told by its number alone. */
export interface GeneratedLog {
  count: number;
  /** ms since the epoch of the first record. */
  readonly start: number;
  templateOf(record: number): number;
  timeOf(record: number): number;
  rowOf(record: number): LogRow;
}

interface GeneratedTemplate {
  text: string;
  level: LevelName;
  component: string;
  /** Of 10,000 records. */
  share: number;
  durations?: boolean;
  /** Lines below the first. */
  trace?: readonly string[];
  mark?: 'new' | 'rare';
}

export const HOSTILE = '<img src=x onerror="document.title=1"> \u202Egnp.exe \u001b[31mred\u0000';

/** `<*>` stands for a number. */
export const generatedTemplates: readonly GeneratedTemplate[] = [
  { text: 'GET /api/v1/items/<*> 200 in <*> ms', level: 'info', component: 'http', share: 4200, durations: true },
  { text: 'POST /api/v1/orders 201 in <*> ms', level: 'info', component: 'http', share: 1900, durations: true },
  { text: 'cache hit for key session:<*>', level: 'debug', component: 'cache', share: 1800 },
  { text: 'job <*> finished in <*> ms', level: 'info', component: 'worker', share: 1400, durations: true },
  {
    text: 'slow query took <*> ms: SELECT * FROM orders WHERE customer = <*>',
    level: 'warn',
    component: 'db.pool',
    share: 240,
    durations: true,
  },
  {
    text: 'connection to 10.0.0.<*>:5432 refused after <*> retries',
    level: 'error',
    component: 'db.pool',
    share: 60,
    trace: [
      'java.net.ConnectException: Connection refused',
      '\tat com.shop.db.Pool.open(Pool.java:118)',
      '\tat com.shop.db.Pool.take(Pool.java:74)',
      '\tat com.shop.orders.OrderService.place(OrderService.java:42)',
    ],
  },
  { text: 'login failed for user <*> from 192.168.7.<*>', level: 'warn', component: 'auth', share: 150 },
  { text: 'heap <*> MB after sweep', level: 'trace', component: 'gc', share: 200 },
  { text: 'configuration reloaded from /etc/shop/app.yaml', level: 'notice', component: 'main', share: 40 },
  { text: 'charge <*> declined: issuer timed out', level: 'error', component: 'payment', share: 9, mark: 'new' },
  { text: HOSTILE, level: 'info', component: '<b>x</b>', share: 1, mark: 'rare' },
];

/** Records of the new template come only behind this share of the log. */
export const NEW_FROM = 0.62;
/** Behind this share nothing was logged for half an hour. */
export const GAP_FROM = 0.4;
const GAP_MS = 30 * 60_000;
/** Between these shares every other record is an error. */
export const BURST: readonly [number, number] = [0.7, 0.704];
const STEP_MS = 4;
const START = Date.UTC(2026, 10, 24, 6, 0, 0);
const SHARES = generatedTemplates.reduce((sum, { share }) => sum + share, 0);

const wheel = generatedTemplates.flatMap(({ share }, template) => Array<number>(share).fill(template));
const codes = generatedTemplates.map(({ level }) => levelCode(level));

export function generatedLog(count: number): GeneratedLog {
  const size = count;
  const log: GeneratedLog = {
    count,
    start: START,
    templateOf(record) {
      const share = record / size;
      if (share >= BURST[0] && share < BURST[1] && record % 2 === 0) return 5;
      const template = wheel[mix(record) % SHARES] ?? 0;
      return template === 9 && share < NEW_FROM ? 0 : template;
    },
    timeOf: (record) => START + record * STEP_MS + (record >= size * GAP_FROM ? GAP_MS : 0),
    rowOf(record) {
      const number = log.templateOf(record);
      const template = generatedTemplates[number];
      if (!template) throw new Error(`no template ${number}`);
      const values = parametersOf(record, template.text);
      const duration = template.durations ? Number(values.at(template.text.startsWith('slow') ? 0 : -1)) : undefined;
      return {
        record,
        source: 0,
        line: record + 1,
        time: log.timeOf(record),
        level: codes[number] ?? 0,
        component: template.component,
        message: fill(template.text, values),
        moreLines: template.trace?.length ?? 0,
        ...(duration === undefined ? {} : { durationMs: duration }),
        template: number,
        ...(template.mark ? { mark: template.mark } : {}),
      };
    },
  };
  return log;
}

/** Values of a record's `<*>`, in order. */
export function parametersOf(record: number, text: string): string[] {
  return text
    .split('<*>')
    .slice(1)
    .map((_, at) => String(mix(record * 7 + at) % (text.startsWith('connection') ? 9 : 2400)));
}

function fill(text: string, values: readonly string[]): string {
  return text
    .split('<*>')
    .map((part, at) => part + (values[at] ?? ''))
    .join('');
}

/** A number without a pattern, always the same for the same one. */
function mix(value: number): number {
  let hash = Math.imul(value ^ 0x9e3779b9, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
