import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { LOG, makeLedgerFile, START, startOther, writeLedger } from '../support/sqliteService.ts';

const linux = requireSystem('linux');
const HOLDS = "print('holds', flush=True)";
const STAY = 'time.sleep(90)';

describe.skipIf(!linux.available)('database.lock-wait, of SQLite', () => {
  let scenario: Scenario;
  beforeEach(async () => {
    scenario = await createScenario();
    await writeLedger(scenario);
  });
  afterEach(() => scenario.dispose());
  const serve = async (text: string): Promise<void> => {
    await scenario.start(START, { log: LOG });
    await scenario.until(LOG, text);
  };

  it.each(['delete', 'wal'])('another process forgot its transaction (%s); the fix ends it', async (journal) => {
    makeLedgerFile(scenario, 'data/ledger.db', journal);
    const pid = await startOther(
      scenario,
      'importer',
      "db.execute('BEGIN IMMEDIATE')",
      "db.execute('DELETE FROM entries WHERE id = 1')",
      HOLDS,
      STAY,
    );
    await serve('locked');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.lock-wait sqlite'] });
    const [finding] = report.findings;
    expect(finding?.confidence).toBe('proved');
    expect(finding?.summary).toBe(
      `The SQLite database data/ledger.db is locked: /usr/bin/python3 tools/importer.py data/ledger.db (pid ${pid}) holds the write lock and does not give it back`,
    );
    await expectFixVerifies(scenario, finding);
  });

  it('a reader that does not end keeps the writers from committing', async () => {
    makeLedgerFile(scenario);
    const pid = await startOther(
      scenario,
      'report',
      "rows = db.execute('SELECT * FROM entries')",
      'rows.fetchone()',
      HOLDS,
      STAY,
    );
    await serve('locked');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.lock-wait sqlite'] });
    expect(report.findings[0]?.summary).toContain(`python3 tools/report.py data/ledger.db (pid ${pid})`);
    expect(report.findings[0]?.summary).toContain('a read lock');
  });

  it('of a reader and the writer that waits for it, the reader is named', async () => {
    makeLedgerFile(scenario);
    const reader = await startOther(
      scenario,
      'report',
      "rows = db.execute('SELECT * FROM entries')",
      'rows.fetchone()',
      HOLDS,
      STAY,
    );
    await startOther(
      scenario,
      'importer',
      "db.execute('BEGIN IMMEDIATE')",
      "db.execute('DELETE FROM entries WHERE id = 1')",
      HOLDS,
      "db.execute('COMMIT')",
      STAY,
    );
    await serve('locked');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.lock-wait sqlite'] });
    expect(report.findings[0]).toMatchObject({
      confidence: 'proved',
      summary: expect.stringContaining(`(pid ${reader}) holds a read lock`),
    });
  });

  it('a process that writes all the time is only likely, and is not to be ended', async () => {
    makeLedgerFile(scenario);
    await startOther(
      scenario,
      'importer',
      "db.execute('BEGIN EXCLUSIVE')",
      'db.execute("PRAGMA cache_size = 2")',
      HOLDS,
      'while True:',
      '    db.execute("INSERT INTO entries (note) SELECT note FROM entries LIMIT 200")',
      '    time.sleep(0.01)',
    );
    await serve('locked');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.lock-wait sqlite'] });
    expect(report.findings[0]).toMatchObject({ confidence: 'likely', fixes: [] });
  });

  it('misleading: the log says locked, and the lock is gone', async () => {
    makeLedgerFile(scenario);
    await startOther(
      scenario,
      'importer',
      "db.execute('BEGIN IMMEDIATE')",
      HOLDS,
      'time.sleep(0.8)',
      "db.execute('ROLLBACK')",
      STAY,
    );
    const service = await scenario.start(START, { log: LOG });
    await scenario.until(LOG, 'locked');
    await service.stop('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).not.toContain('database.lock-wait');
    expect(ruledOutIn(report)).toContain('database.lock-wait sqlite');
  });

  it('healthy look-alike: a writer of good manners and a reader in WAL mode, both at work', async () => {
    makeLedgerFile(scenario, 'data/ledger.db', 'wal');
    await startOther(scenario, 'report', "rows = db.execute('SELECT * FROM entries')", 'rows.fetchone()', HOLDS, STAY);
    await serve('booked an entry');
    expectSound(await scenario.diagnose(), { roots: [] });
  });
});
