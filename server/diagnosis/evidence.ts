import { stackFramesOf } from '../logs/present/stackFrames.ts';
import type { Evidence } from '../protocol/diagnosis.ts';
import type { ProcessFacts } from '../systems/process/processes.ts';
import type { LogEntry, PortHolder, ServiceState } from './observers/serviceStates.ts';
import type { SourceFacts } from './source/sourceFacts.ts';
import { sourceText, type Variable } from './targets/target.ts';

const MAX_TEXT = 300;

/** The line of a log that says it: the headline of a crash, else the record's first line. */
export function logEvidence({ log, record }: LogEntry): Evidence {
  return {
    kind: 'log',
    source: log.numbered ? `${log.file}:${record.headline}` : log.file,
    text: clip(record.message),
    ...(record.time === undefined ? {} : { time: record.time.toISOString() }),
  };
}

/** Where a variable is set; its value is shown and passes the redaction of the report like every text. */
export function variableEvidence(variable: Variable): Evidence {
  return { kind: 'config', source: sourceText(variable.at), text: clip(`${variable.name}=${variable.value}`) };
}

export function codeEvidence(reference: { file: string; line: number; text: string }): Evidence {
  return { kind: 'code', source: `${reference.file}:${reference.line}`, text: clip(reference.text) };
}

/** The workspace's own line of code in which an error arose: the innermost frame that lies in it. */
export function failingCode(
  { record }: LogEntry,
  source: Pick<SourceFacts, 'lineOf' | 'files'>,
): { file: string; line: number; text: string } | undefined {
  const frames = stackFramesOf(record.text);
  // Python writes the innermost frame last, everyone else first.
  if (record.text.includes('Traceback (most recent call last)')) frames.reverse();
  for (const { path, line } of frames) {
    if (path.includes('/node_modules/') || path.includes('/site-packages/')) continue;
    if (!path.includes('/')) {
      const file = source.files.find((candidate) => candidate === path || candidate.endsWith(`/${path}`));
      const text = file === undefined ? undefined : source.lineOf(file, line)?.trim();
      if (file !== undefined && text) return { file, line, text };
    }
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    for (let from = 0; from < parts.length; from++) {
      const file = parts.slice(from).join('/');
      const text = source.lineOf(file, line);
      if (text !== undefined && text.trim() !== '') return { file, line, text: text.trim() };
    }
  }
  return undefined;
}

export function holderEvidence({ listener, process }: PortHolder): Evidence {
  const owner = process
    ? `pid ${process.pid} ${commandText(process)}${process.cwd === undefined ? '' : ` in ${process.cwd}`}`
    : listener.pid === undefined
      ? `owner not visible${listener.uid === undefined ? '' : ` (uid ${listener.uid})`}`
      : `pid ${listener.pid}`;
  return {
    kind: 'listener',
    source: listener.source,
    text: clip(`${addressText(listener.address)}:${listener.port} LISTEN ${owner}`),
  };
}

export function addressText(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

export function commandText(process: ProcessFacts): string {
  return process.argv.length > 0 ? clip(process.argv.join(' '), 120) : process.name;
}

export function clip(text: string, max = MAX_TEXT): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}

/** The service is down and its log says why, or it runs and its log shows errors of now. */
export function isFailing(state: ServiceState): boolean {
  return state.errors.length > 0 || (!state.running && state.crashes.length > 0);
}

/** One finding for each subject: keeps the newest entry of every key. */
export function newestBy<T>(entries: readonly T[], keyOf: (entry: T) => string): T[] {
  return [...new Map(entries.map((entry) => [keyOf(entry), entry])).values()];
}
