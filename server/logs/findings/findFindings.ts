import type { LogFinding } from '../../protocol/logRecord.ts';
import type { LogIndex } from '../index/logIndex.ts';
import { levelName } from '../levels.ts';
import type { Candidate, Weight } from './candidate.ts';
import { findBursts } from './findBursts.ts';
import { findErrorGroups } from './findErrorGroups.ts';
import { findLevelShifts } from './findLevelShifts.ts';
import { findNovel } from './findNovel.ts';
import { findRestarts } from './findRestarts.ts';
import { findSilence } from './findSilence.ts';
import { findSlow } from './findSlow.ts';
import { foldAlike } from './foldAlike.ts';
import { logFingerprint } from './logFingerprint.ts';
import { mergeIncidents } from './mergeIncidents.ts';
import { Novelty } from './novelty.ts';
import { createPace } from './pace.ts';
import { type Ranked, rankFindings } from './rankFindings.ts';
import { groupStarts, startTemplates } from './restartsOf.ts';
import { courseOf } from './series.ts';
import { type Survey, surveyIndex } from './survey.ts';
import { Words } from './words.ts';

/** What the wire's format of times can say: the years 0 to 9999. */
const MIN_TIME = Date.parse('0000-01-01T00:00:00Z');
const MAX_TIME = Date.UTC(9999, 11, 31);

/** A finding with what its rank is made of. */
export interface RankedFinding extends LogFinding {
  record: number;
  /** Points that add up to its score: 6 are a score of 0.5. */
  weights: readonly Weight[];
}

export interface FindingOptions {
  signal?: AbortSignal;
  /** Findings with a lower score are left out; absent: those that are not worth showing unasked. 0: everything is told. */
  minScore?: number;
  /** At most so many; default 50. */
  limit?: number;
  /** Texts of templates that earlier logs of the same program held: they are not new. */
  known?: ReadonlySet<string>;
  /** Fingerprints that the user suppressed: found as ever, but what is shown unasked does not become less by them. */
  held?: ReadonlySet<string>;
}

/**
 * What matters first in a log, most important first. Two passes over the columns, and work for at most 2,048 templates; gives way
 * to others about every 20 ms. Works by the order of records where they tell no time.
 * @throws the signal's reason
 */
export async function findFindings(index: LogIndex, options: FindingOptions = {}): Promise<RankedFinding[]> {
  const { signal, minScore, limit = 50, known, held } = options;
  const pace = createPace(signal);
  const survey = await surveyIndex(index, pace);
  if (survey.records === 0) return [];
  const words = new Words(survey);
  const novelty = new Novelty(survey);
  const series = await courseOf(survey, await startTemplates(survey, pace), pace);
  const candidates = [
    ...findNovel(survey, series, novelty, words, (text) => known?.has(text) ?? false),
    ...findErrorGroups(survey, novelty, words),
    ...(await findBursts(survey, series, novelty, words, pace)),
    ...(await findLevelShifts(survey, series, novelty, words, pace)),
    ...findSilence(survey, series, novelty, words),
    ...(await findSlow(survey, series, words, pace)),
    ...findRestarts(survey, groupStarts(survey, series.watched), words),
  ];
  await pace();
  return rankFindings(
    foldAlike(mergeIncidents(survey, novelty, candidates, words)),
    survey.records,
    (candidate) => held?.has(fingerprintOf(candidate)) ?? false,
  )
    .filter(({ score, isShown }) => (minScore === undefined ? isShown : score >= minScore))
    .slice(0, limit)
    .map((ranked) => told(survey, ranked));
}

function told(survey: Survey, { candidate, score }: Ranked): RankedFinding {
  const { index } = survey;
  const record = index.recordAt(candidate.position);
  const chunk = index.chunk(index.chunkOf(record));
  const at = record - chunk.first;
  const time = chunk.times[at] as number;
  const level = levelName(chunk.levels[at] as number);
  const template = candidate.slot === undefined ? undefined : survey.templates[candidate.slot];
  return {
    kind: candidate.kind,
    reason: candidate.reason,
    file: index.sources[chunk.source]?.name ?? '',
    line: chunk.firstLine + (chunk.lines[at] as number),
    record,
    ...(time >= MIN_TIME && time <= MAX_TIME ? { time: new Date(time).toISOString() } : {}),
    ...(level === undefined ? {} : { level }),
    ...(template ? { template: { id: `t${template.id}`, text: template.text } } : {}),
    score,
    fingerprint: fingerprintOf(candidate),
    weights: candidate.weights,
  };
}

function fingerprintOf({ name, kind }: Candidate): string {
  return logFingerprint(kind, name);
}
