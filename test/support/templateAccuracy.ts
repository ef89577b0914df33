import { readFileSync } from 'node:fs';
import path from 'node:path';
import { detectFormat } from '../../server/logs/formats/detectFormat.ts';
import { formatOf } from '../../server/logs/formats/formatOf.ts';
import { createHead, resetHead } from '../../server/logs/formats/logFormat.ts';
import { createShapeTable } from '../../server/logs/templates/createShapeTable.ts';
import { createTemplateMiner } from '../../server/logs/templates/createTemplateMiner.ts';

/** Logs with known templates, for evaluation only; beside the checkout. */
export const loghub: string = path.resolve(import.meta.dirname, '../../../shared/data/loghub');
export const loghubSets = ['Android', 'Apache', 'BGL', 'HDFS', 'OpenSSH', 'Proxifier', 'Spark', 'Zookeeper'] as const;

export interface LabelledLine {
  event: string;
  /** The corrected template. */
  template: string;
  content: string;
}

export interface Accuracy {
  /** Share of lines whose group holds exactly the lines of their true group. */
  ga: number;
  /** F1 over groups that are exactly right. */
  fga: number;
  /** Share of lines whose template text is the true one. */
  pa: number;
  /** F1 over templates with group and text right. */
  fta: number;
  groups: number;
}

export function readLabelled(set: string): LabelledLine[] {
  const [header = [], ...rows] = parseCsv(readFileSync(path.join(loghub, `${set}.csv`), 'utf8'));
  const at = (name: string): number => header.indexOf(name);
  return rows.map((row) => ({
    event: row[at('eventId')] ?? '',
    template: row[at('templateCorrected')] ?? '',
    content: row[at('content')] ?? '',
  }));
}

/** The messages that the product reads from the raw log, one a line, and the format that it found. */
export function readRawMessages(set: string): { format: string; messages: Uint8Array[] } {
  const file = readFileSync(path.join(loghub, `${set}.log`));
  const lines: Uint8Array[] = [];
  for (let start = 0; start < file.length; ) {
    const feed = file.indexOf(0x0a, start);
    const end = feed < 0 ? file.length : feed;
    lines.push(file.subarray(start, file[end - 1] === 0x0d ? end - 1 : end));
    start = end + 1;
  }
  // The first column of BGL is the label of its truth.
  const raw = set === 'BGL' ? lines.map((line) => line.subarray(line.indexOf(0x20) + 1)) : lines;
  const bytes = new Uint8Array(Buffer.concat(raw.flatMap((line) => [line, Buffer.from('\n')])));
  const plan = detectFormat(bytes.subarray(0, 256 << 10));
  const format = formatOf(plan);
  const head = createHead();
  let start = 0;
  const messages = raw.map((line) => {
    const end = start + line.length;
    resetHead(head, start, end);
    format.parse(bytes, start, end, head);
    start = end + 1;
    return bytes.slice(head.messageStart, head.messageEnd);
  });
  return { format: plan.id, messages };
}

/** Mines the messages as one log; answers the template text of each. */
export function mine(messages: readonly Uint8Array[]): { ids: number[]; texts: string[] } {
  const table = createShapeTable();
  const counts: number[] = [];
  const shapes = messages.map((bytes) => {
    const shape = table.add(bytes, 0, bytes.length);
    counts[shape] = (counts[shape] ?? 0) + 1;
    return shape;
  });
  const miner = createTemplateMiner();
  const numbers = table.texts().map((text, shape) => miner.admit(text, counts[shape] ?? 0));
  const texts = new Map(miner.templates().map(({ id, text }) => [id, text]));
  const ids = shapes.map((shape) => miner.templateOf(numbers[shape] ?? 0));
  return { ids, texts: ids.map((id) => texts.get(id) ?? '') };
}

/** @param truth the true group of each line @param texts with the true text of each line */
export function accuracyOf(
  ids: readonly number[],
  truth: readonly string[],
  texts: { predicted: readonly string[]; right: readonly string[] },
): Accuracy {
  const predicted = groupsOf(ids);
  const right = groupsOf(truth);
  let lines = 0;
  let groups = 0;
  let templates = 0;
  for (const members of right.values()) {
    const first = members[0] ?? 0;
    const same = predicted.get(ids[first] ?? -1) ?? [];
    if (same.length !== members.length || same.some((line, at) => line !== members[at])) continue;
    lines += members.length;
    groups += 1;
    if (normal(texts.predicted[first] ?? '') === normal(texts.right[first] ?? '')) templates += 1;
  }
  const matching = truth.filter((_, line) => normal(texts.predicted[line] ?? '') === normal(texts.right[line] ?? ''));
  return {
    ga: lines / truth.length,
    fga: (2 * groups) / (predicted.size + right.size),
    pa: matching.length / truth.length,
    fta: (2 * templates) / (predicted.size + right.size),
    groups: predicted.size,
  };
}

function groupsOf<Key>(keys: readonly Key[]): Map<Key, number[]> {
  const groups = new Map<Key, number[]>();
  keys.forEach((key, line) => {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [line]);
    else group.push(line);
  });
  return groups;
}

/** Adjacent variables are one, and so are spaces. */
export function normal(template: string): string {
  return template
    .replace(/(?:<\*>)+/g, '<*>')
    .replace(/\s+/g, ' ')
    .trim();
}

function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] as string;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === ',' || character === '\n') {
      row.push(cell.replace(/\r$/, ''));
      cell = '';
      if (character === '\n') {
        rows.push(row);
        row = [];
      }
    } else cell += character;
  }
  return rows;
}
