import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { LevelName } from '../../server/logs/levels.ts';
import type { MemoryRecord } from './memoryIndex.ts';

/** A log as records, read by the simplest means there are: what is tested is what is made of records, not how they are read. */
export interface SampleLog {
  name: string;
  records: MemoryRecord[];
}

const FIXTURES = join(import.meta.dirname, '../fixtures/logs/findings');
const LOGHUB = join(import.meta.dirname, '../../../shared/data/loghub');

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Logs that real programs wrote: see the README beside them. */
export function ownSamples(): SampleLog[] {
  return readdirSync(FIXTURES)
    .filter((file) => file.endsWith('.log.gz'))
    .sort()
    .map((file) => {
      const name = file.replace('.log.gz', '');
      const read = readers[name.split('-')[0] ?? ''];
      if (!read) throw new Error(`no reader for ${file}`);
      const lines = gunzipSync(readFileSync(join(FIXTURES, file)))
        .toString('utf8')
        .split('\n');
      return { name, records: lines.filter((line) => line !== '').map(read) };
    });
}

/** The samples of LogHub with their true templates; none where they are not on the machine. */
export function loghubSamples(): SampleLog[] {
  if (!existsSync(LOGHUB)) return [];
  return readdirSync(LOGHUB)
    .filter((file) => file.endsWith('.csv'))
    .sort()
    .map((file) => {
      const name = file.replace('.csv', '');
      const lines = readFileSync(join(LOGHUB, `${name}.log`), 'utf8').split('\n');
      const [head, ...rows] = csv(readFileSync(join(LOGHUB, file), 'utf8'));
      const cell = (row: readonly string[], column: string): string => row[head?.indexOf(column) ?? -1] ?? '';
      return {
        name: `loghub ${name}`,
        records: rows
          .filter((row) => row.length > 3)
          .map((row) => {
            const time = timeIn(lines[Number(cell(row, 'line')) - 1] ?? '');
            return {
              text: cell(row, 'content'),
              template: cell(row, 'templateCorrected'),
              ...(time === undefined ? {} : { time }),
              ...leveled(cell(row, 'level')),
              component: cell(row, 'component'),
            };
          }),
      };
    });
}

const readers: Record<string, (line: string) => MemoryRecord> = {
  pino: (line) => {
    const { level, time, component, msg, durationMs, traceId } = JSON.parse(line);
    const names: Record<number, LevelName> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
    return {
      text: msg,
      template: mask(msg),
      time,
      level: names[level as number] ?? 'info',
      component,
      ...(durationMs === undefined ? {} : { durationMs }),
      ...(traceId === undefined ? {} : { trace: traceId }),
    };
  },
  winston: (line) => {
    const [, time = '', level = '', component = '', text = ''] = /^(\S+) (\S+) \[(.*?)\] (.*)$/.exec(line) ?? [];
    return { text, template: mask(text), time, ...leveled(level), component };
  },
  nginx: (line) => {
    const access = /^\S+ - \S+ \[(.*?)\] "(.*?)" (\d+) .* rt=([\d.]+)$/.exec(line);
    if (access) {
      const [, when = '', request = '', status = '', seconds = ''] = access;
      const [, day = '', month = '', year = '', clock = ''] = /^(\d+)\/(\w+)\/(\d+):(\S+)/.exec(when) ?? [];
      const text = `${request.replace(/\?\S*/, '')} ${status}`;
      return {
        text,
        template: text,
        time: Date.parse(`${year}-${String(MONTHS.indexOf(month) + 1).padStart(2, '0')}-${day}T${clock}Z`),
        level: Number(status) >= 500 ? 'error' : Number(status) >= 400 ? 'warn' : 'info',
        durationMs: Number(seconds) * 1000,
      };
    }
    const [, time = '', level = '', text = line] = /^(\S+ \S+) \[(\w+)\] \S+ (?:\*\d+ )?(.*)$/.exec(line) ?? [];
    return { text, template: mask(text), time: Date.parse(`${time.replaceAll('/', '-')}Z`), ...leveled(level) };
  },
  postgres: (line) => {
    const [, time = '', level = '', text = ''] = /^(\S+ \S+) UTC \[\d+\] (?:\S+@\S+ )?(\w+): {2}(.*)$/.exec(line) ?? [];
    const duration = /duration: ([\d.]+) ms/.exec(text)?.[1];
    return {
      text: text || line,
      template: mask(text || line),
      ...(time ? { time: Date.parse(`${time.replace(' ', 'T')}Z`) } : {}),
      ...leveled(level === 'LOG' ? 'INFO' : level === 'STATEMENT' ? '' : level),
      ...(duration ? { durationMs: Number(duration) } : {}),
    };
  },
  dpkg: (line) => {
    const text = line.slice(20);
    const kind =
      /^(\S+)(?: (unpacked|half-\w+|installed|triggers-\w+|config-files|not-installed|\w+))?/.exec(text)?.[0] ?? text;
    return {
      text,
      template: text.startsWith('status') ? `${kind} <*> <*>` : `${text.split(' ')[0]} <*>`,
      time: `${line.slice(0, 10)}T${line.slice(11, 19)}Z`,
    };
  },
};

function leveled(word: string): { level?: LevelName } {
  const level = levelOf(word);
  return level ? { level } : {};
}

function levelOf(word: string): LevelName | undefined {
  const names: Record<string, LevelName> = {
    V: 'trace',
    D: 'debug',
    I: 'info',
    W: 'warn',
    E: 'error',
    F: 'fatal',
    DEBUG: 'debug',
    INFO: 'info',
    NOTICE: 'notice',
    WARN: 'warn',
    WARNING: 'warn',
    ERROR: 'error',
    SEVERE: 'error',
    FATAL: 'fatal',
    FAILURE: 'fatal',
    PANIC: 'fatal',
    CRIT: 'fatal',
  };
  return names[word.toUpperCase()];
}

/** Coarse: good enough for logs whose variables are numbers, addresses, paths and quoted words. */
function mask(text: string): string {
  return text
    .replace(/\b[a-z\d]+:\/\/\S+/g, '<*>')
    .replace(/"[^"]*"|'[^']*'/g, '<*>')
    .replace(/(?<=user )\w+/g, '<*>')
    .replace(/\b[\da-f]{8,}\b/g, '<*>')
    .replace(/\d+(?:[.,:/]\d+)*/g, '<*>');
}

function timeIn(header: string): number | undefined {
  const patterns: [RegExp, (parts: string[]) => string][] = [
    [/(\d{4})-(\d\d)-(\d\d)[ -](\d\d)[.:](\d\d)[.:](\d\d)/, ([, y, m, d, h, n, s]) => `${y}-${m}-${d}T${h}:${n}:${s}Z`],
    [/\b(\d\d)\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d)/, ([, y, m, d, h, n, s]) => `20${y}-${m}-${d}T${h}:${n}:${s}Z`],
    [/\b(\d\d)(\d\d)(\d\d) (\d\d)(\d\d)(\d\d)\b/, ([, y, m, d, h, n, s]) => `20${y}-${m}-${d}T${h}:${n}:${s}Z`],
    [/\b(\d\d)[-.](\d\d) (\d\d):(\d\d):(\d\d)/, ([, m, d, h, n, s]) => `2026-${m}-${d}T${h}:${n}:${s}Z`],
    [
      /\b([A-Z][a-z]{2}) +(\d+) (\d\d):(\d\d):(\d\d)/,
      ([, m = '', d = '', h, n, s]) =>
        `2026-${String(MONTHS.indexOf(m) + 1).padStart(2, '0')}-${d.padStart(2, '0')}T${h}:${n}:${s}Z`,
    ],
  ];
  for (const [pattern, iso] of patterns) {
    const parts = pattern.exec(header);
    const time = parts ? Date.parse(iso([...parts])) : Number.NaN;
    if (!Number.isNaN(time)) return time;
  }
  return undefined;
}

function csv(text: string): string[][] {
  const rows: string[][] = [];
  for (const line of text.split(/\r?\n/)) {
    const row: string[] = [];
    for (const [, quoted, plain] of line.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/g))
      row.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    rows.push(row);
  }
  return rows;
}
