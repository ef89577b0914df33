/**
 * How far the scan looks. Every limit counts from the beginning of a line or record, never from the beginning of a
 * block: otherwise the result would depend on how a file is cut.
 */

/** Bytes of a line that its format is shown, of the line before it, and of a record in which a stack trace is looked for. */
export const LOOK_BYTES = 65_536;

/** Lines of a record in which a stack trace is looked for; those behind belong to the record all the same. */
export const LOOK_LINES = 10_000;

/** Bytes of a message that are mined. */
export const MINED_BYTES = 4_096;

/** Bytes of a component's or trace's name; what is longer is cut. */
export const NAME_BYTES = 256;

/**
 * Bytes that are read ahead of a block: the line before its first one, as far as a format may look at it. Behind a block
 * stand those of its last record and then of the line that ends the record.
 */
export const READ_BEFORE = LOOK_BYTES + 1;
export const READ_BEHIND = 2 * LOOK_BYTES;

export const LINE_FEED = 10;
export const CARRIAGE_RETURN = 13;
