import { isMet, type Measure } from './measure.ts';

/**
 * Measures group by group and prints a table; the last line is the total.
 * @param chosen names of groups; none: all
 * @returns the exit code: 0 when every number that could be measured keeps its limit, and at least one could
 */
export async function runGroups(
  groups: Readonly<Record<string, () => Promise<Measure[]>>>,
  chosen: readonly string[],
): Promise<number> {
  const totals = { ok: 0, FAIL: 0, skip: 0 };
  console.log(`${'measure'.padEnd(40)} ${'value'.padStart(10)} ${'limit'.padStart(12)}  ok    remark`);
  for (const [name, measure] of Object.entries(groups)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    try {
      for (const result of await measure()) totals[print(result)] += 1;
    } catch (error) {
      totals.FAIL += 1;
      const because = error instanceof Error ? error.message : String(error);
      console.log(`${name.padEnd(40)} ${'-'.padStart(10)} ${'-'.padStart(12)}  FAIL  ${because}`);
    }
  }
  const { ok, FAIL, skip } = totals;
  console.log(`${ok} passed, ${FAIL} failed${skip === 0 ? '' : `, ${skip} skipped`}`);
  return FAIL === 0 && ok > 0 ? 0 : 1;
}

function print(result: Measure): 'ok' | 'FAIL' | 'skip' {
  const { title, unit, limit, atLeast, value, remark } = result;
  const met = isMet(result);
  const verdict = met === undefined ? 'skip' : met ? 'ok' : 'FAIL';
  const space = unit === '' ? '' : ' ';
  const shown = value === undefined ? '-' : `${figure(value, limit)}${space}${unit}`;
  const bound = `${atLeast ? '≥' : '≤'} ${limit}${space}${unit}`;
  console.log(`${title.padEnd(40)} ${shown.padStart(10)} ${bound.padStart(12)}  ${verdict.padEnd(4)}  ${remark}`);
  return verdict;
}

/** As many decimals as the comparison with the limit needs. */
function figure(value: number, limit: number): string {
  if (Math.abs(limit) <= 1) return value.toFixed(3);
  return value.toFixed(value < 10 ? 1 : 0);
}
