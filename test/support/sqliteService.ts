import { execFileSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { quietLog, type Scenario } from './scenario.ts';

export const LOG = 'logs/ledger.log';
/** One that every user may run. */
const PYTHON = '/usr/bin/python3';
export const START = [PYTHON, 'ledger.py'] as const;

/** Books an entry four times a second and logs what comes of it; with ONCE it tries once and ends. */
const LEDGER = `import datetime, os, sqlite3, sys, time, traceback

def load_env():
    for line in open('.env'):
        name, _, value = line.strip().partition('=')
        if name:
            os.environ.setdefault(name, value)

def log(level, text):
    print(datetime.datetime.now(datetime.timezone.utc).isoformat(timespec='milliseconds').replace('+00:00', 'Z'), level, text, flush=True)

load_env()
log('INFO ', 'ledger starting')
while True:
    db = None
    try:
        db = sqlite3.connect(os.environ['DATABASE_PATH'], timeout=0.05)
        if os.environ.get('JOB') == 'report':
            log('INFO ', 'entries: %d' % db.execute('SELECT sum(length(note)) FROM entries').fetchone()[0])
        else:
            db.execute("INSERT INTO entries (note) VALUES ('coffee')")
            db.commit()
            log('INFO ', 'booked an entry')
    except sqlite3.Error as error:
        log('ERROR', 'booking failed: sqlite3.%s: %s' % (type(error).__name__, error))
    finally:
        if db:
            db.close()
    time.sleep(0.25)
`;

/** A workspace with a Python service that keeps its entries in the SQLite file of DATABASE_PATH. */
export async function writeLedger(scenario: Scenario, database = 'data/ledger.db'): Promise<void> {
  await scenario.write({
    Procfile: 'ledger: python3 ledger.py\n',
    'ledger.py': LEDGER,
    '.env': `DATABASE_PATH=${database}\n`,
    [LOG]: quietLog(60, { minutesAgo: 300 }),
  });
  // Others may enter: a service may run as another user.
  await chmod(path.dirname(scenario.workspace), 0o755);
}

/** Makes the file of a ledger with some hundred entries, through Python's own SQLite. */
export function makeLedgerFile(scenario: Scenario, file = 'data/ledger.db', journal = 'delete'): void {
  const program = [
    'import os, sqlite3, sys',
    "os.makedirs(os.path.dirname(sys.argv[1]) or '.', exist_ok=True)",
    'db = sqlite3.connect(sys.argv[1])',
    `db.execute('PRAGMA journal_mode = ${journal}')`,
    "db.execute('CREATE TABLE entries (id INTEGER PRIMARY KEY, note TEXT NOT NULL)')",
    "db.executemany('INSERT INTO entries (note) VALUES (?)', [('note %d ' % i + 'x' * 100,) for i in range(900)])",
    'db.commit()',
    'db.close()',
  ];
  execFileSync(PYTHON, ['-c', program.join('\n'), path.join(scenario.workspace, file)]);
}

/** Another real program that has the file open and does this with it; it stays. @returns its pid */
export async function startOther(scenario: Scenario, name: string, ...lines: string[]): Promise<number> {
  await scenario.write({
    [`tools/${name}.py`]: [
      'import sqlite3, sys, time',
      'db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)',
      ...lines,
    ].join('\n'),
  });
  const { pid } = await scenario.start([PYTHON, `tools/${name}.py`, 'data/ledger.db'], { log: `../${name}.out` });
  await scenario.until(`../${name}.out`, 'holds');
  return pid;
}
