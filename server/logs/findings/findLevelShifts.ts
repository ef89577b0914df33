import { ERROR, WARN } from '../levels.ts';
import type { Candidate } from './candidate.ts';
import { type Elevation, findElevation } from './elevation.ts';
import { firstIn, riseWeights, standsOut } from './findBursts.ts';
import { severityWeights } from './findNovel.ts';
import type { Novelty } from './novelty.ts';
import type { Pace } from './pace.ts';
import { RecordLook } from './recordLook.ts';
import type { Course, Series } from './series.ts';
import type { Severity } from './severity.ts';
import type { Survey } from './survey.ts';
import { percent, plural, type Words } from './words.ts';

/** Fewer warnings are no shift. */
const MIN_WARNINGS = 4;
/** Work between two turns. */
const TURN = 16;

/** Templates and components of which suddenly more records are warnings or worse. @throws the signal's reason */
export async function findLevelShifts(
  survey: Survey,
  series: Series,
  novelty: Novelty,
  words: Words,
  pace: Pace,
): Promise<Candidate[]> {
  const found: Candidate[] = [];
  const look = new RecordLook(survey.index);
  const rest = new Uint32Array(series.bins);
  const shiftOf = ({ counts, warnings }: Course): Elevation | undefined => {
    for (let bin = 0; bin < series.bins; bin += 1) rest[bin] = (counts[bin] as number) - (warnings[bin] as number);
    const rise = findElevation(warnings, rest, series.bins);
    return rise && standsOut(rise) ? rise : undefined;
  };
  const tell = (rise: Elevation, course: Course, subject: Subject): void => {
    const position = firstIn(survey, series.startOf(rise.from), survey.records, subject.matches);
    const end = series.startOf(rise.to) - 1;
    const severity: Severity = look.level(position) >= ERROR ? 2 : 1;
    const { inside, before } = shares(course, rise);
    const isOpen = rise.to >= series.bins - 1;
    found.push({
      kind: 'burst',
      position,
      end,
      slot: survey.slots[look.shape(position)] as number,
      severity,
      weights: [...riseWeights(rise, series.bins), ...severityWeights(novelty, severity)],
      reason: `${percent(inside)} of ${subject.whose} records are warnings or worse ${isOpen ? 'since then' : `for ${words.distance(position, end)}`}, ${words.when(position)}; ${percent(before)} otherwise (${plural(rise.inside, 'record')})`,
      name: subject.name,
      ...(subject.isComponent ? { isOfComponent: true } : {}),
      records: rise.inside,
      folded: [],
    });
  };
  for (const [row, slot] of series.rows.entries()) {
    if (row % TURN === 0) await pace();
    const all = survey.count[slot] as number;
    const bad = survey.warnings[slot] as number;
    if (bad < MIN_WARNINGS || bad === all) continue;
    const course = { counts: series.counts[row] as Uint32Array, warnings: series.warnings[row] as Uint32Array };
    const rise = shiftOf(course);
    if (rise)
      tell(rise, course, {
        whose: 'its',
        name: `level of ${survey.templates[slot]?.text ?? ''}`,
        matches: (_, shape, level) => level >= WARN && survey.slots[shape] === slot,
      });
  }
  for (const [number, course] of series.components) {
    await pace();
    const rise = shiftOf(course);
    const name = survey.index.components.text(number);
    if (rise)
      tell(rise, course, {
        whose: `${name}’s`,
        name: `level of component ${name}`,
        isComponent: true,
        matches: (component, _, level) => level >= WARN && component === number,
      });
  }
  return found;
}

interface Subject {
  whose: string;
  name: string;
  isComponent?: boolean;
  /** Whether a record is one of its warnings. */
  matches: (component: number, shape: number, level: number) => boolean;
}

/** Shares of warnings in a stretch and outside of it. */
function shares({ counts, warnings }: Course, { from, to, inside }: Elevation): { inside: number; before: number } {
  let own = 0;
  let all = 0;
  let bad = 0;
  for (let bin = 0; bin < counts.length; bin += 1) {
    if (bin >= from && bin < to) own += counts[bin] as number;
    all += counts[bin] as number;
    bad += warnings[bin] as number;
  }
  return { inside: inside / Math.max(1, own), before: (bad - inside) / Math.max(1, all - own) };
}
