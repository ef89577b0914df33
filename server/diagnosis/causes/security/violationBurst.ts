import path from 'node:path';
import { type Burst, type BurstAnswer, findBurst } from '../../../logs/present/findBurst.ts';
import { parseRecords } from '../../../logs/present/parseRecords.ts';
import { refusalsIn } from '../../../logs/present/refusals.ts';
import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, HOST_TARGET, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { defineObserver, type Observation } from '../../observer.ts';
import { serviceLogs, type WorkspaceLog } from '../../observers/serviceLogs.ts';
import { targetsOf } from '../../observers/targets.ts';
import { isProxy, isService } from '../../targets/target.ts';

interface RefusalRate {
  target: string;
  log: WorkspaceLog;
  answer: BurstAnswer;
}

/** How often each log of the workspace tells of somebody who was refused, now and before. */
const refusalRates = defineObserver<RefusalRate[]>({
  id: 'security.refusal-rates',
  label: 'refused requests and logins',
  timeoutMs: 13_000,
  observe: async (run) => {
    const { clock, use } = run;
    const [{ byService, others }, targets] = await Promise.all([use(serviceLogs), use(targetsOf)]);
    const proxies = targets.filter(isProxy);
    const services = targets.filter(isService);
    const only = proxies.length === 1 ? proxies[0] : services.length === 1 ? services[0] : undefined;
    const all = [
      ...[...byService].flatMap(([target, logs]) => logs.map((log) => ({ target, log }))),
      ...others
        .filter(({ kind }) => kind === 'access' || kind === 'application')
        .map((log) => ({ target: only?.name ?? HOST_TARGET, log })),
    ];
    const now = clock.now().getTime();
    const found = await Promise.all(
      all.map(async ({ target, log }): Promise<RefusalRate | undefined> => {
        const answer = findBurst(refusalsIn(log.records), now);
        // A burst fills the end of a log by itself: what was before it lies further back.
        const more = answer?.kind === 'noBaseline' ? await readFurther(log, run) : undefined;
        const better = more && findBurst(refusalsIn(more.records), now);
        return better ? { target, log: more, answer: better } : answer && { target, log, answer };
      }),
    );
    return found.filter((each) => each !== undefined);
  },
});

const FURTHER_BYTES = 12 << 20;

async function readFurther(
  log: WorkspaceLog,
  { systems, workspace, signal }: Observation,
): Promise<WorkspaceLog | undefined> {
  if (!log.numbered || (log.records[0]?.line ?? 1) <= 1) return undefined;
  const answer = await systems.files.tail(path.resolve(workspace, log.file), { signal, maxBytes: FURTHER_BYTES });
  if (answer.kind !== 'text') return undefined;
  const { lines, firstLine, modifiedAt } = answer.tail;
  return {
    ...log,
    records: parseRecords(lines, firstLine ?? 1),
    modifiedAt,
    numbered: firstLine !== undefined,
  };
}

const MAX_ADDRESSES = 4;

export const violationBurst = defineCause({
  id: 'security.violation-burst',
  category: 'security',
  summary: 'Far more requests, logins or actions are refused than is usual here',
  advice: {
    sure: 'The log counts them one by one, and holds long enough before to know what is usual.',
    first: 'Look at who they are and what they try: block or slow them down, and see whether one of them got in.',
    verify: 'The log shows no more refusals than before.',
  },
  needs: { rates: refusalRates },
  explains: [],
  breaksNothing: true,
  judge: ({ rates }) => rates.map(judgeRate),
});

function judgeRate({ target, log, answer }: RefusalRate): Judgement {
  if (answer.kind === 'noBaseline')
    return unknown({
      target,
      because: `${log.file} shows ${answer.count} refusals within five minutes, and does not reach back far enough to know what is usual`,
      next: `look at older logs of ${target}`,
    });
  if (answer.kind === 'noBurst')
    return refuted({
      target,
      because: `${answer.count} refusals within five minutes are no burst: ${answer.because}`,
      evidence: [{ kind: 'log', source: log.file, text: `${answer.count} refusals within five minutes` }],
    });
  const { burst } = answer;
  const { refusals, usual } = burst;
  const [first, last] = [refusals[0], refusals.at(-1)] as const;
  if (!first || !last) return refuted({ target, because: 'nobody was refused' });
  const since = new Date(first.at).toISOString();
  const what = topOf(refusals.map(({ subject }) => subject));
  const lineOf = (refusal: typeof first, text: string): Evidence => ({
    kind: 'log',
    source: log.numbered ? `${log.file}:${refusal.line}` : log.file,
    text,
    time: new Date(refusal.at).toISOString(),
  });
  return proved({
    target,
    summary: `${target} refused ${refusals.length} requests within ${minutes(last.at - first.at)} since ${since}${whoText(burst)}; ${usual.toFixed(1)} in five minutes are usual`,
    evidence: [
      lineOf(
        first,
        `the first of ${refusals.length}: ${first.subject}${first.address ? ` from ${first.address}` : ''}`,
      ),
      lineOf(last, `the last: ${last.subject}${last.address ? ` from ${last.address}` : ''}`),
      {
        kind: 'log',
        source: log.file,
        text: `most often ${what
          .slice(0, 3)
          .map(([subject, count]) => `${subject} (${count})`)
          .join(', ')}`,
      },
    ],
  });
}

function whoText({ refusals }: Burst): string {
  const known = refusals.flatMap(({ address }) => (address === undefined ? [] : [address]));
  if (known.length === 0) return '';
  const top = topOf(known);
  const shown = top.slice(0, MAX_ADDRESSES).map(([address, count]) => `${address} (${count})`);
  const more = top.length - shown.length;
  return `, from ${shown.join(', ')}${more > 0 ? ` and ${more} more addresses` : ''}`;
}

function topOf(words: readonly string[]): [string, number][] {
  const counts = [...Map.groupBy(words, (word) => word)].map(([word, all]): [string, number] => [word, all.length]);
  return counts.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

function minutes(ms: number): string {
  return ms < 90_000 ? `${Math.max(1, Math.round(ms / 1000))} s` : `${Math.round(ms / 60_000)} minutes`;
}
