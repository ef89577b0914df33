import type { LogFinding } from '../../server/protocol/logRecord.ts';
import type { MemoryRecord } from './memoryIndex.ts';

export const injectionKinds = ['new', 'rate', 'silence', 'level', 'latency', 'cascade'] as const;
export type InjectionKind = (typeof injectionKinds)[number];

/** A log with one trouble in it. */
export interface Injection {
  kind: InjectionKind;
  records: MemoryRecord[];
  /** What was done, for a person. */
  text: string;
  /** Whether a finding points at it. */
  isFoundBy(finding: LogFinding): boolean;
}

/**
 * Puts a trouble into a log, anew for each seed.
 * @returns undefined: such a trouble cannot be in such a log (no levels to shift, nothing regular that could stop)
 */
export function injectLog(records: readonly MemoryRecord[], kind: InjectionKind, seed: number): Injection | undefined {
  return injectors[kind](records, createRandom(seed));
}

interface Random {
  /** 0 ≤ x < 1 */
  next(): number;
  /** An integer, both ends inclusive. */
  between(from: number, to: number): number;
  pick<T>(of: readonly T[]): T;
}

/** Mulberry32: small, and good enough to choose places. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    pick: (of) => of[Math.floor(next() * of.length)] as never,
  };
}

type Injector = (records: readonly MemoryRecord[], random: Random) => Injection | undefined;

const NEW: readonly [text: string, level: MemoryRecord['level']][] = [
  ['lease 4411 expired before renewal, giving up ownership of shard 7', 'error'],
  ['write-ahead segment 000A9 failed checksum verification', 'error'],
  ['could not parse certificate chain of peer 10.4.0.9', 'error'],
  ['quota of tenant acme exceeded, requests will be rejected', 'error'],
  ['no space left on device while appending to journal', 'fatal'],
  ['clock skew of 4100 ms against quorum detected', 'warn'],
  ['replica 3 lags 90000 events behind', 'warn'],
  ['descriptor table is 95 percent full', 'warn'],
  ['falling back to degraded mode, cached answers are served', 'warn'],
  ['operator console replaced routing policy by revision 77', 'info'],
];

const injectors: Record<InjectionKind, Injector> = {
  new: (records, random) => {
    const [text, level] = random.pick(NEW);
    const at = placeIn(records, random, 0.3, 0.92);
    const lines = random.between(1, 3);
    const made = Array.from({ length: lines }, (_, number) =>
      like(records, at, { text: text.replace(/\d+$/, `${number}`), level }),
    );
    return injection('new', insert(records, at, made), `${lines} × ${level} "${text}" in record ${at + 1}`, {
      lines: [at + 1, at + lines],
    });
  },

  rate: (records, random) => {
    const bySize = [...counts(records)].filter(([, { count }]) => count >= 20 && count <= records.length / 2);
    for (let attempt = 0; attempt < 40 && bySize.length > 0; attempt += 1) {
      const [template] = random.pick(bySize);
      const from = placeIn(records, random, 0.25, 0.85);
      const to = Math.min(records.length - 2, from + Math.ceil(records.length * (0.03 + 0.07 * random.next())));
      const own = records.slice(from, to).filter((record) => templateOf(record) === template).length;
      if (own < 3 || own > (to - from) * 0.6) continue;
      // Ten times what is there is no higher rate where this message comes in bursts that are as high anyway.
      if (own * 10 < RATE_ABOVE * densest(records, template, from, to)) continue;
      const changed: MemoryRecord[] = [];
      records.forEach((record, at) => {
        changed.push(record);
        if (at < from || at >= to || templateOf(record) !== template) return;
        const next = timeOf(records[Math.min(records.length - 1, at + 1)]) ?? 0;
        for (let more = 1; more < 10; more += 1) {
          const time = timeOf(record);
          changed.push({ ...record, ...(time === undefined ? {} : { time: time + ((next - time) * more) / 10 }) });
        }
      });
      return injection('rate', changed, `10 × "${template}" in records ${from}–${to} (${own} there)`, { template });
    }
    return undefined;
  },

  silence: (records, random) => {
    const regular = [...counts(records)].filter(
      ([template, { count }]) => count >= 20 && variation(records, template) < 0.5,
    );
    const stop = placeIn(records, random, 0.45, 0.8);
    const withBeat = regular.length > 0 && random.next() < 0.6 ? records : withHeartbeat(records, random);
    const template = withBeat === records ? random.pick(regular)[0] : HEARTBEAT;
    const at = withBeat === records ? stop : withBeat.indexOf(records[stop] as MemoryRecord);
    const kept = withBeat.filter((record, place) => place < at || templateOf(record) !== template);
    if (withBeat.length - kept.length < 5) return undefined;
    return injection('silence', kept, `"${template}" stops at record ${at}`, { template, kinds: ['silence'] });
  },

  level: (records, random) => {
    const by = random.next() < 0.5 ? templateOf : (record: MemoryRecord): string => record.component ?? '';
    const groups = new Map<string, { all: number; bad: number }>();
    for (const record of records) {
      const group = groups.get(by(record)) ?? { all: 0, bad: 0 };
      groups.set(by(record), { all: group.all + 1, bad: group.bad + (isBad(record) ? 1 : 0) });
    }
    const fit = [...groups].filter(([name, { all, bad }]) => name !== '' && all >= 60 && bad < all * 0.05);
    if (fit.length === 0 || records.every(({ level }) => level === undefined)) return undefined;
    for (let attempt = 0; attempt < 40; attempt += 1) {
      const [name] = random.pick(fit);
      const from = placeIn(records, random, 0.3, 0.85);
      const to = random.next() < 0.5 ? records.length : from + Math.ceil(records.length * 0.12);
      const share = 0.4 + 0.5 * random.next();
      const level = random.pick(['warn', 'error'] as const);
      const lines: number[] = [];
      let before = 0;
      const templates = new Set<string>();
      const changed = records.map((record, at) => {
        if (by(record) !== name) return record;
        if (at < from) before += 1;
        if (at < from || at >= to || isBad(record) || random.next() > share) return record;
        lines.push(at + 1);
        templates.add(templateOf(record));
        return { ...record, level };
      });
      // What never came before has no level that could shift.
      if (lines.length < 8 || before < MIN_BEFORE) continue;
      return injection(
        'level',
        changed,
        `${lines.length} records of "${name}" become ${level} from record ${from} to ${to}`,
        {
          exact: new Set(lines),
          templates,
        },
      );
    }
    return undefined;
  },

  latency: (records, random) => {
    const timed = new Map<string, number>();
    for (const record of records)
      if ((record.durationMs ?? 0) > 0) timed.set(templateOf(record), (timed.get(templateOf(record)) ?? 0) + 1);
    const fit = [...timed].filter(([template, count]) => count >= 80 && medianOf(records, template) >= 1);
    if (fit.length === 0) return undefined;
    const [template] = random.pick(fit);
    const from = placeIn(records, random, 0.3, 0.75);
    const to = random.next() < 0.5 ? records.length : from + Math.ceil(records.length * 0.2);
    const factor = 3 + 2 * random.next();
    let changes = 0;
    const changed = records.map((record, at) => {
      if (at < from || at >= to || templateOf(record) !== template || record.durationMs === undefined) return record;
      changes += 1;
      return { ...record, durationMs: record.durationMs * factor };
    });
    if (changes < 12) return undefined;
    return injection(
      'latency',
      changed,
      `"${template}" ${factor.toFixed(1)} × as slow, ${changes} records from ${from}`,
      {
        template,
        kinds: ['slow'],
      },
    );
  },

  cascade: (records, random) => {
    const at = placeIn(records, random, 0.3, 0.9);
    const components = [...new Set(records.map(({ component }) => component ?? ''))];
    const [rootText] = NEW[random.between(0, 3)] as (typeof NEW)[number];
    const root = like(records, at, { text: rootText, level: 'error', component: random.pick(components) });
    const followers = [
      'upstream call failed after 3 attempts',
      'request 8812 aborted: dependency unavailable',
      'circuit breaker of backend 4 opened after failures',
      'worker 7 could not commit batch: timeout after 5000 ms',
      'queue consumer 2 rejected message, error 17',
    ].slice(0, random.between(3, 5));
    const size = random.between(25, 80);
    const start = timeOf(root);
    const made = [root];
    for (let number = 0; number < size; number += 1) {
      const text = random.pick(followers).replace(/\d+/g, () => `${random.between(1, 9_999)}`);
      const time = start === undefined ? {} : { time: start + 500 + (20_000 * number) / size };
      made.push({
        ...like(records, at, { text, level: random.next() < 0.8 ? 'error' : 'warn' }),
        ...time,
        component: random.pick(components),
      });
    }
    return injection('cascade', byTime(records, at, made), `"${rootText}" in record ${at + 1}, then ${size} errors`, {
      text: rootText,
    });
  },
};

/** A rate that rose is so many times that of any stretch as long. */
const RATE_ABOVE = 3;

/** A level that shifted was another one for so many records. */
const MIN_BEFORE = 10;

const HEARTBEAT = 'keepalive sent, queue depth <*>';

function withHeartbeat(records: readonly MemoryRecord[], random: Random): MemoryRecord[] {
  const from = timeOf(records.find(({ time }) => time !== undefined));
  const to = timeOf(records.findLast(({ time }) => time !== undefined));
  const beats = random.between(60, 200);
  const level = records.some((record) => record.level) ? ({ level: 'info' } as const) : {};
  const beat = (): MemoryRecord => {
    const text = HEARTBEAT.replace('<*>', `${random.between(0, 99)}`);
    return { text, template: HEARTBEAT, ...level };
  };
  if (from === undefined || to === undefined || to <= from) {
    const every = Math.max(2, Math.round(records.length / beats));
    return records.flatMap((record, at) => (at % every === 0 ? [record, beat()] : [record]));
  }
  const made: MemoryRecord[] = [];
  const every = (to - from) / beats;
  let next = from + every / 2;
  for (const record of records) {
    for (const time = timeOf(record) ?? 0; next < time; next += every)
      made.push({ ...beat(), time: next + every * 0.05 * random.next() });
    made.push(record);
  }
  return made;
}

function injection(
  kind: InjectionKind,
  records: MemoryRecord[],
  text: string,
  truth: {
    lines?: [number, number];
    exact?: ReadonlySet<number>;
    template?: string;
    templates?: ReadonlySet<string>;
    kinds?: LogFinding['kind'][];
    text?: string;
  },
): Injection {
  const lineOf = truth.text === undefined ? -1 : records.findIndex((record) => record.text === truth.text) + 1;
  return {
    kind,
    records,
    text,
    isFoundBy: ({ line, kind: told }) => {
      if (truth.kinds && !truth.kinds.includes(told)) return false;
      if (lineOf > 0) return line === lineOf;
      if (truth.lines && line >= truth.lines[0] && line <= truth.lines[1]) return true;
      if (truth.exact?.has(line)) return true;
      const there = records[line - 1];
      const template = there ? templateOf(there) : '';
      if (truth.templates) return told === 'burst' && truth.templates.has(template);
      return truth.template !== undefined && template === truth.template;
    },
  };
}

/** The log as lines of JSON, one a record, for an index that reads them itself. */
export function writeLog(records: readonly MemoryRecord[]): string {
  const lines = records.map(({ text, time, level, component, durationMs, trace }) =>
    JSON.stringify({
      ...(time === undefined ? {} : { time: new Date(time).toISOString() }),
      ...(level === undefined ? {} : { level }),
      ...(component ? { component } : {}),
      ...(durationMs === undefined ? {} : { durationMs }),
      ...(trace === undefined ? {} : { traceId: trace }),
      msg: text,
    }),
  );
  return `${lines.join('\n')}\n`;
}

function templateOf({ template, text }: MemoryRecord): string {
  return template ?? text.replace(/\d+/g, '<*>');
}

function timeOf(record: MemoryRecord | undefined): number | undefined {
  return record?.time === undefined ? undefined : new Date(record.time).getTime();
}

function isBad({ level }: MemoryRecord): boolean {
  return level === 'warn' || level === 'error' || level === 'fatal';
}

function counts(records: readonly MemoryRecord[]): Map<string, { count: number }> {
  const found = new Map<string, { count: number }>();
  for (const record of records) {
    const entry = found.get(templateOf(record));
    if (entry) entry.count += 1;
    else found.set(templateOf(record), { count: 1 });
  }
  return found;
}

/** How often a template occurs at most in a stretch as long as [from, to) outside of it. */
function densest(records: readonly MemoryRecord[], template: string, from: number, to: number): number {
  let most = 0;
  let inside = 0;
  let start = 0;
  for (const [at, record] of records.entries()) {
    if (at === to) start = to;
    if (at === from || at === to) inside = 0;
    if (at >= from && at < to) continue;
    if (templateOf(record) === template) inside += 1;
    for (; at - start >= to - from; start += 1)
      if (templateOf(records[start] as MemoryRecord) === template) inside -= 1;
    most = Math.max(most, inside);
  }
  return most;
}

function placeIn(records: readonly MemoryRecord[], random: Random, from: number, to: number): number {
  return Math.floor(records.length * (from + (to - from) * random.next()));
}

/** A record as it would stand there: at that time, of a component that is there. */
function like(
  records: readonly MemoryRecord[],
  at: number,
  { text, level, component }: { text: string; level: MemoryRecord['level']; component?: string },
): MemoryRecord {
  const there = records[Math.max(0, at - 1)] as MemoryRecord;
  const hasLevels = records.some((record) => record.level !== undefined);
  const name = component ?? there.component;
  return {
    text,
    ...(there.time === undefined ? {} : { time: there.time }),
    ...(hasLevels && level ? { level } : {}),
    ...(name === undefined ? {} : { component: name }),
  };
}

function insert(records: readonly MemoryRecord[], at: number, made: readonly MemoryRecord[]): MemoryRecord[] {
  return [...records.slice(0, at), ...made, ...records.slice(at)];
}

/** Mixes records into those after a place, by their times. */
function byTime(records: readonly MemoryRecord[], at: number, made: readonly MemoryRecord[]): MemoryRecord[] {
  const mixed = records.slice(0, at);
  let next = 0;
  for (const record of records.slice(at)) {
    const time = timeOf(record) ?? Number.POSITIVE_INFINITY;
    while (next < made.length && (timeOf(made[next]) ?? 0) <= time) {
      mixed.push(made[next] as MemoryRecord);
      next += 1;
    }
    mixed.push(record);
  }
  return [...mixed, ...made.slice(next)];
}

function gapsOf(records: readonly MemoryRecord[], template: string): number[] {
  const times = records.filter((record) => templateOf(record) === template).map(timeOf);
  return times.slice(1).map((time, at) => (time ?? 0) - (times[at] ?? 0));
}

function variation(records: readonly MemoryRecord[], template: string): number {
  const gaps = gapsOf(records, template);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  return mean > 0 ? Math.sqrt(variance) / mean : Number.POSITIVE_INFINITY;
}

function medianOf(records: readonly MemoryRecord[], template: string): number {
  const values = records
    .filter((record) => templateOf(record) === template && record.durationMs !== undefined)
    .map(({ durationMs }) => durationMs ?? 0)
    .sort((a, b) => a - b);
  return values[values.length >> 1] ?? 0;
}
