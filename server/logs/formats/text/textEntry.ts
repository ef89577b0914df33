/** A named text format. */
export interface TextEntry {
  id: string;
  title: string;
  /** How its lines begin, in the language of `compilePattern`; the first that matches reads the line. */
  patterns: readonly string[];
  /** That many of the first patterns are its own; the others are too loose to prove it. Absent: all. */
  core?: number;
  /** 0–1: how sure one is of the format when its pattern matches; absent: 1. */
  certainty?: number;
  /** How lines begin that tell what their record's first line did not; the first that matches. */
  completing?: readonly string[];
  /** A line with a later pattern continues the record when the line before it has the first pattern. */
  chained?: boolean;
  /** Its log is mixed with output that has no head. */
  plainLines?: boolean;
  /** What times must look like: part of their layout. */
  layout?: RegExp;
}
