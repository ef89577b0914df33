import type { LogFinding } from '../../protocol/logRecord.ts';
import type { Severity } from './severity.ts';

/** Why a candidate weighs what it weighs. Points add up; about one is a factor of e in how unlikely it is by chance. */
export interface Weight {
  text: string;
  points: number;
}

/** Something that may be worth telling, before it is weighed against the others. Positions are in the order of time. */
export interface Candidate {
  kind: LogFinding['kind'];
  /** The record to jump to. */
  position: number;
  /** The last record that it tells of. */
  end: number;
  /** Slot in the survey; undefined: not of one template. */
  slot?: number;
  severity: Severity;
  weights: Weight[];
  /** One sentence without its full stop, with its numbers. */
  reason: string;
  /** What stays the same in another run: a template's text, a group's headline, a component. */
  name: string;
  /** It tells of a component: its records are of many templates, and `slot` is that of the first of them. */
  isOfComponent?: boolean;
  /** How many records it tells of. */
  records: number;
  /** What follows from it and is not told apart. */
  folded: Candidate[];
}

export function pointsOf({ weights }: Candidate): number {
  return weights.reduce((sum, { points }) => sum + points, 0);
}
