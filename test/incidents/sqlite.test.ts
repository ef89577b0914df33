import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../server/protocol/diagnosis.ts';
import { applyFix, expectFixVerifies, fixesOf } from '../support/applyFix.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, quietLog, type Scenario } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';
import { LOG, makeLedgerFile, START, startOther, writeLedger } from '../support/sqliteService.ts';

const root = requireSystem('root');
const NOBODY = 65_534;

let scenario: Scenario;
let file: string;
beforeEach(async () => {
  scenario = await createScenario();
  file = path.join(scenario.workspace, 'data/ledger.db');
  await writeLedger(scenario);
});
afterEach(() => scenario.dispose());

const damage = async (page: number): Promise<void> => {
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
  await handle.close();
};
const runUntil = async (text: string, options: { uid?: number; env?: Record<string, string> } = {}): Promise<void> => {
  await scenario.start(START, { log: LOG, ...options });
  await scenario.until(LOG, text);
};

describe('database.corrupt', () => {
  it('a page of the file holds garbage', async () => {
    makeLedgerFile(scenario);
    await damage(12);
    await runUntil('malformed', { env: { JOB: 'report' } });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.corrupt sqlite'] });
    const [finding] = report.findings;
    expect(finding).toMatchObject({ confidence: 'proved', category: 'database' });
    expect(finding?.summary).toMatch(/^The SQLite database data\/ledger\.db is damaged: quick_check says "/);
    expect(finding?.evidence.map(({ source }) => source)).toEqual([
      file,
      '.env:1',
      expect.stringMatching(/^logs\/ledger\.log:\d+$/),
    ]);
  });

  it('the file was cut short, with nobody complaining yet', async () => {
    makeLedgerFile(scenario);
    await truncate(file, 6 * 4096);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.corrupt sqlite'] });
    expect(report.findings[0]).toMatchObject({
      confidence: 'likely',
      summary: expect.stringContaining('cut short, 24576 bytes are left of the'),
    });
  });

  it('in WAL mode, while the service has the file open and a log beside it', async () => {
    makeLedgerFile(scenario, 'data/ledger.db', 'wal');
    await startOther(
      scenario,
      'viewer',
      "db.execute('SELECT * FROM entries').fetchone()",
      "print('holds', flush=True)",
      'time.sleep(90)',
    );
    await damage(12);
    await runUntil('malformed', { env: { JOB: 'report' } });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.corrupt sqlite'] });
    expect(report.findings[0]?.confidence).toBe('proved');
  });

  it('the file is no database: a pointer of Git LFS', async () => {
    await scenario.write({
      'data/ledger.db':
        'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n',
    });
    await runUntil('not a database');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.corrupt sqlite'] });
    expect(report.findings[0]).toMatchObject({
      confidence: 'proved',
      summary: expect.stringContaining('pointer of Git LFS'),
    });
  });

  it('noise in whole pages may be an encrypted database: that is only likely', async () => {
    makeLedgerFile(scenario);
    execFileSync('dd', ['if=/dev/urandom', `of=${file}`, 'bs=4096', 'count=4', 'conv=notrunc'], { stdio: 'ignore' });
    await runUntil('not a database');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.corrupt sqlite'] });
    expect(report.findings[0]).toMatchObject({
      confidence: 'likely',
      advice: { first: expect.stringContaining('key') },
    });
  });

  it('misleading: the errors are of now, but somebody has put a whole copy in its place', async () => {
    makeLedgerFile(scenario);
    const whole = await readFile(file);
    await damage(12);
    const { stop } = await scenario.start(START, { log: LOG, env: { JOB: 'report' } });
    await scenario.until(LOG, 'malformed');
    await stop('SIGKILL');
    await writeFile(file, whole);
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).not.toContain('database.corrupt');
    expect(ruledOutIn(report)).toContain('database.corrupt sqlite');
  });

  it('healthy look-alike: a damaged file was restored, and the service works again', async () => {
    makeLedgerFile(scenario);
    await scenario.write({
      [LOG]: `${quietLog(20, { minutesAgo: 90 })}${new Date(Date.now() - 3_600_000).toISOString()} ERROR booking failed: sqlite3.DatabaseError: database disk image is malformed\n`,
    });
    await runUntil('booked an entry');
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it('healthy look-alike: a file of ten kilobytes that is no database and that nobody calls one', async () => {
    makeLedgerFile(scenario);
    await scenario.write({ 'data/cache.db': 'x'.repeat(10_000) });
    await runUntil('booked an entry');
    expectSound(await scenario.diagnose(), { roots: [] });
  });
});

describe('database.missing, of SQLite', () => {
  it('its folder does not exist; the fix makes it', async () => {
    await writeLedger(scenario, 'var/lib/ledger.db');
    await runUntil('unable to open');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.missing sqlite'] });
    const [finding] = report.findings;
    expect(finding?.summary).toBe(
      'ledger cannot open its SQLite database var/lib/ledger.db: its folder var/lib does not exist',
    );
  });

  it('the fix of a stopped service makes every folder on the way, and takes each back', async () => {
    await writeLedger(scenario, 'var/lib/ledger.db');
    const { stop } = await scenario.start(START, { log: LOG });
    await scenario.until(LOG, 'unable to open');
    await stop('SIGKILL');
    const report = await scenario.diagnose();
    await expectFixVerifies(
      scenario,
      report.findings.find(({ cause }) => cause === 'database.missing'),
    );
  });

  it('SQLite made an empty file at a wrong path, and the real one lies elsewhere', async () => {
    await mkdir(path.join(scenario.workspace, 'data'));
    makeLedgerFile(scenario, 'backend/data/ledger.db');
    await runUntil('no such table');
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.missing sqlite'] });
    expect(report.findings[0]?.summary).toBe(
      'The SQLite database data/ledger.db is an empty file, so ledger finds none of its tables; there is one at backend/data/ledger.db',
    );
  });

  it('misleading: the log still speaks of a missing file, but it is there again', async () => {
    makeLedgerFile(scenario);
    await rename(path.join(scenario.workspace, 'data'), path.join(scenario.workspace, 'away'));
    const { stop } = await scenario.start(START, { log: LOG });
    await scenario.until(LOG, 'unable to open');
    await stop('SIGKILL');
    await rename(path.join(scenario.workspace, 'away'), path.join(scenario.workspace, 'data'));
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).not.toContain('database.missing');
    expect(ruledOutIn(report)).toContain('database.missing sqlite');
  });

  it('healthy look-alike: the file is made at the first start', async () => {
    await rm(path.join(scenario.workspace, LOG));
    expectSound(await scenario.diagnose(), { roots: [] });
    await scenario.write({ 'data/.keep': '' });
    expectSound(await scenario.diagnose(), { roots: [] });
  });
});

describe.skipIf(!root.available)('database.read-only, of SQLite', () => {
  /** The fix lets the running service book an entry, and its undo gives mode and owner back. */
  const expectGrant = async (finding: Finding | undefined, places: readonly string[]): Promise<void> => {
    if (!finding) throw new Error('there is no finding to fix');
    const rights = () =>
      Promise.all(places.map(async (place) => stat(place).then(({ mode, uid, gid }) => `${mode} ${uid} ${gid}`)));
    const before = await rights();
    const fixes = await fixesOf(scenario);
    const { applied } = await applyFix(fixes, scenario, finding);
    expect(applied.outcome).toMatchObject({ kind: 'verified' });
    await scenario.until(LOG, 'booked an entry');
    await fixes.undo(scenario.workspace, applied.id, new AbortController().signal);
    expect(await rights()).toEqual(before);
  };

  it('another user owns the file and its folder; the fix gives both to the service', async () => {
    makeLedgerFile(scenario);
    await chmod(path.join(scenario.workspace, LOG), 0o666);
    await runUntil('readonly database', { uid: NOBODY });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.read-only sqlite'] });
    const [finding] = report.findings;
    expect(finding).toMatchObject({
      confidence: 'proved',
      summary: expect.stringContaining(`data/ledger.db gives uid ${NOBODY} no leave to (file, mode 0644`),
    });
    expect(finding?.fixes[0]?.changes).toHaveLength(2);
    await expectGrant(finding, [file, path.dirname(file)]);
  });

  it('its owner may not write the folder, in which the journal is made', async () => {
    makeLedgerFile(scenario);
    await chown(file, NOBODY, NOBODY);
    await chown(path.dirname(file), NOBODY, NOBODY);
    await chmod(path.dirname(file), 0o555);
    await runUntil('booking failed', { uid: NOBODY });
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['database.read-only sqlite'] });
    expect(report.findings[0]?.summary).toContain(`the folder data gives uid ${NOBODY} no leave to (folder, mode 0555`);
    await expectGrant(report.findings[0], [path.dirname(file)]);
  });

  it('misleading: the service opens it for reading only, and mode and owner are right', async () => {
    makeLedgerFile(scenario);
    const program = await readFile(path.join(scenario.workspace, 'ledger.py'), 'utf8');
    await scenario.write({
      'ledger.py': program.replace(
        "sqlite3.connect(os.environ['DATABASE_PATH'], timeout=0.05)",
        "sqlite3.connect('file:' + os.environ['DATABASE_PATH'] + '?mode=ro', uri=True)",
      ),
    });
    await runUntil('readonly database');
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(report.ruledOut.find(({ cause }) => cause === 'database.read-only')?.because).toContain('for reading only');
  });

  it('a service that is gone and whose user nobody knows is not judged', async () => {
    makeLedgerFile(scenario);
    await chmod(path.join(scenario.workspace, LOG), 0o666);
    const { stop } = await scenario.start(START, { log: LOG, uid: NOBODY });
    await scenario.until(LOG, 'readonly database');
    await stop('SIGKILL');
    const report = await scenario.diagnose();
    expect(report.findings.map(({ cause }) => cause)).not.toContain('database.read-only');
    expect(report.unknown.find(({ cause }) => cause === 'database.read-only')?.because).toContain(
      'which user ran the service is not known',
    );
  });
});
