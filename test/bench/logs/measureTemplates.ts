import { existsSync } from 'node:fs';
import { accuracyOf, loghub, loghubSets, mine, readLabelled, readRawMessages } from '../../support/templateAccuracy.ts';
import type { Measure } from '../measure.ts';
import { type PeerAccuracy, runPeers } from './runPeers.ts';

interface Row {
  set: string;
  raw: number;
  ga: number;
  fga: number;
  pa: number;
  fta: number;
}

/** How well templates are mined from labelled logs, one configuration, nothing told; beside the peers on the same lines. */
export async function measureTemplates(): Promise<Measure[]> {
  const title = 'templates of labelled logs';
  if (!existsSync(loghub))
    return [
      { title, unit: '', limit: 0.95, atLeast: true, value: undefined, remark: `not verified here: no ${loghub}` },
    ];
  const peers = await runPeers<PeerAccuracy>('accuracy', loghub);
  const rows = loghubSets.map(rowOf);
  printSets(rows, peers);
  const mean = (of: (row: Row) => number): number => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  const least = Math.min(...rows.map(({ raw }) => raw));
  const measure = (name: string, limit: number, value: number, remark: string): Measure => ({
    title: name,
    unit: '',
    limit,
    atLeast: true,
    value,
    remark,
  });
  const beside = (kind: 'raw' | 'content'): string =>
    typeof peers === 'string'
      ? `peers: ${peers}`
      : Object.entries(peers)
          .map(([peer, sets]) => `${peer} ${peerMean(sets, kind).toFixed(3)}`)
          .join(', ');
  return [
    measure(
      'grouping accuracy, raw lines',
      0.95,
      mean(({ raw }) => raw),
      beside('raw'),
    ),
    measure('grouping accuracy, raw, worst set', 0.8, least, ''),
    measure(
      'grouping accuracy, content given',
      0.97,
      mean(({ ga }) => ga),
      beside('content'),
    ),
    measure(
      'FGA, corrected truth',
      0.93,
      mean(({ fga }) => fga),
      'content given; best published untuned .880',
    ),
    measure(
      'PA, corrected truth',
      0.65,
      mean(({ pa }) => pa),
      'best published untuned .440',
    ),
    measure(
      'FTA, corrected truth',
      0.65,
      mean(({ fta }) => fta),
      'best published untuned .475',
    ),
  ];
}

function rowOf(set: string): Row {
  const lines = readLabelled(set);
  const events = lines.map(({ event }) => event);
  const right = lines.map(({ template }) => template);
  const content = mine(lines.map(({ content: text }) => Buffer.from(text)));
  const raw = mine(readRawMessages(set).messages);
  const { fga, pa, fta } = accuracyOf(content.ids, right, { predicted: content.texts, right });
  return {
    set,
    raw: accuracyOf(raw.ids, events, { predicted: raw.texts, right }).ga,
    ga: accuracyOf(content.ids, events, { predicted: content.texts, right }).ga,
    fga,
    pa,
    fta,
  };
}

function printSets(rows: readonly Row[], peers: PeerAccuracy | string): void {
  const names = typeof peers === 'string' ? [] : Object.keys(peers);
  const number = (value: number | null | undefined): string => (value == null ? '-' : value.toFixed(3)).padStart(7);
  console.log(
    `${'set'.padEnd(12)}${['raw', 'content', 'FGA', 'PA', 'FTA'].map((name) => name.padStart(8)).join('')}   ${names.map((name) => `${name} raw / content`).join('   ')}`,
  );
  for (const { set, raw, ga, fga, pa, fta } of rows) {
    const own = [raw, ga, fga, pa, fta].map((value) => ` ${number(value)}`).join('');
    const others =
      typeof peers === 'string'
        ? ''
        : names
            .map((name) =>
              `${number(peers[name]?.[set]?.raw)} / ${number(peers[name]?.[set]?.content)}`.padEnd(name.length + 16),
            )
            .join('   ');
    console.log(`${set.padEnd(12)}${own}   ${others}`);
  }
}

function peerMean(sets: PeerAccuracy[string], kind: 'raw' | 'content'): number {
  const values = Object.values(sets).map((set) => set[kind] ?? 0);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
