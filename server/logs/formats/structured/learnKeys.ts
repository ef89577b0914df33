import { unitOfKey } from './durationKeys.ts';
import { MILLISECONDS, NANOSECONDS, SECONDS, UNKNOWN_UNIT } from './durationValue.ts';
import { COMPONENT, DURATION, type KeyMeaning, KeyTable, LEVEL, roleOf, TIME } from './keyTable.ts';
import { levelOfName } from './levelValue.ts';
import { meanings, RECORD } from './recordKeys.ts';
import { timeOfText } from './timeValue.ts';

/** Earliest and latest time that a value of an unknown key may tell to be taken for one: the years 2000 to 2100. */
const EARLIEST = 946_684_800_000;
const LATEST = 4_102_444_800_000;

/**
 * What keys that no known program writes mean in one source, told from their values in its sample: a time where every
 * value is one, a level where every value is one, durations by their names.
 * @param known the keys whose meaning is known already
 */
export function learnKeys(records: readonly Record<string, unknown>[], known: readonly KeyMeaning[]): KeyMeaning[] {
  const table = new KeyTable(known);
  const roles = new Set<number>();
  const unknown = new Map<string, unknown[]>();
  for (const record of records) {
    for (const [key, value] of Object.entries(record)) {
      const bytes = Buffer.from(key);
      const role = roleOf(table.find(bytes, 0, bytes.length, RECORD));
      if (role !== 0) roles.add(role);
      else if (unknown.has(key)) unknown.get(key)?.push(value);
      else if (unknown.size < 200) unknown.set(key, [value]);
    }
  }
  const learned: KeyMeaning[] = [];
  for (const [key, values] of unknown) {
    const texts = values.filter((value) => typeof value === 'string' || typeof value === 'number').map(String);
    const unit = unitOfKey(key);
    if (unit !== undefined) learned.push({ key, role: DURATION, rank: 20, argument: unit });
    else if (texts.length * 2 < records.length || texts.length < values.length) continue;
    else if (!roles.has(TIME) && texts.every(isTime)) learned.push({ key, role: TIME, rank: 30 });
    else if (!roles.has(LEVEL) && texts.every(isLevel)) learned.push({ key, role: LEVEL, rank: 30 });
  }
  const names = unknown.get('name') ?? [];
  if (!roles.has(COMPONENT) && isFewNames(names)) learned.push(...meanings(RECORD, COMPONENT, 'name', 30));
  return learned;
}

/**
 * The unit of durations whose keys name none: seconds when all are fractions below a minute, nanoseconds when all are large
 * whole numbers; undefined: milliseconds will do.
 */
export function learnUnit(
  records: readonly Record<string, unknown>[],
  known: readonly KeyMeaning[],
): number | undefined {
  const unnamed = new Set(
    known
      .filter(({ role, argument }) => role === DURATION && (argument ?? UNKNOWN_UNIT) === UNKNOWN_UNIT)
      .map(({ key }) => key),
  );
  const values = records.flatMap((record) =>
    Object.entries(record)
      .filter(([key]) => unnamed.has(key))
      .map(([, value]) => (typeof value === 'string' && /^\d/.test(value) ? Number(value) : value))
      .filter((value) => typeof value === 'number' && Number.isFinite(value)),
  ) as number[];
  if (values.length === 0) return undefined;
  const middle = values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  const fractions = values.filter((value) => !Number.isInteger(value)).length;
  if (fractions * 2 > values.length && middle < 1) return SECONDS;
  if (fractions === 0 && middle >= 100_000) return NANOSECONDS;
  return MILLISECONDS;
}

function isTime(text: string): boolean {
  const bytes = Buffer.from(text);
  const time = timeOfText(bytes, 0, bytes.length, 0);
  return time > EARLIEST && time < LATEST;
}

function isLevel(text: string): boolean {
  const bytes = Buffer.from(text);
  return text.length > 1 && levelOfName(bytes, 0, bytes.length) > 0;
}

/** Names of modules recur; names of users and files do not. */
function isFewNames(names: readonly unknown[]): boolean {
  if (names.length < 10 || !names.every((name) => typeof name === 'string' && /^[\w.:/-]{1,80}$/.test(name)))
    return false;
  return new Set(names).size * 5 <= names.length;
}
