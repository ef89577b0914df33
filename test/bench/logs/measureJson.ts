import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { detectFormat } from '../../../server/logs/formats/detectFormat.ts';
import { formatOf } from '../../../server/logs/formats/formatOf.ts';
import { createHead, type LogFormat, resetHead } from '../../../server/logs/formats/logFormat.ts';
import { ERROR } from '../../../server/logs/levels.ts';
import { type Measure, median } from '../measure.ts';

const LINES = 200_000;
const ROUNDS = 7;
const COMPONENT = 'AgentManager';
const SLOW_MS = 1000;

/**
 * Filtering JSON lines by level, component and duration: the scan of the format alone (splitting lines, reading each
 * head), against JSON.parse of every line and against jq over the same file. CPU time, this process' own rounds alternating.
 */
export async function measureJson(): Promise<Measure[]> {
  const text = pinoLines();
  const bytes = Buffer.from(text);
  const format = formatOf(detectFormat(bytes.subarray(0, 262_144)));
  const ours: number[] = [];
  const parses: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const scanned = cpuOf(() => countByScan(bytes, format));
    const parsed = cpuOf(() => countByParse(bytes));
    if (scanned.result !== parsed.result) throw new Error(`${scanned.result} records found, ${parsed.result} expected`);
    // The first rounds warm the compiler up.
    if (round < 2) continue;
    ours.push(scanned.ms);
    parses.push(parsed.ms);
  }
  const scan = median(ours);
  const parse = median(parses);
  const jq = cpuOfJq(text);
  const each = `${((scan / LINES) * 1e6).toFixed(0)} ns a line of ${Math.round(bytes.length / LINES)} bytes`;
  return [
    { title: 'JSON lines, of JSON.parse', unit: '×', limit: 0.4, value: scan / parse, remark: each },
    {
      title: 'JSON lines, of jq',
      unit: '×',
      limit: 0.1,
      value: jq === undefined ? undefined : scan / jq,
      remark: jq === undefined ? 'jq is not installed' : `jq ${(jq / 1000).toFixed(1)} s`,
    },
  ];
}

/** What pino and pino-http write for requests, about 260 bytes a line. */
function pinoLines(): string {
  const levels = [30, 30, 30, 40, 50];
  const names = [COMPONENT, 'http.server', 'db.pool'];
  return Array.from({ length: LINES }, (_, number) =>
    JSON.stringify({
      level: levels[number % 5],
      time: 1_700_000_000_000 + number * 13,
      pid: 4121,
      hostname: 'web-1',
      name: names[number % 3],
      req: { id: `req-${number}`, method: 'GET', url: `/api/users/${number}`, remoteAddress: `10.0.0.${number % 250}` },
      res: { statusCode: 200 },
      responseTime: (number * 7) % 2000,
      msg: `request completed for user "${number}"`,
    }),
  ).join('\n');
}

function countByScan(bytes: Buffer, format: LogFormat): number {
  const head = createHead();
  const component = Buffer.from(COMPONENT);
  let count = 0;
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(10, start);
    const end = feed < 0 ? bytes.length : feed;
    resetHead(head, start, end);
    format.parse(bytes, start, end, head);
    if (
      head.level >= ERROR &&
      head.durationMs > SLOW_MS &&
      bytes.compare(component, 0, component.length, head.componentStart, head.componentEnd) === 0
    )
      count += 1;
    start = end + 1;
  }
  return count;
}

function countByParse(bytes: Buffer): number {
  let count = 0;
  for (const line of bytes.toString('utf8').split('\n')) {
    const { level, name, responseTime } = JSON.parse(line);
    if (level >= 50 && responseTime > SLOW_MS && name === COMPONENT) count += 1;
  }
  return count;
}

function cpuOf<Result>(run: () => Result): { ms: number; result: Result } {
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1000, result };
}

/** CPU time of jq in ms; undefined: it is not installed. */
function cpuOfJq(text: string): number | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'tektra-bench-json-'));
  try {
    const file = path.join(folder, 'pino.log');
    writeFileSync(file, text);
    const filter = `select(.level >= 50 and .name == "${COMPONENT}" and .responseTime > ${SLOW_MS}) | 1`;
    const times = execFileSync('sh', ['-c', `jq -c '${filter}' "$0" >/dev/null && times`, file], { encoding: 'utf8' });
    // The second line holds the children's user and system time.
    const [user = 0, system = 0] = [...(times.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)].map(
      ([, minutes, seconds]) => Number(minutes) * 60_000 + Number(seconds) * 1000,
    );
    return user + system;
  } catch (error) {
    if ((error as { status?: number }).status === 127) return undefined;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { title, unit, limit, value, remark } of await measureJson())
    console.log(`${title}: ${value?.toFixed(3)} ${unit}, limit ${limit} (${remark})`);
}
