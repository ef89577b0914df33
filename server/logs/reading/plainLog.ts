/**
 * A log as plain bytes in a file, whatever it was before: the original itself, or a spool that holds what was
 * decompressed, transcoded or received. It may grow until `complete`.
 */
export interface PlainLog {
  /** For people: path, unit, container. */
  readonly name: string;
  /**
   * Open for reading; stays readable when the path is rotated or removed. Ask anew for each reading: what was truncated
   * is read from its copy after that, and gives no bytes when there is none.
   */
  readonly descriptor: number;
  /** UTF-8 with invalid bytes is `latin1` when that explains them all; UTF-16 was transcoded. */
  readonly encoding: 'utf-8' | 'latin1';
  /** Bytes that can be read now. */
  readonly size: number;
  /** Nothing more will come. */
  readonly complete: boolean;
  /** What was cut, skipped, or went wrong while reading, in words for the user. */
  readonly notices: readonly string[];
  dispose(): void;
}

/** The plain logs of one source, oldest first. Rotation and truncation of a followed file begin a new one. */
export interface OpenedSource {
  readonly logs: readonly PlainLog[];
  /** Called when a log grew, became complete, told a notice, or a log was added. Returns the unsubscriber. */
  onChange(listener: () => void): () => void;
  dispose(): void;
}
