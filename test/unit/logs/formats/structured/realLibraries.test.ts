import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ParsedLog, parseLog } from '../../../../support/parseLog.ts';

/** What a program logged; test/fixtures/logs/make writes it. */
interface Expected {
  time: string;
  level: string;
  component: string;
  message: string;
  durationMs?: number;
  traceId?: string;
  error?: boolean;
}

const folder = new URL('../../../../fixtures/logs/structured/', import.meta.url);

describe.each([
  ['pino', 'JSON lines (pino)'],
  ['winston', 'JSON lines (winston)'],
  ['bunyan', 'JSON lines (bunyan)'],
  ['log4js', 'JSON lines (log4js)'],
  ['structlog', 'JSON lines (structlog)'],
  ['loguru', 'JSON lines (loguru)'],
  ['pythonJsonLogger', 'JSON lines (python-json-logger)'],
  ['zap', 'JSON lines (zap)'],
  ['logrus', 'JSON lines (logrus)'],
  ['zerolog', 'JSON lines (zerolog)'],
  ['logrusText', 'logfmt (logrus)'],
  ['log4j2Json', 'JSON lines (log4j2)'],
  ['log4j2Pretty', 'JSON documents (log4j2)'],
  ['logstash', 'JSON lines (Logstash encoder)'],
])('a log of %s', (library, title) => {
  const { plan, format, records } = read(library);

  it('is detected', () => expect(plan.title).toBe(title));

  it('gives time, level, component, message, duration and trace id of every record', () => {
    const told = records.map(({ text, line: _, rawMessage: __, ...told }) => ({
      ...told,
      message: format.message(text),
    }));
    expect(told).toEqual(expectedOf(library).map(({ error: _, ...record }) => record));
  });
});

describe.each([
  ['pino', /^TypeError: cannot read x of undefined\n {4}at /],
  ['winston', /^TypeError: cannot read x of undefined\n {4}at /],
  ['bunyan', /^TypeError: cannot read x of undefined\n {4}at /],
  ['structlog', /^Traceback .*KeyError: 'missing'$/s],
  ['loguru', /Traceback .*KeyError: 'missing'\n$/s],
  ['pythonJsonLogger', /^Traceback .*KeyError: 'missing'$/s],
  ['log4j2Json', /^java.lang.IllegalStateException: no money\n {4}at Log.main\(Log.java:\d+\)/],
  ['logstash', /^java.lang.IllegalStateException: no money\n\tat .*Caused by: java.lang.RuntimeException/s],
])('the stack traces of %s', (library, trace) => {
  const { format, records } = read(library);

  it('are those of the errors', () => {
    const stacks = records.map(({ text }) => format.stack?.(text));
    expectedOf(library).forEach(({ error }, at) => {
      if (error) expect(stacks[at]).toMatch(trace);
      else expect(stacks[at]).toBeUndefined();
    });
  });
});

it('reads the stack traces that zap adds to errors', () => {
  const { format, records } = read('zap');
  for (const { text, level } of records) {
    if (level === 'error') expect(format.stack?.(text)).toMatch(/^main\.\S+\n\t\S+main\.go:\d+/);
    else expect(format.stack?.(text)).toBeUndefined();
  }
});

function read(library: string): ParsedLog {
  return parseLog(readFileSync(new URL(`${library}.log`, folder)));
}

function expectedOf(library: string): Expected[] {
  return JSON.parse(readFileSync(new URL(`${library}.expected.json`, folder), 'utf8'));
}
