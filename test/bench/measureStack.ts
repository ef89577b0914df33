import { spawnSync } from 'node:child_process';
import { realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DiagnosisReport, runDiagnosis } from '../../server/protocol/diagnosis.ts';
import { createJanitor } from '../support/createJanitor.ts';
import { composeStack, TINY_IMAGE, untilContainer } from '../support/startContainers.ts';
import { type Measure, median } from './measure.ts';
import { residentMemory, startMeasuredBackend } from './measureBackend.ts';

const SIZES = [3, 10, 30, 100] as const;
const RUNS = 5;

/**
 * Compose stacks of real containers, one of them broken, diagnosed by a backend of their own. The cost of one more service
 * is compared between the small stacks and the large ones: where it grows linearly, the ratio is about 1.
 */
export async function measureStack(): Promise<Measure[]> {
  if (spawnSync('docker', ['info'], { stdio: 'ignore' }).status !== 0)
    return [
      { title: 'stack of 30 services', unit: 'ms', limit: 3_000, value: undefined, remark: 'no container engine' },
    ];
  const times = new Map<number, number>();
  let growth: number | undefined;
  for (const size of SIZES) {
    const result = await measureOne(size);
    times.set(size, result.milliseconds);
    if (size === 30) growth = result.growthBytes;
  }
  const at = (size: number): number => times.get(size) as number;
  const slope = (at(100) - at(30)) / 70 / ((at(30) - at(3)) / 27);
  const all = SIZES.map((size) => `${size}: ${at(size).toFixed(0)} ms`).join(', ');
  return [
    { title: 'stack of 30 services', unit: 'ms', limit: 3_000, value: at(30), remark: `median of ${RUNS}; ${all}` },
    {
      title: '  backend grows by',
      unit: 'MB',
      limit: 40,
      value: growth === undefined ? undefined : growth / 1e6,
      remark: `resident, after ${RUNS} runs`,
    },
    { title: '  cost of a service, 100 to 30', unit: '×', limit: 2, value: slope, remark: '1 is linear' },
  ];
}

async function measureOne(size: number): Promise<{ milliseconds: number; growthBytes: number | undefined }> {
  const janitor = createJanitor();
  const disposals: (() => Promise<void> | void)[] = [];
  try {
    const workspace = await realpath(await janitor.makeFolder('stack'));
    const empty = await janitor.makeFolder('empty');
    const names = Array.from({ length: size }, (_, index) => `service${index}`);
    const services = names.map(
      (name, index) =>
        `  ${name}:\n    image: ${TINY_IMAGE}\n    build: ./${name}\n    environment:\n      NEXT_URL: http://service${(index + 1) % size}:7000\n`,
    );
    await writeFile(path.join(workspace, 'compose.yaml'), `services:\n${services.join('')}`);
    const stack = await composeStack({ workspace, onDispose: (dispose) => void disposals.push(dispose) });
    for (const name of names.slice(1))
      await stack.add(name, {
        shell: 'i=0; while test $i -lt 200; do echo "INFO request $i served"; i=$((i+1)); done; sleep 1000',
      });
    const broken = await stack.add('service0', { shell: 'echo "ERROR no license"; exit 4' });
    await untilContainer(broken, '{{.State.Status}}', (text) => text === 'exited');
    const { connection, pid } = await startMeasuredBackend(janitor);
    const diagnose = async (folder: string): Promise<DiagnosisReport> =>
      DiagnosisReport.parse(await connection.sendRequest(runDiagnosis.method, { workspace: folder }));
    await diagnose(empty);
    const before = await residentMemory(pid);
    const durations: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const report = await diagnose(workspace);
      const root = report.findings[0]?.cause;
      if (root !== 'container.exited') throw new Error(`the root cause of the stack is container.exited, not ${root}`);
      durations.push(report.durationMs);
    }
    const after = await residentMemory(pid);
    connection.dispose();
    return {
      milliseconds: median(durations),
      growthBytes: before === undefined || after === undefined ? undefined : after - before,
    };
  } finally {
    for (const dispose of disposals.reverse()) await dispose();
    await janitor.dispose();
  }
}
