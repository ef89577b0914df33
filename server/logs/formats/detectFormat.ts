import { families } from './families.ts';
import type { Detection, SampleFacts } from './formatFamily.ts';
import { withoutColors } from './layers/coloredFormat.ts';
import type { FormatPlan } from './logFormat.ts';
import { type SampleLines, sampleLines } from './sampleLines.ts';
import { detectUserFormat, type UserFormat } from './userFormat.ts';

/** Below this share of explained lines a format is not believed. */
const LEAST_SCORE = 0.3;
/** The same inside a layer, where several programs may have written the lines. */
const LEAST_INNER_SCORE = 0.5;

/**
 * Finds the format of a log with nothing told.
 * @param sample the first bytes of the log (256 KiB are plenty)
 * @param userFormats of the settings; one that explains most of the sample wins over all that are built in
 */
export function detectFormat(
  sample: Uint8Array,
  facts: SampleFacts = {},
  userFormats: readonly UserFormat[] = [],
): FormatPlan {
  // Buffers are made plain: code that saw one kind of array alone runs twice as fast.
  const lines = sampleLines(new Uint8Array(sample.buffer, sample.byteOffset, sample.byteLength));
  const plain = withoutColors(lines);
  const plan = detectUserFormat(userFormats, plain ?? lines, facts) ?? bestPlan(plain ?? lines, facts, false);
  return plain ? { ...plan, id: `colored-${plan.id}`, options: { inner: plan } } : plan;
}

function bestPlan(sample: SampleLines, facts: SampleFacts, nested: boolean): FormatPlan {
  const inner = nested ? undefined : (lines: SampleLines, known: SampleFacts) => bestPlan(lines, known, true);
  const least = nested ? LEAST_INNER_SCORE : LEAST_SCORE;
  let best: Detection | undefined;
  for (const family of families) {
    const found = family.detect(sample, facts, inner);
    if (found && found.score > Math.max(least, best?.score ?? 0)) best = found;
  }
  return best?.plan ?? { id: 'plain', title: 'plain text', zoneMinutes: facts.zoneMinutes ?? 0 };
}
