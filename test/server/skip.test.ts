import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc';
import { type DiagnosisProgress, runDiagnosis, skipDiagnosis } from '../../server/protocol/diagnosis.ts';
import { BackendHome } from '../support/backendHome.ts';
import { type MuteDatabase, startMuteDatabase } from '../support/muteDatabase.ts';

const PROBES = 'endpoints.probes';
const TOKEN = 'test-run';

/** A workspace whose database accepts connections and never says a word. */
describe('a check that hangs in the real backend', () => {
  let home: BackendHome;
  let folder: string;
  let database: MuteDatabase;

  beforeEach(async () => {
    home = await BackendHome.create();
    folder = await mkdtemp(path.join(tmpdir(), 'tektra-skip-'));
    database = await startMuteDatabase();
    const manifest = { name: 'shop', scripts: { start: 'node --env-file=.env server.js' } };
    await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(path.join(folder, '.env'), `DATABASE_URL=postgres://shop@127.0.0.1:${database.port}/shop\n`);
    await writeFile(path.join(folder, 'server.js'), 'connect(process.env.DATABASE_URL);\n');
  });
  afterEach(async () => {
    database.close();
    await home.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  /** Starts a run; `whenHanging` is called once the database is being asked. */
  const start = (whenHanging: () => void) => {
    const { backend } = home.open();
    const steps: DiagnosisProgress[] = [];
    const cancellation = new CancellationTokenSource();
    backend.onProgress(TOKEN, (step) => {
      steps.push(step);
      const probes = step.checks?.find(({ id }) => id === PROBES);
      if (probes?.state === 'running' && database.openConnections() > 0) whenHanging();
    });
    const run = backend.request(runDiagnosis, { workspace: folder, progressToken: TOKEN }, cancellation.token);
    return { backend, steps, cancellation, run };
  };

  it('is skipped for real: the connection ends, its causes are unknown, the rest is judged', async () => {
    let answer: Promise<unknown> | undefined;
    const { backend, steps, run } = start(() => {
      answer ??= backend.request(skipDiagnosis, { progressToken: TOKEN, check: PROBES });
    });
    const report = await run;
    expect(await answer).toEqual({ skipped: true });
    const probes = report.checks?.find(({ id }) => id === PROBES);
    expect(probes).toMatchObject({ state: 'skipped', because: 'skipped by you' });
    // Left alone it would have waited for three seconds.
    expect(probes?.durationMs).toBeLessThan(2_900);
    const unreachable = report.unknown.find(({ cause }) => cause === 'database.unreachable');
    expect(unreachable?.because).toBe('databases, caches and peers: skipped by you');
    expect(report.findings.filter(({ category }) => category === 'database')).toEqual([]);
    expect(report.checks?.find(({ id }) => id === 'targets')?.state).toBe('done');
    expect(steps.at(-1)).toMatchObject({ done: report.checks?.length, total: report.checks?.length });
    await expect.poll(() => database.openConnections()).toBe(0);
    expect(await backend.request(skipDiagnosis, { progressToken: TOKEN, check: PROBES })).toEqual({ skipped: false });
  });

  it('is found out when it is not skipped', async () => {
    const { run } = start(() => undefined);
    const report = await run;
    expect(report.checks?.find(({ id }) => id === PROBES)?.durationMs).toBeGreaterThan(2_900);
    expect(report.unknown.map(({ because }) => because).join()).not.toContain('skipped by you');
  });

  it('ends at once with the run that is cancelled', async () => {
    const { run, cancellation } = start(() => cancellation.cancel());
    await expect(run).rejects.toMatchObject({ code: 'request.cancelled' });
    await expect.poll(() => database.openConnections()).toBe(0);
  });
});
