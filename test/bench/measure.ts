/** One number of the product against its limit. */
export interface Measure {
  title: string;
  unit: 'ms' | 's' | '×' | 'MB' | 'KB' | '%' | '';
  /** The most that is allowed, or the least. */
  limit: number;
  /** The limit is the least that is asked for. */
  atLeast?: true;
  /** What was measured; undefined when it could not be. */
  value: number | undefined;
  /** Why there is no value, or how it was measured. */
  remark: string;
}

/** The middle value; of an even number of values the higher one of the two in the middle. Throws for no values. */
export function median(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  if (middle === undefined) throw new Error('there is no median of nothing');
  return middle;
}

/** Whether a number keeps its limit; undefined when it could not be measured. */
export function isMet({ value, limit, atLeast }: Measure): boolean | undefined {
  if (value === undefined) return undefined;
  return atLeast ? value >= limit : value <= limit;
}
