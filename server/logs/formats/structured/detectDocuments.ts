import type { Detection, SampleFacts } from '../formatFamily.ts';
import type { SampleLines } from '../sampleLines.ts';
import { flavourOf } from './detectJson.ts';
import { type DocumentOptions, opensRecord } from './documentFormat.ts';
import { objectOf } from './jsonText.ts';
import { learnKeys, learnUnit } from './learnKeys.ts';
import { recordKeys } from './recordKeys.ts';
import { skipSpace, skipToObject } from './skipJson.ts';

const LOOKED_AT = 100;

/** Objects of JSON over several lines: each at the left edge, in an array, or in an array of one object around them all. */
export function detectDocuments(sample: SampleLines, facts: SampleFacts): Detection | undefined {
  if (!beginsDocument(sample)) return undefined;
  const lines = linesOf(sample);
  const indent = recordIndent(lines, sample);
  if (indent === undefined) return undefined;
  const openings = lines.map((_, at) => opens(sample, at, indent) && at).filter((at) => at !== false);
  const memberIndent = Math.max(...openings.map((at) => indentOf(lines[at + 1] ?? '')));
  if (memberIndent <= indent) return undefined;
  const records = openings
    .slice(0, LOOKED_AT)
    .map((at, number) =>
      objectOf(
        lines
          .slice(at, openings[number + 1])
          .join('\n')
          .replace(/^[^{]*/, ''),
      ),
    )
    .filter((record) => record !== undefined);
  const json = lines.filter((line) => /^\s*(?:["{}[\],\d-]|true|false|null|$)/.test(line)).length;
  const flavour = flavourOf(records);
  const keys = [...(flavour?.keys ?? [])];
  const known = [...recordKeys, ...keys];
  const unit = (flavour?.rules?.unit ?? flavour?.rules?.integerUnit) ? undefined : learnUnit(records, known);
  const options: DocumentOptions = {
    indent,
    memberIndent,
    keys: [...keys, ...learnKeys(records, known)],
    rules: { ...(unit === undefined ? {} : { unit }), ...flavour?.rules },
  };
  const title = flavour ? `JSON documents (${flavour.name})` : 'JSON documents';
  return {
    plan: { id: 'json-documents', title, zoneMinutes: facts.zoneMinutes ?? 0, options },
    score: json / lines.length,
  };
}

/** Whether the first line that is not blank is nothing but the brackets that open a document. */
function beginsDocument({ bytes, count, starts, ends }: SampleLines): boolean {
  for (let line = 0; line < count; line += 1) {
    const end = ends[line] as number;
    const at = skipSpace(bytes, starts[line] as number, end);
    if (at < end)
      return (
        skipSpace(bytes, skipToObject(bytes, at, end) + 1, end) >= end && (bytes[at] === 0x5b || bytes[at] === 0x7b)
      );
  }
  return false;
}

/** How far in the braces of the records stand: those that recur, outermost first; of one object the list that it holds, or itself. */
function recordIndent(lines: readonly string[], sample: SampleLines): number | undefined {
  const indents = new Map<number, number>();
  lines.forEach((line, at) => {
    const indent = indentOf(line);
    if (opens(sample, at, indent)) indents.set(indent, (indents.get(indent) ?? 0) + 1);
  });
  const ordered = [...indents.keys()].sort((a, b) => a - b);
  const outer = ordered[0];
  if (outer === undefined || (indents.get(outer) ?? 0) > 1 || lines[0]?.trim().startsWith('[')) return outer;
  // One object around a list: `{ "Records": [ {`.
  const opening = lines.findIndex((line, at) => {
    const before = lines[at - 1] ?? '';
    return /"\s*:\s*\[\s*$/.test(before) && indentOf(line) > indentOf(before) && opens(sample, at, indentOf(line));
  });
  const inner = opening < 0 ? undefined : indentOf(lines[opening] ?? '');
  return inner ?? outer;
}

function opens(sample: SampleLines, line: number, indent: number): boolean {
  return opensRecord(sample.bytes, sample.starts[line] as number, sample.ends[line] as number, indent);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function linesOf({ bytes, count, starts, ends }: SampleLines): string[] {
  return Array.from({ length: count }, (_, at) => Buffer.from(bytes.subarray(starts[at], ends[at])).toString('utf8'));
}
