import { once } from 'node:events';
import { type LogCommand, openLogCommand } from '../../composeLogCommand.ts';
import { TektraError } from '../../protocol/errors.ts';
import { environment } from '../../runtime/environment.ts';
import { formatFindings, formatGroups, formatRecord, formatTemplates } from './formatLogs.ts';
import { HELP, type LogsArguments, parseLogsArguments } from './logsArguments.ts';
import { type TerminalStyle, terminalStyle } from './terminalStyle.ts';

/** Text that is put together before it is written: one write for each record would be most of the time. */
const WRITE_CHARACTERS = 65_536;

/** `tektra logs`. @returns 0; what cannot be read is thrown */
export async function runLogs(argv: string[]): Promise<number> {
  const wanted = parseLogsArguments(argv, {
    now: new Date(),
    stdinIsTerminal: process.stdin.isTTY === true,
  });
  if (!wanted) {
    process.stdout.write(HELP);
    return 0;
  }
  const cancel = new AbortController();
  const onSignal = (): void => cancel.abort(new TektraError('request.cancelled', 'The reading was cancelled.'));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const style = terminalStyle({ color: wanted.color && !wanted.json, stream: process.stdout, environment });
  const output = createOutput(cancel);
  const progress = progressLine(process.stderr.isTTY === true && !wanted.follow);
  const command = await openLogCommand(wanted, {
    signal: cancel.signal,
    onProgress: progress.show,
    warn: (text) => {
      progress.clear();
      process.stderr.write(`tektra logs: ${text}\n`);
    },
  });
  try {
    progress.clear();
    await print(command, wanted, style, output.write);
    await output.flush();
    return 0;
  } catch (error) {
    // `tektra logs … | head` has seen enough; Ctrl-C ends a follow.
    if (output.closed || (wanted.follow && cancel.signal.aborted)) return 0;
    throw error;
  } finally {
    progress.clear();
    await command.close();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

async function print(
  command: LogCommand,
  { what, json, sources }: LogsArguments,
  style: TerminalStyle,
  write: (text: string) => Promise<void>,
): Promise<void> {
  const lines = async (values: readonly unknown[]): Promise<void> => {
    for (const value of values) await write(`${JSON.stringify(value)}\n`);
  };
  if (what === 'templates') {
    const templates = await command.templates();
    return json ? lines(templates) : write(formatTemplates(templates, style));
  }
  if (what === 'anomalies') {
    const { findings, suppressed, records } = await command.findings();
    return json ? lines(findings) : write(formatFindings(findings, suppressed.length, records, style));
  }
  if (what !== 'records') {
    const groups = await command.groups(what.group);
    return json ? lines(groups.groups) : write(formatGroups(what.group, groups, style));
  }
  const many = sources.length > 1 || sources.some((source) => source.kind === 'file' && source.rotated);
  for await (const record of command.records()) {
    await write(
      json
        ? `${JSON.stringify(record.record())}\n`
        : formatRecord({ level: record.level, text: record.text(), file: many ? record.file : undefined }, style),
    );
    if (record.isLast) await write('');
  }
}

/** Standard output with its back-pressure, in pieces. An empty text writes what was put together. */
function createOutput(cancel: AbortController): {
  write(text: string): Promise<void>;
  flush(): Promise<void>;
  readonly closed: boolean;
} {
  let waiting = '';
  let closed = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    closed = error.code === 'EPIPE';
    cancel.abort(error);
  });
  const flush = async (): Promise<void> => {
    const text = waiting;
    waiting = '';
    if (text === '' || process.stdout.write(text)) return;
    // A pipe that was closed drains no more.
    await Promise.race([once(process.stdout, 'drain'), once(cancel.signal, 'abort')]);
    cancel.signal.throwIfAborted();
  };
  return {
    flush,
    async write(text) {
      waiting += text;
      if (waiting.length > WRITE_CHARACTERS || text === '') await flush();
    },
    get closed() {
      return closed;
    },
  };
}

/** One line on the terminal that is rewritten while the log is read. */
function progressLine(enabled: boolean): {
  show(progress: { indexedBytes: number; totalBytes: number; records: number }): void;
  clear(): void;
} {
  let shown = false;
  return {
    show: ({ indexedBytes, totalBytes, records }) => {
      if (!enabled) return;
      shown = true;
      const share = totalBytes === 0 ? 0 : Math.floor((100 * indexedBytes) / totalBytes);
      process.stderr.write(`\r\u001b[2KReading: ${share} %, ${records.toLocaleString('en')} records`);
    },
    clear: () => {
      if (shown) process.stderr.write('\r\u001b[2K');
      shown = false;
    },
  };
}
