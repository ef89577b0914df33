import { DEBUG } from '../levels.ts';
import type { Candidate, Weight } from './candidate.ts';
import { type Novelty, RARE_RECORDS } from './novelty.ts';
import { RecordLook } from './recordLook.ts';
import { resemblesOlder } from './resemblesOlder.ts';
import { clustersOf, type Series } from './series.ts';
import { isFarewell, isShutdown, type Severity } from './severity.ts';
import type { Survey } from './survey.ts';
import { count, plural, type Words } from './words.ts';

/** Most candidates that go on: the most severe first, then the earliest. */
const MAX_CANDIDATES = 200;
/** A shutdown is told within so many records. */
const NEAR = 5;
/** Chance that something sparse began so late without a cause, below which it has one. */
const BY_CHANCE = 0.02;
const SPARSE_POINTS = 6;
const NAMES: readonly string[] = ['an ordinary message', 'a warning', 'an error', 'a fatal error'];

/** Templates that the log did not hold before (`new`), and severe ones that it holds once to three times (`rare`). */
export function findNovel(
  survey: Survey,
  series: Series,
  novelty: Novelty,
  words: Words,
  known: (text: string) => boolean,
): Candidate[] {
  const found: Candidate[] = [];
  for (const slot of chosen(survey, novelty, known)) {
    const candidate = judge(survey, series, novelty, words, slot);
    if (candidate) found.push(candidate);
  }
  return found;
}

function chosen(survey: Survey, novelty: Novelty, known: (text: string) => boolean): number[] {
  const bySeverity: number[][] = [[], [], [], []];
  for (const slot of novelty.order) {
    const severity = survey.severity(slot);
    const isEarly = (survey.first[slot] as number) < novelty.settled;
    if (isEarly && (severity === 0 || (survey.count[slot] as number) > RARE_RECORDS)) continue;
    // Of ordinary messages that begin together the first one stands for all.
    if (severity === 0 && !novelty.isHead(slot)) continue;
    if (known(survey.templates[slot]?.text ?? '')) continue;
    bySeverity[severity]?.push(slot);
  }
  return bySeverity.reverse().flat().slice(0, MAX_CANDIDATES);
}

function judge(survey: Survey, series: Series, novelty: Novelty, words: Words, slot: number): Candidate | undefined {
  const template = survey.templates[slot];
  if (!template) return undefined;
  const severity = survey.severity(slot);
  const first = survey.first[slot] as number;
  const records = survey.count[slot] as number;
  const isNew = first >= novelty.settled;
  const weights: Weight[] = isNew ? newWeights(novelty, first, severity) : rareWeights(novelty, severity);
  weights.push(...severityWeights(novelty, severity));
  if (severity === 0) {
    const together = novelty.together(slot);
    if (together > 3) weights.push({ text: `${together} others begin with it`, points: -Math.log(together) });
    if (isFarewell(template.text)) weights.push({ text: 'sounds like an ordinary end', points: -2.5 });
  }
  const worst = survey.worst[slot] as number;
  if (worst > 0 && worst <= DEBUG) weights.push({ text: 'meant for debugging', points: -1.5 });
  if (severity > 0 && severity < 3 && isAmidShutdown(survey, first))
    weights.push({ text: 'a shutdown was asked for', points: -6 });
  const clusters = clustersOf(series, slot);
  if (isNew && records >= 10) {
    if (severity > 0) weights.push({ text: 'goes on', points: Math.min(2, 0.4 * Math.log(records)) });
    else if (clusters > 2) weights.push({ text: 'belongs to the work since then', points: -1 });
  }
  if (isNew) weights.push(...sparseWeights(clusters, first / survey.records));
  const older = isNew ? resemblesOlder(survey, slot) : undefined;
  if (older !== undefined)
    weights.push({ text: 'differs little from an older message', points: severity === 0 ? -4 : -2 });
  const before = count(first);
  const reason = isNew
    ? `first seen ${words.when(first)}${records > 1 ? `, ${count(records)} times since` : ''}; never in the ${before} records before`
    : `${NAMES[severity]} seen ${records === 1 ? 'once' : plural(records, 'time')} in ${count(survey.records)} records, ${words.when(first)}`;
  return {
    kind: isNew ? 'new' : 'rare',
    position: first,
    end: survey.last[slot] as number,
    slot,
    severity,
    weights,
    reason,
    name: template.text,
    records,
    folded: [],
  };
}

function newWeights(novelty: Novelty, first: number, severity: Severity): Weight[] {
  const peers = novelty.recent(first, severity);
  const weights = [
    {
      text: `${plural(peers, 'other')} as severe began in as many records before`,
      points: 6.4 - 1.5 * Math.log(1 + peers),
    },
  ];
  const enough = Math.max(300, novelty.survey.records / 5);
  if (first < enough) weights.push({ text: `only ${first} records before`, points: 1.5 * Math.log(first / enough) });
  return weights;
}

function isAmidShutdown(survey: Survey, position: number): boolean {
  const look = new RecordLook(survey.index);
  for (let near = Math.max(0, position - NEAR); near <= Math.min(survey.records - 1, position + NEAR); near += 1)
    if (isShutdown(survey.templates[survey.slots[look.shape(near)] as number]?.text ?? '')) return true;
  return false;
}

/** What occurs here and there begins somewhere; only when it then came often, its beginning was one. */
function sparseWeights(clusters: number, before: number): Weight[] {
  if (clusters < 2) return [];
  const chance = clusters * Math.log(1 - before);
  const doubt = 1 - chance / Math.log(BY_CHANCE);
  return doubt <= 0 ? [] : [{ text: `came ${clusters} times here and there`, points: -SPARSE_POINTS * doubt }];
}

function rareWeights(novelty: Novelty, severity: Severity): Weight[] {
  const peers = novelty.rare(severity);
  return [
    { text: `${plural(peers, 'message')} as severe and as rare`, points: 3 - 1.5 * Math.log(Math.max(1, peers)) },
  ];
}

/** How unusual it is that a record of this log is as severe. */
export function severityWeights(novelty: Novelty, severity: Severity): Weight[] {
  if (severity === 0) return [];
  const share = novelty.share(severity);
  const most = severity === 1 ? 2.5 : severity === 2 ? 5 : 6;
  return [
    {
      text: `${NAMES[severity]}, as ${(share * 100).toPrecision(2)} % of the records are`,
      points: Math.max(0, Math.min(most, -Math.log(Math.max(share, 1e-6)))),
    },
  ];
}
