import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSystems } from '../../server/composeSystems.ts';
import { createDiagnosis } from '../../server/diagnosis/createDiagnosis.ts';
import type { DiagnosisRun } from '../../server/diagnosis/diagnosis.ts';
import type { DiagnosisProgress } from '../../server/protocol/diagnosis.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { type MuteDatabase, startMuteDatabase } from '../support/muteDatabase.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';

const PASSWORD = 'hunter22-sehr-geheim';

describe('a run of which the user skips whatever can be skipped', () => {
  let scenario: Scenario;
  let database: MuteDatabase;
  beforeEach(async () => {
    scenario = await createScenario();
    database = await startMuteDatabase();
    const url = `postgres://shop:${PASSWORD}@127.0.0.1:${database.port}/shop`;
    await scenario.write({
      'package.json': '{ "name": "shop", "scripts": { "start": "node --env-file=.env app.js" } }\n',
      '.env': `DATABASE_URL=${url}\n`,
      'app.js': 'throw new Error(`cannot connect to ${process.env.DATABASE_URL}`);\n',
    });
    await scenario.run(['node', '--env-file=.env', 'app.js'], { log: 'logs/shop.log' });
  });
  afterEach(async () => {
    database.close();
    await scenario.dispose();
  });

  const diagnose = async (skips: (step: DiagnosisProgress, run: DiagnosisRun) => void) => {
    const steps: DiagnosisProgress[] = [];
    let started: DiagnosisRun | undefined;
    const report = await createDiagnosis({ systems: createSystems(), environment: {}, clock: systemClock }).run(
      { workspace: scenario.workspace, symptom: `cannot connect with ${PASSWORD}` },
      {
        signal: new AbortController().signal,
        onStart: (run) => {
          started = run;
        },
        onProgress: (step) => {
          steps.push(structuredClone(step));
          if (started) skips(step, started);
        },
      },
    );
    return { report, steps };
  };

  it('lets no secret out, neither in the report nor in the steps on the way to it', async () => {
    const skipped = new Set<string>();
    const { report, steps } = await diagnose(({ checks = [] }, run) => {
      for (const { id } of checks) if (run.skip(id)) skipped.add(id);
    });
    // How many more are caught in the act is a matter of the machine's speed.
    expect(skipped).toContain('endpoints.probes');
    expect(report.checks?.filter(({ essential }) => essential).every(({ state }) => state === 'done')).toBe(true);
    expect(JSON.stringify(report)).not.toContain(PASSWORD);
    expect(JSON.stringify(steps)).not.toContain(PASSWORD);
  });

  it('finds what is wrong when only what hangs is skipped', async () => {
    const { report } = await diagnose(({ checks = [] }, run) => {
      if (checks.some(({ id, state }) => id === 'endpoints.probes' && state === 'running'))
        run.skip('endpoints.probes');
    });
    expect(report.checks?.find(({ id }) => id === 'endpoints.probes')?.state).toBe('skipped');
    expect(report.findings.map(({ cause }) => cause)).toContain('service.down');
    expect(JSON.stringify(report)).not.toContain(PASSWORD);
  });
});
