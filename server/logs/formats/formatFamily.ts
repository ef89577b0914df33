import type { FormatPlan, LogFormat } from './logFormat.ts';
import type { SampleLines } from './sampleLines.ts';

/** What is known of a source besides its bytes. */
export interface SampleFacts {
  /** File name or unit; a hint, never a proof. */
  name?: string;
  /** When it was written last: the year of times that have none follows from it. */
  modified?: Date;
  /** Minutes that local times without a zone are ahead of UTC; absent: 0. */
  zoneMinutes?: number;
}

export interface Detection {
  plan: FormatPlan;
  /**
   * 0–1: share of the sample's lines that the format explains (continuations of a record included), times how specific it
   * is: 1 for a format whose lines nothing else writes, 0.9 for one of loose shape, at most 0.8 for a learned header.
   */
  score: number;
}

/** Detects the format of what is left when an outer layer (docker's JSON, a compose prefix, syslog) was taken off. */
export type DetectInner = (sample: SampleLines, facts: SampleFacts) => FormatPlan;

/** Formats that are detected and parsed in one way; the registry is `families.ts`. */
export interface FormatFamily {
  readonly id: string;
  /**
   * @param inner absent inside another layer: only one layer is unwrapped
   * @returns its best plan for the sample; undefined: none of its formats
   */
  detect(sample: SampleLines, facts: SampleFacts, inner: DetectInner | undefined): Detection | undefined;
  /**
   * @param inner makes the format of an inner plan (one that `DetectInner` gave, kept in the plan's options)
   * @returns undefined when the plan is not of this family
   */
  create(plan: FormatPlan, inner: (plan: FormatPlan) => LogFormat): LogFormat | undefined;
}
