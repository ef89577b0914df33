import { spawnSync } from 'node:child_process';
import { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { createJanitor } from '../support/createJanitor.ts';
import { createDemoIncident } from '../support/demoIncident.ts';
import { tektraCli } from '../support/locations.ts';
import { type Measure, median } from './measure.ts';

const RUNS = 11;

/** `tektra diagnose` on the demo incident: the whole process, and the engine's own time within it. Throws when it misses the cause. */
export async function measureDiagnosis(): Promise<Measure[]> {
  const janitor = createJanitor();
  const whole: number[] = [];
  const engine: number[] = [];
  try {
    const { workspace } = await createDemoIncident(janitor);
    for (let run = 0; run < RUNS; run += 1) {
      const started = performance.now();
      const { stdout } = spawnSync(process.execPath, [tektraCli, 'diagnose', workspace, '--json'], {
        encoding: 'utf8',
      });
      whole.push(performance.now() - started);
      const report = DiagnosisReport.parse(JSON.parse(stdout));
      const root = report.findings[0]?.cause;
      if (root !== 'port.conflict') throw new Error(`the demo's root cause is port.conflict, not ${root}`);
      engine.push(report.durationMs);
    }
  } finally {
    await janitor.dispose();
  }
  const remark = `median of ${RUNS}, highest`;
  const highest = (values: number[]): string => `${remark} ${Math.max(...values).toFixed(0)}`;
  return [
    { title: 'tektra diagnose, demo', unit: 'ms', limit: 1_000, value: median(whole), remark: highest(whole) },
    { title: '  the engine alone', unit: 'ms', limit: 400, value: median(engine), remark: highest(engine) },
  ];
}
