import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFindings } from '../../server/logs/findings/findFindings.ts';
import { detectFormat } from '../../server/logs/formats/detectFormat.ts';
import { formatOf } from '../../server/logs/formats/formatOf.ts';
import type { FormatPlan } from '../../server/logs/formats/logFormat.ts';
import { createLogIndex, type GrowingIndex } from '../../server/logs/index/createLogIndex.ts';
import { createScanParts } from '../../server/logs/index/createScanParts.ts';
import { openSource } from '../../server/logs/reading/openSource.ts';
import type { PlainLog } from '../../server/logs/reading/plainLog.ts';
import { createTemplateMiner } from '../../server/logs/templates/createTemplateMiner.ts';
import { TektraError } from '../../server/protocol/errors.ts';
import type { FuzzCase } from './fuzzCorpus.ts';
import { type SeededRandom, seededRandom } from './seededRandom.ts';

const SAMPLE_BYTES = 262_144;
/** Records of a log whose texts and fields are looked at. */
const LOOKED_AT = 200;
/** What is unpacked of one log; the heavy inputs are below it. */
const MAX_SPOOL_BYTES = 512 << 20;

/** What one bad input came to. */
export interface FuzzResult {
  format: string;
  bytes: number;
  records: number;
  lines: number;
  refused: boolean;
}

/**
 * Opens a bad input with all parts of the engine, and checks what must be true of any log: every byte and line belongs to
 * exactly one record, the result is the same twice and however the log is cut, and nothing throws but a refusal to open.
 */
export async function fuzzOneLog({ bytes }: FuzzCase, seed: number): Promise<FuzzResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tektra-fuzz-'));
  const controller = new AbortController();
  try {
    const file = path.join(folder, 'fuzzed.log');
    writeFileSync(file, bytes);
    const options = { signal: controller.signal, follow: false, spoolFolder: folder, maxSpoolBytes: MAX_SPOOL_BYTES };
    const source = await openSource({ kind: 'file', path: file }, options).catch((error: unknown) => error);
    if (source instanceof TektraError) {
      assert.equal(source.code, 'log.unreadable');
      assert.ok(source.action, 'a refusal names the next step');
      return { format: 'refused', bytes: bytes.length, records: 0, lines: 0, refused: true };
    }
    assert.ok(typeof source === 'object' && source !== null && 'logs' in source, String(source));
    const opened = source as Awaited<ReturnType<typeof openSource>>;
    while (!opened.logs.every(({ complete }) => complete)) await new Promise((resolve) => setTimeout(resolve, 2));
    const [log] = opened.logs as [PlainLog];
    const result = await checkLog(log, folder, seededRandom(seed));
    opened.dispose();
    return { ...result, refused: false };
  } finally {
    controller.abort();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function checkLog(log: PlainLog, folder: string, random: SeededRandom): Promise<Omit<FuzzResult, 'refused'>> {
  const sample = new Uint8Array(Math.min(log.size, SAMPLE_BYTES));
  readSync(log.descriptor, sample, 0, sample.length, 0);
  const facts = { name: 'fuzzed.log', modified: new Date(0) };
  const plan = detectFormat(sample, facts);
  assert.deepEqual(detectFormat(sample, facts), plan, 'the same format is detected twice');
  const whole = await indexed(log, plan, folder, () => 1 << 30);
  checkLines(whole, log);
  await look(whole, plan);
  const told = tellOf(whole);
  const { records } = whole;
  whole.dispose();
  // The larger it is, the larger its pieces, so that their number is bounded.
  const most = Math.max(1_000, log.size / 50);
  const cut = await indexed(log, plan, folder, () => 1 + random.whole(most));
  assert.equal(tellOf(cut), told, 'the result does not depend on the pieces');
  cut.dispose();
  return { format: plan.id, bytes: log.size, records, lines: countLines(log) };
}

async function indexed(
  log: PlainLog,
  plan: FormatPlan,
  folder: string,
  blockBytes: () => number,
): Promise<GrowingIndex> {
  const miner = createTemplateMiner();
  const index = createLogIndex([{ log, plan }], { ...createScanParts(), miner, spillFolder: folder, blockBytes });
  await index.caughtUp();
  assert.ok(index.complete);
  return index;
}

/** Records follow one another without gap or overlap from the first byte and line to the last. */
function checkLines(index: GrowingIndex, log: PlainLog): void {
  let offset = 0;
  let line = 1;
  let records = 0;
  for (let number = 0; number < index.chunkCount; number += 1) {
    const chunk = index.chunk(number);
    assert.equal(chunk.first, records, 'records are numbered one after the other');
    if (number > 0) assert.equal(chunk.base + (chunk.starts[0] as number), offset, 'no byte is left out');
    assert.equal(chunk.firstLine + (chunk.lines[0] as number), line, 'no line is left out');
    for (let at = 0; at < chunk.count; at += 1) {
      assert.ok((chunk.starts[at + 1] as number) > (chunk.starts[at] as number), 'a record has bytes');
      assert.ok((chunk.lines[at + 1] as number) > (chunk.lines[at] as number), 'a record has lines');
    }
    records += chunk.count;
    offset = chunk.base + (chunk.starts[chunk.count] as number);
    line = chunk.firstLine + (chunk.lines[chunk.count] as number);
  }
  assert.equal(records, index.records);
  if (records > 0) assert.equal(offset, log.size, 'the records reach to the last byte');
  assert.equal(line - 1, countLines(log), 'every line belongs to exactly one record');
  assert.equal(index.sources[0]?.lines, countLines(log), 'the lines that are told are those that are there');
}

function countLines(log: PlainLog): number {
  const piece = Buffer.alloc(1 << 20);
  let lines = 0;
  let last = 10;
  for (let at = 0; at < log.size; ) {
    const read = readSync(log.descriptor, piece, 0, Math.min(piece.length, log.size - at), at);
    assert.ok(read > 0, 'all that is promised can be read');
    for (let place = piece.indexOf(10); place >= 0 && place < read; place = piece.indexOf(10, place + 1)) lines += 1;
    last = piece[read - 1] as number;
    at += read;
  }
  return last === 10 ? lines : lines + 1;
}

/** What a user would look at next; none of it may throw. */
async function look(index: GrowingIndex, plan: FormatPlan): Promise<void> {
  const format = formatOf(plan);
  const step = Math.max(1, Math.floor(index.records / LOOKED_AT));
  for (let record = 0; record < index.records; record += step) {
    const text = index.textOf(record);
    format.fields(text);
    assert.equal(typeof format.message(text), 'string');
    format.stack?.(text);
    assert.equal(index.recordAt(index.positionOf(record)), record);
  }
  for (const { text, count } of index.templates().slice(0, LOOKED_AT) as readonly { text: string; count?: number }[]) {
    assert.equal(typeof text, 'string');
    assert.ok(count === undefined || count > 0);
  }
  for (const { reason, score } of await findFindings(index, { minScore: 0 })) {
    assert.ok(reason !== '' && score >= 0 && score <= 1, 'a finding says why, and has a score');
  }
}

function tellOf(index: GrowingIndex): string {
  const hash = createHash('sha256');
  for (let number = 0; number < index.chunkCount; number += 1) {
    const { count, starts, lines, times, levels, shapes, components, durations, traces, errorGroups } =
      index.chunk(number);
    const columns = [times, levels, shapes, components, durations, traces, errorGroups];
    hash.update(starts.subarray(0, count + 1)).update(lines.subarray(0, count + 1));
    for (const column of columns) hash.update(column.subarray(0, count));
  }
  for (const { id, text } of index.templates()) hash.update(`${id} ${text}\n`);
  for (const names of [index.components, index.errorGroups])
    for (let number = 0; number < names.size; number += 1) hash.update(`${names.text(number)}\n`);
  hash.update(JSON.stringify(index.notices));
  return hash.digest('hex');
}
