import { RE2JS } from 're2js';
import { TektraError } from '../../protocol/errors.ts';
import { ascii } from './ascii.ts';
import { findTimeLayouts } from './findTimeLayout.ts';
import type { SampleFacts } from './formatFamily.ts';
import type { FormatPlan } from './logFormat.ts';
import { type SampleLines, thinned } from './sampleLines.ts';
import { compileLayout, lackOf } from './timeLayout.ts';
import { USER_FORMAT, type UserOptions } from './userLogFormat.ts';

/** A format of the user's settings. */
export interface UserFormat {
  name: string;
  /** A regular expression (RE2: no look-around, no back references) with the named groups time, level, component, message, trace, duration (ms). */
  pattern: string;
  /** How `time` is written, as strftime writes it; absent: found out from the log. */
  timeFormat?: string;
}

const GROUPS = ['time', 'level', 'component', 'message', 'trace', 'duration'];
/** Share of the lines that the first match of a user's format must explain. */
const EXPLAINED = 0.5;

/**
 * Checks a user's format.
 * @throws TektraError request.invalid, with what is wrong and how to write it
 */
export function validateUserFormat(format: UserFormat): void {
  const pattern = compile(format);
  const groups = Object.keys(pattern.namedGroups());
  const unknown = groups.filter((group) => !GROUPS.includes(group));
  if (unknown.length > 0)
    throw invalid(format, `it has the group ${unknown[0]}`, `Use the groups ${GROUPS.join(', ')}.`);
  if (!groups.includes('message')) throw invalid(format, 'it has no group message', 'Add (?<message>.*).');
  if (format.timeFormat === undefined) return;
  if (!groups.includes('time')) throw invalid(format, 'it has a timeFormat and no group time', 'Add (?<time>…).');
  try {
    compileLayout(layoutOf(format.timeFormat));
  } catch (error) {
    throw invalid(
      format,
      `its timeFormat is wrong: ${(error as Error).message}`,
      'Write it as strftime does: %Y-%m-%d %H:%M:%S.',
      error,
    );
  }
}

function invalid(format: UserFormat, what: string, action: string, cause?: unknown): TektraError {
  return new TektraError('request.invalid', `The log format "${format.name}" cannot be used: ${what}.`, {
    action,
    cause,
  });
}

function compile(format: UserFormat): RE2JS {
  try {
    return RE2JS.compile(format.pattern);
  } catch (error) {
    throw invalid(
      format,
      `its pattern is wrong: ${(error as Error).message}`,
      'Correct the pattern; look-around and back references are not supported.',
      error,
    );
  }
}

/** strftime's own words for fractions and names, as `compileLayout` knows them. */
function layoutOf(timeFormat: string): string {
  return timeFormat
    .replace(/[.,:]?%(?:f|L|N|[369]N)/g, '%f')
    .replace(/%:?z|%Z/g, '%z')
    .replace(/%[BhA]/g, (field) => (field === '%A' ? '%a' : '%b'))
    .replace(/%[lI]/g, '%k')
    .replace(/%T/g, '%H:%M:%S')
    .replace(/%F/g, '%Y-%m-%d')
    .replace(/%D/g, '%m/%d/%y');
}

/** The plan of the first format that explains most of a sample; undefined: none does. */
export function detectUserFormat(
  formats: readonly UserFormat[],
  all: SampleLines,
  facts: SampleFacts,
): FormatPlan | undefined {
  const sample = thinned(all, 200);
  for (const format of formats) {
    validateUserFormat(format);
    const pattern = compile(format);
    const times: Uint8Array[] = [];
    let matched = 0;
    for (let line = 0; line < sample.count; line += 1) {
      const matcher = pattern.matcher(sample.bytes.subarray(sample.starts[line], sample.ends[line]));
      if (!matcher.find()) continue;
      matched += 1;
      const time = 'time' in pattern.namedGroups() ? matcher.group('time') : null;
      if (time) times.push(ascii(time));
    }
    if (matched < EXPLAINED * sample.count || matched === 0) continue;
    const layout = format.timeFormat === undefined ? foundLayout(times) : layoutOf(format.timeFormat);
    const lacks = layout === '' ? undefined : lackOf(layout);
    return {
      id: USER_FORMAT,
      title: format.name,
      zoneMinutes: facts.zoneMinutes ?? 0,
      ...(lacks ? { lacks, startMs: startOfTimes(lacks, facts) } : {}),
      options: { pattern: format.pattern, layout } satisfies UserOptions,
    };
  }
  return undefined;
}

function foundLayout(times: readonly Uint8Array[]): string {
  const counts = new Map<string, number>();
  for (const time of times)
    for (const { layout, end } of findTimeLayouts(time, 0, time.length))
      if (end === time.length) counts.set(layout, (counts.get(layout) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
}

function startOfTimes(lacks: 'year' | 'date', facts: SampleFacts): number {
  const written = facts.modified ?? new Date();
  const year = written.getUTCFullYear();
  return lacks === 'year' ? Date.UTC(year, 0, 1) : Date.UTC(year, written.getUTCMonth(), written.getUTCDate());
}
