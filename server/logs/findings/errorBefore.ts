import { WARN } from '../levels.ts';
import type { Candidate } from './candidate.ts';
import { RecordLook } from './recordLook.ts';
import type { Survey } from './survey.ts';
import type { Words } from './words.ts';

/** The cause is looked for so far before the first thing that stands out. */
const LOOK_BACK_MS = 60_000;
const LOOK_BACK_RECORDS = 300;
/** A template with more warnings is the usual noise. */
const RARE_WARNINGS = 3;
/** How many rare warnings may lie by chance in what is looked at: where each minute has some, one of them is no cause. */
const BY_CHANCE = 0.1;

const reaches = new WeakMap<Survey, number>();

/** The first warning or error shortly before that is of the same trace, or not part of the usual noise. */
export function errorBefore(survey: Survey, words: Words, { position, slot }: Candidate): number | undefined {
  const look = new RecordLook(survey.index);
  const trace = look.trace(position);
  const reach = rareReach(survey);
  let found: number | undefined;
  for (let before = position - 1; before >= Math.max(0, position - LOOK_BACK_RECORDS); before -= 1) {
    if ((words.between(before, position) ?? 0) > LOOK_BACK_MS) break;
    if (look.level(before) < WARN) continue;
    const other = survey.slots[look.shape(before)] as number;
    const isOfTrace = trace > 0 && look.trace(before) === trace;
    const isRare = other !== slot && (survey.warnings[other] as number) <= RARE_WARNINGS;
    if (isOfTrace || (isRare && position - before <= reach)) found = before;
  }
  return found;
}

/** Within so many records a rare warning is there for a reason. */
function rareReach(survey: Survey): number {
  const known = reaches.get(survey);
  if (known !== undefined) return known;
  let rare = 0;
  for (const warnings of survey.warnings) if (warnings <= RARE_WARNINGS) rare += warnings;
  const reach = (BY_CHANCE * survey.records) / Math.max(1, rare);
  reaches.set(survey, reach);
  return reach;
}
