/** What stands in a template where lines differ. */
export type ParameterType =
  | 'number'
  | 'ip'
  | 'path'
  | 'uuid'
  | 'hex'
  | 'duration'
  | 'size'
  | 'url'
  | 'quoted'
  | 'time'
  | 'word';

/** A kind of message: what its lines have in common. */
export interface Template {
  /** The smallest of its shapes' numbers: shown as `t<id>`. */
  id: number;
  /** With `<*>` for every parameter. */
  text: string;
  /** Types of the parameters, in order of the `<*>`. */
  parameters: readonly ParameterType[];
  /** Numbers of the shapes that were merged into it, ascending. */
  shapes: readonly number[];
  /** Why shapes were merged, or kept apart from a similar template; one sentence for a person. */
  because?: string;
}

/**
 * Hot half of the mining: one table for each scanned block. A shape is a message with its typed variables (numbers,
 * addresses, paths, …) masked; two lines of one shape differ in nothing but those.
 */
export interface ShapeTable {
  /**
   * The shape of the message bytes[start, end), numbered in order of first occurrence in this table, from 0.
   * Sets `durationMs`, `traceStart`, `traceEnd` for that message.
   */
  add(bytes: Uint8Array, start: number, end: number): number;
  /** Of the message added last: a duration written in it with a unit or by its key, in ms; NaN: none. */
  durationMs: number;
  /** Of the message added last: an id that a key calls a trace, request or correlation id; empty range: none. */
  traceStart: number;
  traceEnd: number;
  readonly size: number;
  /** Canonical text of each shape: equal texts ⇔ equal shapes, over all tables. */
  texts(): readonly string[];
}

/** Cold half: shapes in, templates out. The result depends on the set of shapes, their counts and first occurrences alone. */
export interface TemplateMiner {
  /** @param text of a ShapeTable; @returns its number over all tables, in order of first admission, from 0 */
  admit(text: string, count: number): number;
  readonly shapeCount: number;
  /** Templates of all admitted shapes; worked out again only when shapes or counts changed much. */
  templates(): readonly Template[];
  /** Template id of a shape, as of the last `templates()`; a newer shape is its own template until then. */
  templateOf(shape: number): number;
}
