/** Sound logs nest a handful of levels; writing thousands of levels as JSON would overflow the stack. */
const DEEPEST = 100;
const CUT = '…';

/** The value itself, or a copy in which what nests deeper than 100 levels is replaced by a sign. */
export function boundedDepth<T>(value: T): T {
  return isDeeper(value, DEEPEST) ? (cut(value, DEEPEST) as T) : value;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const inner of Object.values(value)) if (isDeeper(inner, levels - 1)) return true;
  return false;
}

function cut(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return CUT;
  if (Array.isArray(value)) return value.map((item) => cut(item, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cut(inner, levels - 1)]));
}
