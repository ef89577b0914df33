/** A stretch of bins in which something is more frequent than anywhere else. */
export interface Elevation {
  /** Bins [from, to). */
  from: number;
  to: number;
  /** How many there are inside, and would be if it were as outside. */
  inside: number;
  expected: number;
  /** Odds inside over odds outside. */
  ratio: number;
  /** How unlikely by chance, in nats, after what the rest of the course varies by itself and how high it goes. */
  evidence: number;
  /** Odds inside over the highest odds of an equally long stretch elsewhere. */
  distinct: number;
  /** Odds at the beginning over the odds just before. */
  onset: number;
}

/** Less than this is not looked at closer. */
const MIN_RATIO = 2.5;
const MIN_INSIDE = 4;
/** A stretch that begins softly is the day's load. */
const MIN_ONSET = 2;

/** How the edges of a window may move: the left one, the right one. */
const EDGES = [
  [-1, 0],
  [1, 0],
  [0, 1],
  [0, -1],
] as const;

/** Reused for all courses, since there are thousands: not to be used from two places at once. */
const scratch = { hits: new Float64Array(0), rest: new Float64Array(0) };

/**
 * The stretch of a course where `hits` stand out most against `rest`, by the likelihood ratio of a binomial model: load, which moves
 * both, changes nothing. Looks at windows of 1, 2, 4, … bins and at those up to the end, grows the best one of each length to its
 * edges, and takes the one that stands out most from the rest of the course.
 * @param minOutside bins outside of the stretch that must hold a hit: what has no usual rate cannot rise against it
 * @returns undefined: nowhere are they suddenly 2.5 times as likely
 */
export function findElevation(
  hits: Uint32Array,
  rest: Uint32Array,
  bins: number,
  minOutside = 0,
): Elevation | undefined {
  if (bins < 8) return undefined;
  fill(hits, rest, bins);
  let best: Elevation | undefined;
  let highest = 0;
  const consider = (window: Window | undefined): void => {
    if (!window || window.gain <= highest) return;
    const grown = grow(window, bins);
    if (binsOutside(hits, grown) < minOutside) return;
    let found = judge(grown, bins);
    // Grown over what was high before it is no rise, as it was it may be one.
    if (found.onset < MIN_ONSET) found = judge(window, bins);
    if (found.onset < MIN_ONSET) return;
    const quality = qualityOf(found);
    if (best && quality <= qualityOf(best)) return;
    best = found;
    highest = Math.max(highest, found.evidence);
  };
  for (let length = 1; length <= bins / 2; length *= 2) {
    let top: Window | undefined;
    const step = Math.max(1, length >> 2);
    for (let from = 1; from + length <= bins; from += step) top = better(top, from, from + length, bins);
    consider(top);
  }
  // What rises and stays up is a stretch to the end.
  let open: Window | undefined;
  for (let from = Math.ceil(bins / 4); from < bins; from += 1) open = better(open, from, bins, bins);
  consider(open);
  return best;
}

interface Window {
  from: number;
  to: number;
  gain: number;
}

function binsOutside(hits: Uint32Array, { from, to }: Window): number {
  let count = 0;
  for (let bin = 0; bin < hits.length; bin += 1) if ((hits[bin] as number) > 0 && (bin < from || bin >= to)) count += 1;
  return count;
}

function better(best: Window | undefined, from: number, to: number, bins: number): Window | undefined {
  const gain = gainOf(from, to, bins);
  return gain > (best?.gain ?? 0) ? { from, to, gain } : best;
}

/** What speaks for a stretch: how unlikely it is, and that there is no other like it. */
function qualityOf({ evidence, distinct }: Elevation): number {
  return Math.log(Math.max(1e-3, evidence)) + Math.log(Math.max(1e-3, distinct));
}

function judge({ from, to }: Window, bins: number): Elevation {
  const found = oddsOf(from, to, bins);
  const usual = found.insideOdds / found.ratio;
  const length = Math.max(1, Math.min(to - from, Math.floor((bins - to + from) / 4)));
  const { dispersion, highest } = outside(from, to, length, bins, found.chance, usual);
  const edge = Math.max(1, Math.ceil((to - from) / 4));
  const before = Math.max(0, from - edge);
  const onset =
    before === from ? 1 : localOdds(from, Math.min(to, from + edge), usual) / localOdds(before, from, usual);
  const evidence = gainOf(from, to, bins) / Math.max(1, dispersion);
  const distinct = found.insideOdds / Math.max(usual, highest);
  return {
    from,
    to,
    inside: found.inside,
    expected: found.expected,
    ratio: found.ratio,
    evidence: Math.sqrt(evidence * Math.max(evidence, beyond(found.inside, distinct))),
    distinct,
    onset,
  };
}

/**
 * How unlikely, in nats, where all of a course were as dense as its densest other stretch: of something that comes in bursts the
 * mean tells little, the highest burst so far tells what is usual.
 */
function beyond(inside: number, distinct: number): number {
  return distinct <= 1 ? 0 : inside * (Math.log(distinct) - 1 + 1 / distinct);
}

function fill(hits: Uint32Array, rest: Uint32Array, bins: number): void {
  if (scratch.hits.length <= bins) {
    scratch.hits = new Float64Array(bins + 1);
    scratch.rest = new Float64Array(bins + 1);
  }
  for (let bin = 0; bin < bins; bin += 1) {
    scratch.hits[bin + 1] = (scratch.hits[bin] as number) + (hits[bin] as number);
    scratch.rest[bin + 1] = (scratch.rest[bin] as number) + (rest[bin] as number);
  }
}

function sum(of: Float64Array, from: number, to: number): number {
  return (of[to] as number) - (of[from] as number);
}

/** Half a record of the usual odds is added, so that a stretch that tells nothing is as usual. */
function localOdds(from: number, to: number, usual: number): number {
  return (sum(scratch.hits, from, to) + 0.5 * usual) / (sum(scratch.rest, from, to) + 0.5);
}

function oddsOf(
  from: number,
  to: number,
  bins: number,
): { inside: number; expected: number; insideOdds: number; ratio: number; chance: number } {
  const inside = sum(scratch.hits, from, to);
  const misses = sum(scratch.rest, from, to);
  const hitsOutside = (scratch.hits[bins] as number) - inside + 0.5;
  const missesOutside = (scratch.rest[bins] as number) - misses + 0.5;
  const odds = hitsOutside / missesOutside;
  const insideOdds = (inside + 0.5) / (misses + 0.5);
  return {
    inside,
    expected: odds * misses,
    insideOdds,
    ratio: insideOdds / odds,
    chance: hitsOutside / (hitsOutside + missesOutside),
  };
}

/** Log likelihood ratio of a window against the rest of the course; 0 when it is not clearly higher. */
function gainOf(from: number, to: number, bins: number): number {
  const inside = sum(scratch.hits, from, to);
  if (inside < MIN_INSIDE) return 0;
  const { ratio, chance } = oddsOf(from, to, bins);
  if (ratio < MIN_RATIO) return 0;
  const misses = sum(scratch.rest, from, to);
  const share = inside / (inside + misses);
  return inside * Math.log(share / chance) + (misses > 0 ? misses * Math.log((1 - share) / (1 - chance)) : 0);
}

/** Moves both edges, by large steps before small ones, as long as that helps; to no more than three times the length. */
function grow(window: Window, bins: number): Window {
  let { from, to, gain } = window;
  const longest = Math.min(bins * 0.75, 3 * (to - from) + 2);
  for (let step = Math.max(1, (to - from) >> 1); step >= 1; step >>= 1)
    for (let isGrowing = true; isGrowing; ) {
      isGrowing = false;
      for (const [left, right] of EDGES) {
        const begin = from + left * step;
        const end = to + right * step;
        if (begin < 0 || end > bins || begin >= end || end - begin > longest) continue;
        const now = gainOf(begin, end, bins);
        if (now <= gain) continue;
        gain = now;
        from = begin;
        to = end;
        isGrowing = true;
      }
    }
  return { from, to, gain };
}

/** How much stretches of a length vary outside of a window, over what chance alone would do, and the highest odds among them. */
function outside(
  from: number,
  to: number,
  length: number,
  bins: number,
  chance: number,
  usual: number,
): { dispersion: number; highest: number } {
  let squares = 0;
  let parts = 0;
  let highest = 0;
  const look = (begin: number, end: number): void => {
    for (let at = begin; at + length <= end; at += 1) {
      const odds = localOdds(at, at + length, usual);
      if (odds > highest) highest = odds;
      if ((at - begin) % length !== 0) continue;
      const hits = sum(scratch.hits, at, at + length);
      const all = hits + sum(scratch.rest, at, at + length);
      if (all === 0) continue;
      const deviation = hits - chance * all;
      squares += (deviation * deviation) / Math.max(0.5, chance * (1 - chance) * all);
      parts += 1;
    }
  };
  look(0, from);
  look(to, bins);
  return { dispersion: parts > 0 ? squares / parts : 1, highest };
}
