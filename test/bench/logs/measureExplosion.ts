import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createShapeTable } from '../../../server/logs/templates/createShapeTable.ts';
import { createTemplateMiner } from '../../../server/logs/templates/createTemplateMiner.ts';
import type { Measure } from '../measure.ts';
import { type PeerSpeed, runPeers } from './runPeers.ts';

const LINES = 1_000_000;

/** One million messages of a distributed file system, each with ids that were never seen before, and how many templates they make. */
export async function measureExplosion(): Promise<Measure[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tektra-explosion-'));
  try {
    const text = messages();
    const bytes = new Uint8Array(Buffer.from(text));
    const file = path.join(folder, 'messages.txt');
    writeFileSync(file, text);
    const before = process.cpuUsage();
    const table = createShapeTable();
    const counts: number[] = [];
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(10, start);
      const shape = table.add(bytes, start, end);
      counts[shape] = (counts[shape] ?? 0) + 1;
      start = end + 1;
    }
    const miner = createTemplateMiner();
    for (const [at, shape] of table.texts().entries()) miner.admit(shape, counts[at] ?? 0);
    const templates = miner.templates().length;
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    const peer = await runPeers<PeerSpeed>('speed', file);
    const beside =
      typeof peer === 'string' ? peer : `Drain3: ${peer.clusters} clusters in ${peer.cpuSeconds.toFixed(1)} s of CPU`;
    return [
      { title: '1 M lines with fresh ids, templates', unit: '', limit: 16, value: templates, remark: beside },
      {
        title: 'mining, of the CPU of Drain’s core',
        unit: '×',
        limit: 0.05,
        value: typeof peer === 'string' ? undefined : seconds / peer.cpuSeconds,
        remark: `${seconds.toFixed(2)} s of CPU for shapes and templates`,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** 14 kinds of messages, as such systems write them. Seeded. */
function messages(): string {
  let seed = 42;
  const random = (below: number): number => {
    // Numerical Recipes' constants; the high bits are the good ones.
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const block = (): string => `blk_${random(2) === 0 ? '-' : ''}${random(1e9)}${random(1e9)}`;
  const address = (): string => `10.25${random(2)}.${random(255)}.${random(255)}`;
  const kinds: (() => string)[] = [
    () => `Receiving block ${block()} src: /${address()}:${random(60_000)} dest: /${address()}:50010`,
    () => `PacketResponder ${random(3)} for block ${block()} terminating`,
    () => `Received block ${block()} of size ${random(67_108_864)} from /${address()}`,
    () =>
      `BLOCK* NameSystem.addStoredBlock: blockMap updated: ${address()}:50010 is added to ${block()} size ${random(67_108_864)}`,
    () =>
      `BLOCK* NameSystem.allocateBlock: /user/root/rand${random(9)}/_temporary/_task_20081109_${random(9999)}_m_${random(99_999)}_${random(9)}/part-${random(99_999)}. ${block()}`,
    () => `Verification succeeded for ${block()}`,
    () => `Deleting block ${block()} file /mnt/hadoop/dfs/data/current/subdir${random(64)}/${block()}`,
    () => `BLOCK* NameSystem.delete: ${block()} is added to invalidSet of ${address()}:50010`,
    () => `${address()}:50010 Served block ${block()} to /${address()}`,
    () => `${address()}:50010:Got exception while serving ${block()} to /${address()}:`,
    () =>
      `Received block ${block()} src: /${address()}:${random(60_000)} dest: /${address()}:50010 of size ${random(67_108_864)}`,
    () => `writeBlock ${block()} received exception java.io.IOException: Connection reset by peer`,
    () => `BLOCK* ask ${address()}:50010 to replicate ${block()} to datanode(s) ${address()}:50010`,
    () => `Starting thread to transfer block ${block()} to ${address()}:50010`,
  ];
  const lines: string[] = [];
  for (let at = 0; at < LINES; at += 1) lines.push((kinds[random(kinds.length)] as () => string)());
  return `${lines.join('\n')}\n`;
}
