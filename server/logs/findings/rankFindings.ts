import { type Candidate, pointsOf } from './candidate.ts';

/** Points at which something is as likely worth a look as not. */
const EVEN_POINTS = 6;
const SLOPE = 2.5;
/** Findings of a kind within so many points of each other are peers. */
const PEER_POINTS = 1.2;
const PEER_WEIGHT = 1;

/** What lies far back was lived with since: points of a finding at the end, taken from one at the beginning. */
const LATE_POINTS = 1;

/** What is shown unasked has at least this score by its place, and any further one the last: whoever gets many hints follows none. */
const VISIBLE_SCORES = [0.42, 0.42, 0.65, 0.9] as const;
/** The third is shown below its score, too, when it stands so many points above all that follow: those are this log's noise, it is not. */
const APART_PLACE = 2;
const APART_POINTS = 1.5;

export interface Ranked {
  candidate: Candidate;
  /** 0–1, two digits. */
  score: number;
  /** Worth showing unasked. */
  isShown: boolean;
}

/** Most important first. Where many stand out in the same way none does: each peer of a finding takes from it. */
export function rankFindings(
  candidates: readonly Candidate[],
  records: number,
  isHeld: (candidate: Candidate) => boolean = () => false,
): Ranked[] {
  for (const { weights, position } of candidates)
    weights.push({ text: 'how late it is in the log', points: LATE_POINTS * (2 * (position / records) - 1) });
  const byKind = Map.groupBy(candidates, groupOf);
  const ranked: Ranked[] = [];
  for (const group of byKind.values()) {
    const points = group.map(pointsOf).sort((a, b) => b - a);
    for (const candidate of group) {
      const own = pointsOf(candidate);
      const peers = points.filter((other) => other >= own - PEER_POINTS).length - 1;
      if (peers > 0)
        candidate.weights.push({
          text: `${peers} others of its kind are as strong`,
          points: -PEER_WEIGHT * Math.log(1 + peers),
        });
      ranked.push({ candidate, score: scoreOf(pointsOf(candidate)), isShown: false });
    }
  }
  ranked.sort((a, b) => pointsOf(b.candidate) - pointsOf(a.candidate) || a.candidate.position - b.candidate.position);
  let place = 0;
  for (const [number, finding] of ranked.entries()) {
    finding.isShown = finding.score >= barOf(place) || (place === APART_PLACE && isApart(ranked, number));
    if (!isHeld(finding.candidate)) place += 1;
  }
  return ranked;
}

function barOf(place: number): number {
  return VISIBLE_SCORES[Math.min(place, VISIBLE_SCORES.length - 1)] as number;
}

function isApart(ranked: readonly Ranked[], number: number): boolean {
  const { candidate, score } = ranked[number] as Ranked;
  const next = ranked[number + 1];
  return score >= barOf(0) && (next === undefined || pointsOf(candidate) - pointsOf(next.candidate) >= APART_POINTS);
}

function groupOf({ kind }: Candidate): string {
  return kind === 'rare' ? 'new' : kind;
}

function scoreOf(points: number): number {
  return Math.round(100 / (1 + Math.exp((EVEN_POINTS - points) / SLOPE))) / 100;
}
