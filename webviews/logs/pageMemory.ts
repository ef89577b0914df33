import { LogSource } from '../../server/protocol/logs.ts';
import { type TimeMode, timeModes } from './timeText.ts';

export const sides = ['findings', 'templates', 'fields', 'compare'] as const;
export type Side = (typeof sides)[number];

/** Milliseconds since the epoch, both inclusive. */
export type TimeRange = readonly [from: number, to: number];

/** What a page keeps for its return: the editor throws a hidden page away, and brings tabs back after a reload. */
export interface PageMemory {
  sources: LogSource[];
  filter: string;
  range: TimeRange | undefined;
  /** Number of the selected record. */
  record: number | undefined;
  /** The record that stands first in the table. */
  topRecord: number | undefined;
  detail: boolean;
  side: Side | undefined;
  timeMode: TimeMode;
  /** Fields that the user groups by, beside the ones of every log. */
  fields: string[];
  history: string[];
  /** Number of the place that another part of the editor wanted to be seen last; it was seen. */
  place: number;
}

/** What an older page kept may have any form. */
export function asPageMemory(value: unknown): PageMemory {
  const kept: Readonly<Record<string, unknown>> = typeof value === 'object' && value !== null ? { ...value } : {};
  return {
    sources: listOf(kept.sources, (item): item is LogSource => LogSource.safeParse(item).success),
    filter: typeof kept.filter === 'string' ? kept.filter : '',
    range: asRange(kept.range),
    record: asCount(kept.record),
    topRecord: asCount(kept.topRecord),
    detail: kept.detail === true,
    side: kept.side === null ? undefined : (sides.find((side) => side === kept.side) ?? 'findings'),
    timeMode: timeModes.find((mode) => mode === kept.timeMode) ?? 'local',
    fields: listOf(kept.fields, isText),
    history: listOf(kept.history, isText),
    place: asCount(kept.place) ?? 0,
  };
}

/** As the editor stores it: JSON, in which "no side" must be told from "never chosen". */
export function toKept(memory: PageMemory): unknown {
  return { ...memory, side: memory.side ?? null };
}

function asRange(value: unknown): TimeRange | undefined {
  if (!Array.isArray(value)) return undefined;
  const [from, to]: unknown[] = value;
  return Number.isFinite(from) && Number.isFinite(to) ? [from as number, to as number] : undefined;
}

function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function listOf<T>(value: unknown, is: (item: unknown) => item is T): T[] {
  return Array.isArray(value) ? value.filter(is) : [];
}
