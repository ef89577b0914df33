import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import type { Demo } from '../support/demoIncident.ts';
import { productRoot, tektraCli } from '../support/locations.ts';
import { runTool } from '../support/runTool.ts';

describe('the demo incident', () => {
  let owner: ChildProcess;
  let demo: Demo;
  beforeEach(async () => {
    const script = path.join(productRoot, 'test/support/holdDemo.ts');
    owner = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: owner.stdout as NodeJS.ReadableStream });
    const [line] = (await once(lines, 'line')) as [string];
    demo = JSON.parse(line) as Demo;
  });
  afterEach(async () => {
    if (owner.exitCode === null && owner.signalCode === null) {
      owner.kill('SIGKILL');
      await once(owner, 'close');
    }
  });

  it('is diagnosed as the port that the forgotten preview holds, not as the louder trouble of yesterday', async () => {
    const argv = ['diagnose', demo.workspace, '--json'] as const;
    const { exitCode, output } = await runTool([process.execPath, tektraCli, ...argv], { cwd: productRoot });
    expect(exitCode).toBe(1);
    const report = DiagnosisReport.parse(JSON.parse(output));
    const [root, ...others] = report.findings;
    expect(root).toMatchObject({ cause: 'port.conflict', target: 'shop-api', confidence: 'proved' });
    expect(JSON.stringify(root?.evidence)).toContain(`pid ${demo.holderPid}`);
    expect(others.map(({ id }) => id).every((id) => root?.explains.includes(id))).toBe(true);
    expect(JSON.stringify(report.findings)).not.toContain('ECONNREFUSED');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'leaves no process and no folder when its owner ends by %s',
    async (signal) => {
      expect(existsSync(demo.workspace)).toBe(true);
      process.kill(demo.holderPid, 0);
      owner.kill(signal);
      await once(owner, 'close');
      // Five seconds: a process that an init adopts stays visible until that reaps it.
      await expect.poll(() => existsSync(path.dirname(demo.workspace)), { timeout: 5_000 }).toBe(false);
      expect(() => process.kill(demo.holderPid, 0)).toThrow('ESRCH');
    },
  );
});
