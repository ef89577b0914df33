import type * as z from 'zod';
import type { LogFinding, LogLevel, LogRecord, LogTemplate } from '../../protocol/logRecord.ts';
import type { LogSource } from '../../protocol/logs.ts';
import { createRedactor } from '../../security/redactText.ts';
import { findFindings } from '../findings/findFindings.ts';
import { formatOf } from '../formats/formatOf.ts';
import { levelName } from '../levels.ts';
import type { LogSuppressions } from '../logSuppressions.ts';
import { groupBy, type LogGroups } from '../query/groupBy.ts';
import { recordOf } from '../query/recordOf.ts';
import { templatesOf } from '../query/templatesOf.ts';
import { toLogTemplate } from './listTemplates.ts';
import type { OpenedLog } from './openedLog.ts';

/** What a command of a terminal asks of logs. */
export interface LogQuestion {
  sources: LogSource[];
  /** In the language of the log view. */
  query: string;
  follow: boolean;
  /** Secrets are not printed. */
  redact: boolean;
}

/** A record that is printed, in either form. */
export interface PrintedRecord {
  file: string;
  level: z.infer<typeof LogLevel> | undefined;
  /** No other waits: what was put together can be written. */
  isLast: boolean;
  /** As it stands in the file. */
  text(): string;
  record(): LogRecord;
}

/** Answers for a terminal. All throw TektraError, or the signal's reason. */
export interface LogCommand {
  /** In the order of the file, or of time for several; with `follow` it goes on for ever. */
  records(): AsyncIterable<PrintedRecord>;
  templates(): Promise<LogTemplate[]>;
  findings(): Promise<{ findings: LogFinding[]; suppressed: LogFinding[]; records: number }>;
  groups(by: string): Promise<LogGroups>;
}

const MAX_GROUPS = 100;

export function createLogCommand(
  log: OpenedLog,
  { query, follow, redact }: LogQuestion,
  openSuppressions: () => Promise<{ of: LogSuppressions | undefined; close(): void }>,
  signal: AbortSignal,
): LogCommand {
  const clean = redact ? createRedactor([]) : (text: string): string => text;
  const cleanRecord = (record: LogRecord): LogRecord =>
    redact
      ? (JSON.parse(
          JSON.stringify(record, (_key, value) => (typeof value === 'string' ? clean(value) : value)),
        ) as LogRecord)
      : record;
  const { index } = log;

  async function* records(): AsyncIterable<PrintedRecord> {
    const { name, view: first } = await log.query({ query }, { signal });
    for (let position = 0, view = first; ; view = await log.currentView(name, signal)) {
      for (; position < view.matches; position += 1) {
        signal.throwIfAborted();
        const record = view.recordAt(position);
        const { chunk, at } = log.records.place(record);
        yield {
          file: index.sources[chunk.source]?.name ?? '',
          level: levelName(chunk.levels[at] as number),
          isLast: position === view.matches - 1,
          text: () => clean(index.textOf(record)),
          record: () => cleanRecord(recordOf(index, record, log.formatOf(chunk.source))),
        };
      }
      if (!follow || log.complete) return;
      await log.nextChange(signal);
    }
  }

  return {
    records,
    async templates() {
      const { view } = await log.query({ query }, { signal });
      const { templates } = await templatesOf(view, { order: 'count', signal });
      return templates.map((summary) => {
        const template = toLogTemplate(summary);
        return { ...template, text: clean(template.text) };
      });
    },
    async findings() {
      const suppressions = await openSuppressions();
      const held = new Set(suppressions.of?.fingerprints());
      const found = (await findFindings(index, { signal, held })).map(
        ({ kind, reason, file, line, time, level, template, score, fingerprint }): LogFinding => ({
          kind,
          reason: clean(reason),
          file,
          line,
          ...(time === undefined ? {} : { time }),
          ...(level === undefined ? {} : { level }),
          ...(template === undefined ? {} : { template: { id: template.id, text: clean(template.text) } }),
          score,
          fingerprint,
        }),
      );
      try {
        const split = suppressions.of?.split(found) ?? { findings: found, suppressed: [] };
        return { ...split, records: index.records };
      } finally {
        suppressions.close();
      }
    },
    async groups(by) {
      const { view } = await log.query({ query }, { signal });
      return groupBy(view, by, { limit: MAX_GROUPS, formatOf, signal });
    },
  };
}
