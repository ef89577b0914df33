import { type FindingOptions, findFindings, type RankedFinding } from '../../../server/logs/findings/findFindings.ts';
import { indexText } from '../../support/indexText.ts';
import { createRandom, injectionKinds, injectLog, writeLog } from '../../support/injectLog.ts';
import type { MemoryRecord } from '../../support/memoryIndex.ts';
import { minedSample } from '../../support/minedSample.ts';
import { loghubSamples, ownSamples, type SampleLog } from '../../support/sampleLogs.ts';
import type { Measure } from '../measure.ts';

const INJECTIONS = 100;

/** Troubles are drawn from these seeds on. Both draws were looked at while the findings were worked on: another draw is the fairer number. */
const FIRST_SEEDS = [1, 100_000];

/** Seeded troubles put into real logs, and how often they are told first; and how much is told of those logs as they are. */
export async function measureFindings(): Promise<Measure[]> {
  const isVerbose = process.argv.includes('-v');
  const own = ownSamples();
  const loghub = loghubSamples();
  const samples = await Promise.all([...own, ...loghub].map((sample) => minedSample(sample)));
  let most = 0;
  for (const { name, records } of samples) {
    const findings = await findingsOf(records);
    most = Math.max(most, findings.length);
    if (isVerbose) for (const finding of findings) console.log(`${name}: ${show(finding)}`);
  }
  const where = loghub.length === 0 ? `${samples.length} logs; loghub: not verified here` : `${samples.length} logs`;
  const measures: Measure[] = [];
  for (const from of FIRST_SEEDS) {
    const { all, top3 } = await measureInjections(samples, from, isVerbose);
    measures.push({
      title: `injected troubles in the top 3, seeds from ${from}`,
      unit: '%',
      limit: 95,
      atLeast: true,
      value: (100 * top3) / all,
      remark: `${top3} of ${all}, into ${where}`,
    });
  }
  return [...measures, { title: 'findings of a clean log, at most', unit: '', limit: 2, value: most, remark: where }];
}

async function measureInjections(
  samples: readonly SampleLog[],
  from: number,
  isVerbose: boolean,
): Promise<{ all: number; top3: number }> {
  const tally = new Map(injectionKinds.map((kind) => [kind as string, { all: 0, top1: 0, top3: 0 }]));
  for (let seed = from, done = 0; done < INJECTIONS && seed < from + INJECTIONS * 20; seed += 1) {
    const kind = injectionKinds[done % injectionKinds.length] as (typeof injectionKinds)[number];
    const { name, records } = createRandom(seed * 7919).pick(samples);
    const made = injectLog(records, kind, seed);
    const sum = tally.get(kind);
    if (!made || !sum) continue;
    done += 1;
    const findings = await findingsOf(made.records);
    const place = findings.findIndex((finding) => made.isFoundBy(finding));
    sum.all += 1;
    if (place === 0) sum.top1 += 1;
    if (place >= 0 && place < 3) sum.top3 += 1;
    else if (isVerbose) {
      console.log(`MISS ${kind} seed ${seed} in ${name}: ${made.text}; place ${place + 1} of ${findings.length}`);
      const all = await findingsOf(made.records, { minScore: 0, limit: 5_000 });
      const low = all.find((finding) => made.isFoundBy(finding));
      console.log(`    low: ${low ? `place ${all.indexOf(low) + 1}: ${show(low)}` : 'not at all'}`);
      for (const finding of findings.slice(0, 3)) console.log(`    told: ${show(finding)}`);
    }
  }
  console.log(`${'injected'.padEnd(12)} ${'all'.padStart(5)} ${'top 1'.padStart(6)} ${'top 3'.padStart(6)}`);
  let top3 = 0;
  let all = 0;
  for (const [kind, sum] of tally) {
    const counts = `${String(sum.top1).padStart(6)} ${String(sum.top3).padStart(6)}`;
    console.log(`${kind.padEnd(12)} ${String(sum.all).padStart(5)} ${counts}`);
    top3 += sum.top3;
    all += sum.all;
  }
  return { all, top3 };
}

async function findingsOf(records: readonly MemoryRecord[], options: FindingOptions = {}): Promise<RankedFinding[]> {
  const index = await indexText(writeLog(records));
  try {
    return await findFindings(index, options);
  } finally {
    index.dispose();
  }
}

function show({ kind, score, line, reason, template, ...rest }: RankedFinding): string {
  const weights = rest.weights.map(({ text, points }) => `${points.toFixed(1)} ${text}`).join('; ');
  return `${score} ${kind} line ${line} [${template?.text.slice(0, 60) ?? ''}] ${reason.slice(0, 200)}\n          (${weights})`;
}
