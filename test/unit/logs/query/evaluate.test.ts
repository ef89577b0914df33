import { describe, expect, it } from 'vitest';
import type { LogFormat } from '../../../../server/logs/formats/logFormat.ts';
import { parseQuery } from '../../../../server/logs/query/parseQuery.ts';
import { openView, runQuery } from '../../../../server/logs/query/runQuery.ts';
import { type GrowingRecord, growingIndex } from '../../../support/growingIndex.ts';
import { fieldsOf, referenceMatches } from '../../../support/referenceQuery.ts';
import { type SeededRandom, seededRandom } from '../../../support/seededRandom.ts';

const formatOf = (): LogFormat => ({
  id: 'json',
  title: 'JSON lines',
  parse: () => true,
  fields: fieldsOf,
  message: (text) => String(fieldsOf(text).msg ?? text),
});

const words = [
  'timeout',
  'Connection refused',
  'ok',
  'user=42',
  'ERROR in x',
  'größe',
  'aaa',
  'aab',
  'x.y',
  '(b)',
  'é',
];
const levels = [undefined, 'debug', 'info', 'warn', 'error', 'fatal'] as const;

function randomRecord(random: SeededRandom): GrowingRecord {
  const trace = random.chance(30) ? random.pick(['4bf92f', '00aa11', 'ffee']) : undefined;
  // A trace stands in the text of its record.
  const msg = `${random.pick(words)} ${trace === undefined ? '' : `${trace} `}${random.pick(words)} ${random.whole(30)}`;
  const status = random.pick([200, 404, 500, '500', 'bad', null, undefined]);
  const json = JSON.stringify({ msg, status, req: { method: random.pick(['GET', 'post']), ms: random.whole(2_000) } });
  const text = random.chance(50) ? json : random.chance(20) ? `${msg}\n\tat Main.java:${random.whole(9)}` : msg;
  const level = random.pick([...levels, 'none' as const]);
  return {
    text,
    ...(trace === undefined ? {} : { trace }),
    ...(level === undefined || level === 'none' ? {} : { level }),
    ...(random.chance(80) ? { time: 1_700_000_000_000 + random.whole(1_000_000) } : {}),
    ...(random.chance(70) ? { component: random.pick(['AgentManager', 'agentPool', 'db', 'http.server']) } : {}),
    ...(random.chance(40) ? { durationMs: random.pick([0.1, 100.1, 500, 1_000, 1_500.5]) } : {}),
    ...(random.chance(10) ? { errorGroup: random.pick(['IOException: closed', 'TimeoutException']) } : {}),
  };
}

const terms = [
  'timeout',
  '"connection refused"',
  'user=42',
  'größe',
  'GRÖ',
  'a*b',
  'conn*sed',
  '(b)',
  '/err|refused/i',
  '/^at|^ok/',
  '/\\bok \\d+$/',
  '/[aé]{2,}/',
  'level:error',
  'level>=warn',
  'level<info',
  'level:none',
  'level:(debug OR fatal)',
  'component:agent*',
  'component:db',
  'component:/Pool$/',
  'component!=db',
  'duration>500',
  'duration:100.1',
  'duration:0.1s..1s',
  'duration<=1s',
  'trace:4bf*',
  'trace:FFEE',
  'trace:/^00/',
  'group:*exception*',
  'line:3..40',
  'line:17',
  'file:app.log',
  'file:b*',
  'has:trace',
  'has:duration',
  'has:stack',
  'has:status',
  'status>=500',
  'status:500',
  'status!=200',
  'status:bad',
  'req.method:get',
  'req.method=="POST"',
  'fields.req.ms<900',
  'req.ms:100..1500',
  'message:timeout',
  'message:/refused \\d/i',
  'Main.java:3',
] as const;

function randomQuery(random: SeededRandom, depth = 0): string {
  if (depth > 2 || random.chance(45)) return random.pick(terms);
  const parts = Array.from({ length: 2 + random.whole(2) }, () => randomQuery(random, depth + 1));
  const inner = parts.join(random.pick([' ', ' OR ', ' AND ']));
  return `${random.pick(['', '', '-', 'NOT '])}(${inner})`;
}

function expected(query: string, records: readonly GrowingRecord[], names: readonly string[]): number[] {
  const parsed = parseQuery(query);
  let line = 1;
  return records.flatMap((record, number) => {
    const at = { line, file: names[record.source ?? 0] ?? '' };
    line += record.text.split('\n').length;
    return referenceMatches(parsed, record, at) ? [number] : [];
  });
}

describe('a query', () => {
  it.each(terms.map((term) => [term]))('%s matches what its plain meaning matches', async (term) => {
    const random = seededRandom(7);
    const records = Array.from({ length: 700 }, () => randomRecord(random));
    const index = growingIndex(records, { chunkRecords: 130, format: 'json' });
    index.grow(records.length);
    const view = await runQuery(index, parseQuery(term), { formatOf });
    const matches = expected(term, records, ['app.log']);
    expect(Array.from({ length: view.matches }, (_, at) => view.recordAt(at))).toEqual(matches);
    // Each term is one that tells records apart, or the comparison would prove nothing.
    if (!['level:none', 'file:app.log', 'file:b*'].includes(term))
      expect(matches.length % records.length).toBeGreaterThan(0);
  });

  it('of any shape matches what its plain meaning matches, over any way in which the log grows', {
    timeout: 60_000,
  }, async () => {
    for (let seed = 1; seed <= 80; seed += 1) {
      const random = seededRandom(seed);
      const names = random.chance(50) ? ['app.log'] : ['/var/log/app.log', 'b.log', 'c.log'];
      const records = Array.from({ length: 1 + random.whole(300) }, () => ({
        ...randomRecord(random),
        source: random.whole(names.length),
      }));
      const index = growingIndex(records, {
        chunkRecords: 1 + random.whole(90),
        names,
        format: random.pick(['json', 'plain']),
      });
      const query = randomQuery(random);
      const view = openView(index, parseQuery(query), { formatOf });
      let shown = 0;
      while (shown < records.length) {
        shown = Math.min(records.length, shown + 1 + random.whole(120));
        index.grow(shown);
        await view.advance({ sliceMs: random.pick([0, 10]) });
        const matches = expected(
          query,
          records.slice(0, shown),
          names.map((name) => name.replace(/.*\//, '')),
        );
        const inTime = matches.toSorted((a, b) => index.positionOf(a) - index.positionOf(b));
        const found = Array.from({ length: view.matches }, (_, at) => view.recordAt(at));
        expect({ seed, query, found }).toEqual({ seed, query, found: inTime });
        const begin = random.whole(found.length + 1);
        expect(view.slice(begin, 20)).toEqual(inTime.slice(begin, begin + 20));
        expect(inTime.map((record) => view.positionOf(record))).toEqual(inTime.map((_, at) => at));
        expect(matches.every((record) => view.has(record))).toBe(true);
        expect({ scanned: view.scanned, done: view.done, next: view.recordAt(view.matches) }).toEqual({
          scanned: shown,
          done: true,
          next: -1,
        });
      }
    }
  });

  it('finds the next match behind a record that does not match', async () => {
    const records = ['a', 'b', 'a', 'b', 'b', 'a', 'b'].map((text) => ({ text }));
    const index = growingIndex(records, { chunkRecords: 3 });
    index.grow(7);
    const view = await runQuery(index, parseQuery('a'), { formatOf });
    expect([0, 1, 2, 3, 4, 5, 6].map((record) => view.positionOf(record))).toEqual([0, 1, 1, 2, 2, 2, -1]);
    expect([view.recordAt(-1), view.recordAt(3)]).toEqual([-1, -1]);
  });
});
