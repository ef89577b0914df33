import { continues } from '../continuation.ts';
import type { Detection, SampleFacts } from '../formatFamily.ts';
import type { SampleLines } from '../sampleLines.ts';
import { type JsonFlavour, jsonFlavours } from './jsonFlavours.ts';
import { type JsonOptions, opensObject } from './jsonFormat.ts';
import { objectOf } from './jsonText.ts';
import { learnKeys, learnUnit } from './learnKeys.ts';
import { recordKeys } from './recordKeys.ts';
import { nestedEnd, skipToObject } from './skipJson.ts';

/** Records of a sample that are parsed whole to learn from. */
const PARSED = 200;

/** What a sample says of its JSON lines. */
export interface JsonSample {
  records: Record<string, unknown>[];
  /** Share of the records' first lines that are objects of JSON. */
  share: number;
}

/** Looks for lines that are objects of JSON; undefined: there are none. */
export function sampleJson(sample: SampleLines): JsonSample | undefined {
  const { bytes, count, starts, ends } = sample;
  const lines: string[] = [];
  let objects = 0;
  let others = 0;
  for (let line = 0; line < count; line += 1) {
    const start = starts[line] as number;
    const end = ends[line] as number;
    const brace = skipToObject(bytes, start, end);
    // Half an object is one that the sample or its writer cut off: it counts only when whole ones stand beside it.
    const whole =
      opensObject(bytes, brace, end) &&
      end - brace > 1 &&
      (nestedEnd(bytes, brace, end) < end || /[\]}]/.test(String.fromCharCode(bytes[end - 1] as number)));
    if (whole) {
      objects += 1;
      lines.push(Buffer.from(bytes.subarray(brace, end)).toString('utf8'));
    } else if (!continues(bytes, start, end) && brace < end && bytes[brace] !== 0x7b && bytes[brace] !== 0x5d)
      others += 1;
  }
  if (objects === 0) return undefined;
  const step = Math.max(1, Math.floor(lines.length / PARSED));
  const records = lines
    .filter((_, at) => at % step === 0)
    .map(objectOf)
    .filter((record) => record !== undefined && Object.keys(record).length > 0) as Record<string, unknown>[];
  return records.length === 0 ? undefined : { records, share: objects / (objects + others) };
}

/** JSON lines of the flavour that most records match. */
export function detectJson(
  { records, share }: JsonSample,
  facts: SampleFacts,
): Detection & { flavour: JsonFlavour | undefined } {
  const flavour = flavourOf(records);
  const keys = [...(flavour?.keys ?? [])];
  const known = [...recordKeys, ...keys];
  const learned = learnKeys(records, known);
  const unit = (flavour?.rules?.unit ?? flavour?.rules?.integerUnit) ? undefined : learnUnit(records, known);
  const options: JsonOptions = {
    keys: [...keys, ...learned],
    rules: { ...(unit === undefined ? {} : { unit }), ...flavour?.rules },
  };
  const title = flavour ? `JSON lines (${flavour.name})` : 'JSON lines';
  return { plan: { id: 'json', title, zoneMinutes: facts.zoneMinutes ?? 0, options }, score: share, flavour };
}

/** The flavour that most of the records match; undefined: none does. */
export function flavourOf(records: readonly Record<string, unknown>[]): JsonFlavour | undefined {
  return jsonFlavours.find(({ matches }) => records.filter(matches).length * 2 > records.length);
}
