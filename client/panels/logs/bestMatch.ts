import path from 'node:path';

/**
 * The candidate whose path agrees furthest with the frame: with the path that it tells, and with the package in its text
 * (`com.shop.db.Pool` stands in `com/shop/db/`). Undefined when two agree as far.
 */
export function bestMatch(candidates: readonly string[], file: string, text: string): string | undefined {
  const told = file.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  const words = new Set(text.split(/[^\w]+/));
  const scored = candidates
    .map((candidate) => {
      const parts = candidate.split(path.sep);
      let same = 0;
      while (same < told.length && parts.at(-1 - same) === told.at(-1 - same)) same += 1;
      const named = parts.slice(0, -1).filter((part) => words.has(part)).length;
      return { candidate, score: same * 100 + named };
    })
    .sort((a, b) => b.score - a.score);
  const [first, second] = scored;
  return first && first.score !== second?.score ? first.candidate : undefined;
}
