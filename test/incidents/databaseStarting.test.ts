import { chmod, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { EAGER_SERVICE, installPackages, manifest, PATIENT_SERVICE, START, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { startPostgres } from '../support/startPostgres.ts';

const postgres = requireSystem('postgres');
const PASSWORD = 'amber-Quay-31';
const LOG = 'logs/orders.log';

describe.skipIf(!postgres.available)('database.starting', () => {
  let scenario: Scenario;
  let port: number;
  beforeEach(async () => {
    scenario = await createScenario();
    port = await freePort();
    await installPackages(scenario);
    await scenario.write({ 'package.json': manifest('orders'), [LOG]: quietLog(60, { minutesAgo: 300 }) });
  });
  afterEach(() => scenario.dispose());

  const configure = (at: number, rest = ''): Promise<void> =>
    scenario.write({
      '.env': `PORT=${port}\nDATABASE_URL=postgres://orders:${PASSWORD}@127.0.0.1:${at}/orders\n${rest}`,
    });
  const serve = async (status: number): Promise<void> => {
    await scenario.write({ 'app.js': PATIENT_SERVICE });
    await scenario.start(START, { log: LOG });
    await untilListening(port);
    expect(await statusOf(port)).toBe(status);
  };
  /** A server that waits for a piece of its log that never comes: it starts for as long as it lives. */
  const startingServer = async () => {
    const mark = path.join(scenario.outside, 'starting');
    await writeFile(mark, '');
    await chmod(path.dirname(scenario.outside), 0o755);
    const server = await startPostgres({
      inRecovery: true,
      settings: [
        `restore_command = 'case %f in *.history) exit 1;; esac; while test -e ${mark}; do sleep 0.2; done; exit 1'`,
        'hot_standby = on',
      ],
    });
    const dispose = async (): Promise<void> => {
      await rm(mark, { force: true });
      await server.dispose();
    };
    scenario.onDispose(dispose);
    return { ...server, dispose };
  };

  it('a server that still recovers, and a service that ended over it', async () => {
    const server = await startingServer();
    await configure(server.port);
    await scenario.write({ 'app.js': EAGER_SERVICE });
    for (let time = 0; time < 2; time++) expect(await scenario.run(START, { log: LOG })).not.toBe(0);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.starting postgres'], secrets: [PASSWORD] });
    const [root] = report.findings;
    expect(root).toMatchObject({ confidence: 'proved', category: 'database' });
    expect(root?.summary).toMatch(
      /PostgreSQL at 127\.0\.0\.1:\d+ is starting up and lets nobody in yet, and orders needs it/,
    );
    expect(root?.evidence.some(({ text }) => text.includes('the database system is starting up'))).toBe(true);
    expect(report.findings.map(({ cause }) => cause)).toContain('service.down');
    expect(ruledOutIn(report)).toContain('database.unreachable postgres');
  });

  it('a standby that lets nobody in says so in the server’s own words', async () => {
    const server = await startPostgres({ inRecovery: true });
    scenario.onDispose(() => server.dispose());
    await configure(server.port);
    await serve(503);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.starting postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toContain('Hot standby mode is disabled');
    expect(report.findings[0]?.advice.first).toContain('hot_standby');
  });

  it('is unknown while nothing that needs the database was started', async () => {
    const server = await startingServer();
    await scenario.write({ [LOG]: '', 'app.js': EAGER_SERVICE });
    await configure(server.port);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [], secrets: [PASSWORD] });
    expect(report.unknown).toContainEqual(expect.objectContaining({ cause: 'database.starting', target: 'postgres' }));
  });

  it('misleading: the log says that it was starting, and it is gone now', async () => {
    const server = await startingServer();
    await configure(server.port);
    await serve(503);
    await server.dispose();
    expect(await statusOf(port)).toBe(503);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.unreachable postgres'], secrets: [PASSWORD] });
  });

  it('healthy look-alike: it was starting when the service came up, and lets everybody in now', async () => {
    const server = await startPostgres();
    scenario.onDispose(() => server.dispose());
    server.sql(`CREATE ROLE orders LOGIN PASSWORD '${PASSWORD}'`);
    server.sql('CREATE DATABASE orders OWNER orders');
    const old = new Date(Date.now() - 15 * 60_000).toISOString();
    await scenario.write({
      [LOG]: `${`${old} ERROR connect: 57P03 the database system is starting up\n`.repeat(5)}${quietLog(30, { minutesAgo: 14 })}`,
    });
    await configure(server.port);
    await serve(200);
    expectSound(await scenario.diagnose(), { roots: [], secrets: [PASSWORD] });
  });

  it('database.unreachable: a server that hangs takes connections and answers nothing, in bounded time', async () => {
    const server = await startPostgres();
    // Continued before it is stopped, else it would not hear the signal.
    scenario.onDispose(async () => {
      process.kill(server.pid, 'SIGCONT');
      await server.dispose();
    });
    server.sql(`CREATE ROLE orders LOGIN PASSWORD '${PASSWORD}'`);
    server.sql('CREATE DATABASE orders OWNER orders');
    await configure(server.port);
    await serve(200);
    process.kill(server.pid, 'SIGSTOP');
    await sleep(11_000); // The pool of the service lets go of what it had.
    expect(await statusOf(port)).toBe(503);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.unreachable postgres'], secrets: [PASSWORD] });
    expect(report.findings[0]?.summary).toContain('does not answer');
    expect(report.durationMs).toBeLessThan(10_000);
  });

  it('is told from a peer that speaks and then falls silent at the login', async () => {
    const sockets = new Set<{ destroy(): void }>();
    // Says that it has no TLS, then nothing: a pooler whose server is gone.
    const half = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('data', (data) => data.length === 8 && socket.write('N'));
    });
    await new Promise<void>((resolve) => half.listen(0, '127.0.0.1', resolve));
    scenario.onDispose(() => {
      for (const socket of sockets) socket.destroy();
      half.close();
    });
    await configure((half.address() as { port: number }).port);
    await serve(503);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.unreachable postgres'], secrets: [PASSWORD] });
    expect(report.durationMs).toBeLessThan(10_000);
  });
});
