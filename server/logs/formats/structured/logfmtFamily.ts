import { continues } from '../continuation.ts';
import type { FormatFamily } from '../formatFamily.ts';
import type { SampleLines } from '../sampleLines.ts';
import { DURATION, type KeyMeaning, LEVEL, MESSAGE } from './keyTable.ts';
import { learnKeys, learnUnit } from './learnKeys.ts';
import { LogfmtFormat, type LogfmtOptions, logfmtKeys, prefixEnd } from './logfmtFormat.ts';
import { LogfmtPairs } from './logfmtPairs.ts';
import { meanings, RECORD } from './recordKeys.ts';

/** Lines of a sample that are looked at for their keys. */
const LOOKED_AT = 300;

interface LogfmtFlavour {
  name: string;
  matches(fields: Record<string, unknown>): boolean;
  keys?: readonly KeyMeaning[];
}

const flavours: readonly LogfmtFlavour[] = [
  {
    name: 'Heroku',
    matches: (fields) => 'at' in fields && 'dyno' in fields,
    keys: [
      ...meanings(RECORD, LEVEL, 'at'),
      { key: 'service', role: DURATION, rank: 0 },
      ...meanings(RECORD, MESSAGE, 'desc'),
    ],
  },
  { name: 'Prometheus', matches: (fields) => 'ts' in fields && 'caller' in fields },
  { name: 'Grafana', matches: (fields) => 'logger' in fields && 't' in fields },
  {
    name: 'slog',
    matches: (fields) => 'time' in fields && 'msg' in fields && /^[A-Z]+(?:[+-]\d+)?$/.test(`${fields.level}`),
  },
  { name: 'logrus', matches: (fields) => 'time' in fields && 'level' in fields && 'msg' in fields },
];

/** `key=value` pairs, with quotes where a value holds blanks. */
export const logfmtFamily: FormatFamily = {
  id: 'logfmt',
  detect(sample, facts) {
    const shape = shapeOf(sample);
    if (!shape) return undefined;
    const { prefixed, share, lines } = shape;
    const options: LogfmtOptions = { keys: [], rules: {}, prefixed };
    const plan = { id: 'logfmt', title: 'logfmt', zoneMinutes: facts.zoneMinutes ?? 0, options };
    const reader = new LogfmtFormat(plan);
    const records = lines.slice(0, LOOKED_AT).map((line) => reader.fields(line));
    const flavour = flavours.find(({ matches }) => records.filter(matches).length * 2 > records.length);
    const known = [...logfmtKeys, ...(flavour?.keys ?? [])];
    const unit = learnUnit(records, known);
    options.keys = [...(flavour?.keys ?? []), ...learnKeys(records, known)];
    if (unit !== undefined) options.rules = { unit };
    // Pairs alone are a loose shape; with a level or a message beside a time they are nothing else.
    const usual = records.filter(
      (fields) => ('level' in fields || 'lvl' in fields || 'msg' in fields) && Object.keys(fields).length > 1,
    );
    const sure = flavour !== undefined || usual.length * 2 > records.length;
    const title = flavour ? `logfmt (${flavour.name})` : 'logfmt';
    return { plan: { ...plan, title }, score: share * (sure ? 1 : 0.7) };
  },
  create: (plan) => (plan.id === 'logfmt' ? new LogfmtFormat(plan) : undefined),
};

/** Which lines of a sample are pairs; undefined: too few. */
function shapeOf(sample: SampleLines): { prefixed: boolean; share: number; lines: string[] } | undefined {
  const { bytes, count, starts, ends } = sample;
  const pairs = new LogfmtPairs();
  const lines: string[] = [];
  let prefixed = 0;
  let others = 0;
  for (let line = 0; line < count; line += 1) {
    const start = starts[line] as number;
    const end = ends[line] as number;
    const from = prefixEnd(bytes, start, end);
    if (from > start) prefixed += 1;
    pairs.begin(from);
    let found = 0;
    while (pairs.next(bytes, end) && (found > 0 || pairs.words === 0)) found += 1;
    // Prose with an assignment in it has more words than pairs.
    if (found >= 2 && pairs.words <= found) lines.push(Buffer.from(bytes.subarray(start, end)).toString('utf8'));
    else if (!continues(bytes, start, end)) others += 1;
  }
  if (lines.length === 0) return undefined;
  const isPrefixed = prefixed * 2 > lines.length + others;
  // Behind a prefix lines of the application's own stand between the router's.
  const share =
    isPrefixed && lines.length * 4 >= lines.length + others
      ? prefixed / (lines.length + others)
      : lines.length / (lines.length + others);
  return { prefixed: isPrefixed, share, lines };
}
