import { describe, expect, it } from 'vitest';
import { parseRecords } from '../../../../server/logs/present/parseRecords.ts';

const records = (text: string) => parseRecords(text.split('\n'));
const brief = (text: string) =>
  records(text).map(({ line, endLine, level, message }) => `${line}-${endLine} ${level} ${message}`);

describe('parseRecords', () => {
  it('gives every line to exactly one record, in order', () => {
    const text =
      'a\n\n  b\n2026-11-23T10:00:00Z ERROR c\n  d\nError: e\n    at f (g.js:1:1)\nplain\n{"level":30,"msg":"h"}\nsh: 1: i: not found\n';
    const found = records(text);
    let next = 1;
    for (const { line, endLine } of found) {
      expect(line).toBe(next);
      expect(endLine).toBeGreaterThanOrEqual(line);
      next = endLine + 1;
    }
    expect(next).toBe(text.split('\n').length + 1);
  });

  it.each([
    ['logback without a date', '18:04:05.123 [main] ERROR c.e.App -- no route', 'error', 'c.e.App -- no route'],
    ['winston, simple', 'error: cannot start {"port":1}', 'error', 'cannot start {"port":1}'],
    ['celery', '[2026-11-23 18:04:05,123: CRITICAL/MainProcess] Unrecoverable error', 'fatal', /Unrecoverable error/],
    ["Ruby's Logger", 'E, [2026-11-23T18:04:05.123456 #4121] ERROR -- app: boom', 'error', 'boom'],
    ['java.util.logging', 'SEVERE: boom', 'error', 'boom'],
    ['slog', 'time=2026-11-23T18:04:05Z level=ERROR msg=boom err="no such host"', 'error', 'boom no such host'],
    ['the standard logger of Go', '2026/11/23 18:04:05 boom', undefined, 'boom'],
    ['containerd', '2026-11-23T18:04:05.123Z stderr F ERROR: boom', 'error', 'boom'],
    ['PHP-FPM', '[24-Nov-2026 18:04:05] WARNING: [pool www] server busy', 'warn', '[pool www] server busy'],
    ['pm2', '0|web  | ERROR: boom', 'error', 'boom'],
  ])('reads %s', (_, line, level, message) => {
    const [record] = records(line);
    expect(record?.level).toBe(level);
    if (typeof message === 'string') expect(record?.message).toBe(message);
    else expect(record?.message).toMatch(message);
  });

  it('ends a crash where plain output goes on', () => {
    expect(brief('Error: boom\n    at f (/a.js:1:1)\n\nNode.js v22.14.0\nlistening\nserved /a')).toEqual([
      '1-4 fatal Error: boom',
      '5-5 undefined listening',
      '6-6 undefined served /a',
    ]);
  });

  it('keeps a message of several lines together', () => {
    const [record, ...rest] = records(
      'Error: Invalid environment:\nAPI_KEY: Required\nREGION: Required\n    at f (/a.js:1:1)',
    );
    expect(rest).toEqual([]);
    expect(record?.text).toContain('REGION: Required');
  });

  it('takes the exception as the headline of a traceback, also with what validators add below it', () => {
    const [record] = records(
      'Traceback (most recent call last):\n  File "/a.py", line 2, in <module>\n    f()\npkg.ValidationError: 1 error\nname\n  Field required',
    );
    expect(record).toMatchObject({ message: 'pkg.ValidationError: 1 error', headline: 4, endLine: 6, crash: true });
  });

  it('puts a traceback of the journal together although each of its lines is stamped', () => {
    const found = records(
      'Nov 23 18:04:05 box feed[1]: Traceback (most recent call last):\nNov 23 18:04:05 box feed[1]:   File "/a.py", line 1, in <module>\nNov 23 18:04:05 box feed[1]: KeyError: \'X\'',
    );
    expect(found).toHaveLength(1);
    expect(found[0]?.text).toContain('\n  File "/a.py", line 1');
  });

  it('does not hide an announcement of failure below a line of normal work', () => {
    expect(brief('2026-11-23T10:00:00.000Z INFO  starting\nMissing required variable API_KEY')).toEqual([
      '1-1 info starting',
      '2-2 undefined Missing required variable API_KEY',
    ]);
  });

  it('takes a syntax error of Python, which has no traceback, as one crash', () => {
    const block = '  File "/app/main.py", line 2\n    match x:\n          ^\nSyntaxError: invalid syntax';
    expect(brief(`2026-11-23T10:00:00Z INFO  starting\n${block}\n${block}\n`)).toEqual([
      '1-1 info starting',
      '2-5 fatal SyntaxError: invalid syntax',
      '6-10 fatal SyntaxError: invalid syntax',
    ]);
    const imported = `Traceback (most recent call last):\n  File "/app/main.py", line 1, in <module>\n    import shop\n${block}`;
    expect(brief(imported)).toEqual(['1-7 fatal SyntaxError: invalid syntax']);
  });
});
