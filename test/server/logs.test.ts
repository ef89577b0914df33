import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogFinding, LogRecord, LogTemplate } from '../../server/protocol/logRecord.ts';

const CLI = path.resolve('dist/server/tektra.mjs');

const APP = `2026-11-24T10:00:00.000Z INFO [AgentManager] started in 250 ms
2026-11-24T10:00:01.000Z INFO [Http] request 17 completed in 12 ms
2026-11-24T10:00:02.000Z INFO [Http] request 18 completed in 1204 ms
2026-11-24T10:00:03.000Z WARN [Pool] 3 connections are left
2026-11-24T10:00:04.000Z ERROR [Pool] connect to db refused, password=hunter2secret
java.net.ConnectException: Connection refused
\tat com.shop.Pool.connect(Pool.java:42)
`;

describe('tektra logs', () => {
  let home: string;
  let app: string;
  beforeAll(async () => {
    if (!existsSync(CLI)) throw new Error('dist is missing: run npm run build');
    home = await mkdtemp(path.join(tmpdir(), 'tektra-logs-'));
    app = path.join(home, 'app.log');
    await writeFile(app, APP);
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  const start = (argv: string[]): ChildProcessWithoutNullStreams =>
    spawn(process.execPath, [CLI, 'logs', ...argv], {
      cwd: home,
      env: { ...process.env, NO_COLOR: '1', TEKTRA_HOME: path.join(home, 'state') },
    });
  const run = (argv: string[], input = ''): Promise<{ code: number | null; stdout: string; stderr: string }> =>
    new Promise((resolve, reject) => {
      const child = start(argv);
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk) => (stdout += chunk));
      child.stderr.on('data', (chunk) => (stderr += chunk));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
      child.stdin.end(input);
    });
  const objects = (text: string): unknown[] =>
    text
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);

  it('prints one object a record, every line in exactly one of them', async () => {
    const { code, stdout, stderr } = await run(['app.log', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const records = objects(stdout).map((record) => LogRecord.parse(record));
    expect(records.map(({ line, endLine }) => [line, endLine])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 7],
    ]);
    expect(records[2]).toMatchObject({
      file: 'app.log',
      time: '2026-11-24T10:00:02.000Z',
      level: 'info',
      component: 'Http',
      durationMs: 1204,
      message: 'request 18 completed in 1204 ms',
      template: { text: 'request <*> completed in <*> ms' },
    });
    expect(records[1]?.template.id).toBe(records[2]?.template.id);
  });

  it.each([
    [
      ['--level', 'warn'],
      [4, 5],
    ],
    [['--level', 'error'], [5]],
    [
      ['--component', 'Http'],
      [2, 3],
    ],
    [
      ['--component', 'ht*'],
      [2, 3],
    ],
    [
      ['--min-duration', '200'],
      [1, 3],
    ],
    [
      ['--since', '2026-11-24T10:00:02Z', '--until', '2026-11-24T10:00:03Z'],
      [3, 4],
    ],
    [
      ['--grep', 'refused|left$'],
      [4, 5],
    ],
    [
      ['--grep', 'CONNECT', '-i'],
      [4, 5],
    ],
    [['--query', 'level:info -request'], [1]],
    [['--level', 'info', '--component', 'Pool', '--grep', 'Pool.java'], [5]],
  ])('filters by %j', async (options, lines) => {
    const { code, stdout } = await run(['app.log', '--json', ...options]);
    expect(code).toBe(0);
    expect(objects(stdout).map((record) => (record as { line: number }).line)).toEqual(lines);
  });

  it('prints templates, most frequent first', async () => {
    const { stdout } = await run(['app.log', '--templates', '--json']);
    const templates = objects(stdout).map((template) => LogTemplate.parse(template));
    expect(templates[0]).toMatchObject({
      text: 'request <*> completed in <*> ms',
      count: 2,
      firstLine: 2,
      lastLine: 3,
    });
    expect(templates).toHaveLength(4);
  });

  it('prints what stands out, most important first', async () => {
    const quiet = Array.from({ length: 2_000 }, (_, at) => {
      const time = new Date(Date.UTC(2026, 10, 24, 9) + at * 1000).toISOString();
      return `${time} INFO [Http] request ${at} completed in ${10 + (at % 9)} ms\n`;
    });
    quiet.splice(1_500, 0, '2026-11-24T09:25:00.000Z ERROR [Pool] the certificate of db has expired\n');
    const file = path.join(home, 'quiet.log');
    await writeFile(file, quiet.join(''));
    const { stdout } = await run([file, '--anomalies', '--json']);
    const [first] = objects(stdout).map((finding) => LogFinding.parse(finding));
    expect(first).toMatchObject({ line: 1_501, level: 'error' });
    expect(first?.reason.length).toBeGreaterThan(20);
  });

  it('reads standard input, and what is compressed', async () => {
    const piped = await run(['--json', '--level', 'error'], APP);
    expect(objects(piped.stdout)).toMatchObject([{ file: 'standard input', line: 5, endLine: 7 }]);
    const zipped = path.join(home, 'app.log.gz');
    await writeFile(zipped, gzipSync(APP));
    const read = await run([zipped, '--json', '--level', 'error']);
    expect(objects(read.stdout)).toMatchObject([{ line: 5, endLine: 7 }]);
  });

  it('merges several by time', async () => {
    const other = path.join(home, 'other.log');
    await writeFile(other, '2026-11-24T10:00:02.500Z INFO [Db] checkpoint\n');
    const { stdout } = await run(['app.log', 'other.log', '--json']);
    expect(objects(stdout).map((record) => (record as { file: string }).file)).toEqual([
      ...['app.log', 'app.log', 'app.log'],
      'other.log',
      ...['app.log', 'app.log'],
    ]);
  });

  it('prints the lines as they are without --json, and no secret with --redact', async () => {
    const { stdout } = await run(['app.log']);
    expect(stdout).toBe(APP);
    const redacted = await run(['app.log', '--redact', '--level', 'error']);
    expect(redacted.stdout).not.toContain('hunter2secret');
    expect(redacted.stdout).toContain('‹redacted:');
  });

  it('shows what would drive the terminal in words', async () => {
    const { stdout } = await run(['-'], 'evil \u001b]0;title\u0007 \u202egnp.exe\n');
    expect(stdout).toBe('evil \\u{1b}]0;title\\u{7} \\u{202e}gnp.exe\n');
  });

  it('goes on with what is written, and ends with Ctrl-C as a success', async () => {
    const file = path.join(home, 'growing.log');
    await writeFile(file, '2026-11-24T10:00:00Z INFO [a] one\n');
    const child = start(['growing.log', '--follow', '--json']);
    let stdout = '';
    const seen = (text: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!stdout.includes(text)) return;
          child.stdout.off('data', look);
          resolve();
        };
        child.stdout.on('data', look);
        look();
      });
    child.stdout.on('data', (chunk) => (stdout += chunk));
    await seen('"one"');
    appendFileSync(file, '2026-11-24T10:00:01Z INFO [a] two\n');
    await seen('"two"');
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGINT');
    expect(await closed).toBe(0);
  });

  it.each([
    [['missing.log'], 'there is no such file'],
    [['app.log', '--level', 'eror'], 'There is no level "eror"'],
    [['app.log', '--query', 'level:eror'], 'did you mean error'],
    [['app.log', '--grep', '('], ''],
    [['app.log', '--since', 'yesterdayish'], '--since takes a time'],
    [['app.log', '--templates', '--anomalies'], 'Only one of'],
    [['app.log', '--nonsense'], '--nonsense'],
  ])('says what is wrong with %j, on standard error, and exits with 2', async (argv, text) => {
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(text);
    expect(stderr.length).toBeGreaterThan(10);
    expect(stderr).not.toContain('    at ');
  });
});
