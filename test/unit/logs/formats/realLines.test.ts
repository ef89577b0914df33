import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../../../server/logs/formats/detectFormat.ts';
import { formatOf } from '../../../../server/logs/formats/formatOf.ts';
import { type ReadRecord, readLog } from '../../../support/readLog.ts';

/** Lines that real programs wrote, with what they said beside them: see test/fixtures/logs/make. */
const FOLDER = path.resolve('test/fixtures/logs/text');
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.log'))
  .map((file) => file.slice(0, -4));

interface Facts {
  /** Of the detected plan. */
  id?: string;
  modified?: string;
  zoneMinutes?: number;
}
type Expected = Partial<ReadRecord> & { line: number };

function expectedOf(name: string): { facts: Facts; records: Expected[] } {
  const [facts, ...records] = readFileSync(path.join(FOLDER, `${name}.expected.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { facts, records };
}

/** How a record differs from what its program said; undefined: it does not. A column that is absent is not expected. */
function difference(expected: Expected, found: ReadRecord | undefined): string | undefined {
  if (!found) return `line ${expected.line} begins no record`;
  for (const key of ['time', 'level', 'component', 'message', 'durationMs', 'trace', 'lines'] as const)
    if (expected[key] !== undefined && (expected[key] ?? undefined) !== found[key])
      return `line ${expected.line}: ${key} is ${JSON.stringify(found[key])}, not ${JSON.stringify(expected[key])}`;
  return undefined;
}

describe('lines of real programs', () => {
  it.each(names)('%s', (name) => {
    const { facts, records } = expectedOf(name);
    const bytes = new Uint8Array(readFileSync(path.join(FOLDER, `${name}.log`)));
    const plan = detectFormat(bytes.subarray(0, 262_144), {
      name: `${name}.log`,
      ...(facts.modified ? { modified: new Date(facts.modified) } : {}),
      ...(facts.zoneMinutes ? { zoneMinutes: facts.zoneMinutes } : {}),
    });
    if (facts.id) expect(plan.id).toBe(facts.id);
    const found = readLog(formatOf(plan), bytes);
    const byLine = new Map(found.map((record) => [record.line, record]));
    const differences = records.flatMap((record) => difference(record, byLine.get(record.line)) ?? []);
    const lines = new Set(records.map(({ line }) => line));
    const tooMany = found.filter(({ line }) => !lines.has(line)).map(({ line }) => `line ${line} begins a record`);
    const wrong = [...differences, ...tooMany];
    // 98 of 100 lines have to be right; what is wrong is shown.
    expect(wrong.length > records.length * 0.02 ? [plan.title, plan.options, ...wrong.slice(0, 8)] : []).toEqual([]);
  });
});
