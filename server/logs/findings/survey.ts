import type { LogIndex } from '../index/logIndex.ts';
import { ERROR, WARN } from '../levels.ts';
import type { Template } from '../templates/template.ts';
import type { Pace } from './pace.ts';
import { type Severity, severityOf } from './severity.ts';

/**
 * What one pass over the columns tells of every template: 25 bytes a template, 12 bytes an error group.
 * A slot is a template's place in `templates`; positions count records in the order of time over all sources.
 */
export interface Survey {
  index: LogIndex;
  records: number;
  /** At least half of the records tell their time. */
  hasClock: boolean;
  templates: readonly Template[];
  /** Slot by shape. */
  slots: Uint32Array;
  count: Uint32Array;
  /** Positions of the first and the last record. */
  first: Uint32Array;
  last: Uint32Array;
  warnings: Uint32Array;
  errors: Uint32Array;
  worst: Uint8Array;
  /** Records that are at least a warning, at least an error. */
  allWarnings: number;
  allErrors: number;
  groupCount: Uint32Array;
  groupFirst: Uint32Array;
  groupLast: Uint32Array;
  severity(slot: number): Severity;
}

const NEVER = 0xffff_ffff;
/** Templates whose words are read, those that begin first before others. */
const MAX_LOOKS = 20_000;

/** @throws the signal's reason */
export async function surveyIndex(index: LogIndex, pace: Pace): Promise<Survey> {
  const templates = index.templates();
  const slots = slotsByShape(index, templates);
  const size = templates.length + 1;
  const count = new Uint32Array(size);
  const first = new Uint32Array(size).fill(NEVER);
  const last = new Uint32Array(size);
  const warnings = new Uint32Array(size);
  const errors = new Uint32Array(size);
  const worst = new Uint8Array(size);
  const groups = index.errorGroups.size;
  const groupCount = new Uint32Array(groups);
  const groupFirst = new Uint32Array(groups).fill(NEVER);
  const groupLast = new Uint32Array(groups);
  const isOne = index.sources.length <= 1;
  let records = 0;
  let timed = 0;
  let allWarnings = 0;
  let allErrors = 0;
  for (let number = 0; number < index.chunkCount; number += 1) {
    const chunk = index.chunk(number);
    for (let at = 0; at < chunk.count; at += 1) {
      const position = isOne ? chunk.first + at : index.positionOf(chunk.first + at);
      const slot = slots[chunk.shapes[at] as number] ?? templates.length;
      const level = chunk.levels[at] as number;
      count[slot] = (count[slot] as number) + 1;
      if (position < (first[slot] as number)) first[slot] = position;
      if (position > (last[slot] as number)) last[slot] = position;
      if (level > (worst[slot] as number)) worst[slot] = level;
      if (level >= WARN) {
        warnings[slot] = (warnings[slot] as number) + 1;
        allWarnings += 1;
        if (level >= ERROR) {
          errors[slot] = (errors[slot] as number) + 1;
          allErrors += 1;
        }
      }
      const group = chunk.errorGroups[at] as number;
      if (group > 0 && group < groups) {
        groupCount[group] = (groupCount[group] as number) + 1;
        if (position < (groupFirst[group] as number)) groupFirst[group] = position;
        if (position > (groupLast[group] as number)) groupLast[group] = position;
      }
      if (!Number.isNaN(chunk.times[at] as number)) timed += 1;
    }
    records += chunk.count;
    await pace();
  }
  const known = new Int8Array(size).fill(-1);
  let looks = 0;
  return {
    index,
    records,
    hasClock: records > 0 && timed * 2 >= records,
    templates,
    slots,
    count,
    first,
    last,
    warnings,
    errors,
    worst,
    allWarnings,
    allErrors,
    groupCount,
    groupFirst,
    groupLast,
    severity(slot) {
      const kept = known[slot] as number;
      if (kept >= 0) return kept as Severity;
      // Of a million templates the level has to do: their words would take seconds.
      looks += 1;
      const severity = severityOf(looks > MAX_LOOKS ? '' : (templates[slot]?.text ?? ''), {
        records: count[slot] as number,
        warnings: warnings[slot] as number,
        errors: errors[slot] as number,
        worst: worst[slot] as number,
      });
      known[slot] = severity;
      return severity;
    },
  };
}

/** A shape that belongs to no template (none should) gets the slot behind the last. */
function slotsByShape(index: LogIndex, templates: readonly Template[]): Uint32Array {
  const byId = new Map(templates.map(({ id }, slot) => [id, slot]));
  const slots = new Uint32Array(index.shapeCount).fill(templates.length);
  for (let shape = 0; shape < slots.length; shape += 1)
    slots[shape] = byId.get(index.templateOf(shape)) ?? templates.length;
  return slots;
}
