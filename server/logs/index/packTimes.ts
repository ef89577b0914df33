/**
 * Times as differences between neighbours, in ms or, where records tell them, in µs. What is no whole number of either
 * (rare: times written to the nanosecond) is kept as it is.
 */
export interface TimeSteps {
  /** Units of a millisecond: 1 or 1,000; 0: times are kept as they are. */
  scale: number;
  /** Zigzag: 0, −1, 1, −2, …; `NO_TIME`: the record has none. One too far from its neighbour has step 0 and stands in `exact`. */
  steps: Uint32Array;
  /** Pairs of a record's place and its time. */
  exact: number[];
}

/** No step of two times: the largest is 2³² − 2. */
const NO_TIME = 0xffffffff;
const MOST_STEP = 2 ** 31 - 1;
/** Each exact time costs 16 bytes instead of about 2: past this share of all, all are better kept as they are. */
const MOST_EXACT_SHARE = 1 / 2;

/** @param steps at least `count` long; overwritten */
export function stepsOf(times: Float64Array, count: number, steps: Uint32Array): TimeSteps {
  for (const scale of [1, 1000]) {
    const exact = tryScale(times, count, scale, steps);
    if (exact) return { scale, steps, exact };
  }
  return { scale: 0, steps, exact: [] };
}

function tryScale(times: Float64Array, count: number, scale: number, steps: Uint32Array): number[] | undefined {
  const exact: number[] = [];
  const most = 2 * Math.ceil(count * MOST_EXACT_SHARE);
  let last = 0;
  for (let at = 0; at < count; at += 1) {
    const time = times[at] as number;
    if (Number.isNaN(time)) {
      steps[at] = NO_TIME;
      continue;
    }
    const unit = Math.round(time * scale);
    const step = unit - last;
    if (unit / scale === time && step <= MOST_STEP && step >= -MOST_STEP) {
      steps[at] = step >= 0 ? 2 * step : -2 * step - 1;
      last = unit;
      continue;
    }
    // A time of its own kind (finer than the scale) in the middle of others is no reason to give the scale up.
    steps[at] = 0;
    exact.push(at, time);
    if (unit / scale === time) last = unit;
    if (exact.length > most) return undefined;
  }
  return exact;
}

export function timesOf({ scale, steps, exact }: TimeSteps, count: number, into: Float64Array): void {
  let last = 0;
  let next = 0;
  for (let at = 0; at < count; at += 1) {
    if (exact[next] === at) {
      const time = exact[next + 1] as number;
      into[at] = time;
      const unit = Math.round(time * scale);
      if (unit / scale === time) last = unit;
      next += 2;
      continue;
    }
    const step = steps[at] as number;
    if (step === NO_TIME) {
      into[at] = Number.NaN;
      continue;
    }
    last += step % 2 === 0 ? step / 2 : -(step + 1) / 2;
    into[at] = last / scale;
  }
}
