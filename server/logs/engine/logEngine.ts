import type * as z from 'zod';
import type { LogLine, LogOutline } from '../../protocol/logDocument.ts';
import type { LogFinding } from '../../protocol/logRecord.ts';
import type {
  compareLogs,
  completeLogQuery,
  exportLog,
  findLogPosition,
  getLogHistogram,
  getLogRecord,
  groupLog,
  LogSource,
  LogSummary,
  LogView,
  listLogRows,
  listLogTemplates,
  queryLog,
} from '../../protocol/logs.ts';
import type { LogFormatSetting } from '../../protocol/settings.ts';

/** Parameters and results of a message of the protocol, for those who implement it. */
type Params<M extends { params: z.ZodType }> = z.output<M['params']>;
type Result<M extends { result: z.ZodType }> = z.input<M['result']>;

/** How a call is followed and ended from outside. */
export interface EngineCall<P = never> {
  signal: AbortSignal;
  onProgress?: (progress: P) => void;
}

/**
 * The logs that are open, and everything that can be asked of them. It works on a thread of its own: reading, mining and
 * filtering take seconds of computing, which the backend's loop does not have. Every call throws TektraError.
 */
export interface LogEngine {
  /** Answers as soon as the first screen can be shown; the rest is read afterwards. Errors: log.unreadable. */
  open(
    params: { sources: LogSource[]; follow?: boolean | undefined; formats?: readonly LogFormatSetting[] },
    call: EngineCall,
  ): Promise<LogSummary>;
  /** Forgets a log; one that is not open is none. */
  close(params: { log: string }): Promise<null>;
  get(params: { log: string }): Promise<LogSummary>;
  /** Errors: log.query-invalid. */
  query(params: Omit<Params<typeof queryLog>, 'progressToken'>, call: EngineCall<LogView>): Promise<LogView>;
  rows(params: Params<typeof listLogRows>): Promise<Result<typeof listLogRows>>;
  position(params: Params<typeof findLogPosition>): Promise<Result<typeof findLogPosition>>;
  complete(params: Params<typeof completeLogQuery>): Promise<Result<typeof completeLogQuery>>;
  record(params: Params<typeof getLogRecord>): Promise<Result<typeof getLogRecord>>;
  histogram(params: Params<typeof getLogHistogram>, call: EngineCall): Promise<Result<typeof getLogHistogram>>;
  templates(params: Params<typeof listLogTemplates>, call: EngineCall): Promise<Result<typeof listLogTemplates>>;
  /**
   * Ranked; none is held back here. Those of `held` fingerprints take the place of no other.
   */
  findings(
    params: { log: string; view?: string | undefined; held?: readonly string[] },
    call: EngineCall,
  ): Promise<LogFinding[]>;
  /** Of source 0. */
  outline(params: { log: string; held?: readonly string[] }, call: EngineCall): Promise<LogOutline>;
  line(params: { log: string; line: number }): Promise<LogLine | null>;
  group(params: Params<typeof groupLog>, call: EngineCall): Promise<Result<typeof groupLog>>;
  compare(params: Params<typeof compareLogs>, call: EngineCall): Promise<Result<typeof compareLogs>>;
  export(params: Params<typeof exportLog>, call: EngineCall<{ records: number }>): Promise<Result<typeof exportLog>>;
}

export const engineMethods = [
  'open',
  'close',
  'get',
  'query',
  'rows',
  'position',
  'complete',
  'record',
  'histogram',
  'templates',
  'findings',
  'outline',
  'line',
  'group',
  'compare',
  'export',
] as const satisfies readonly (keyof LogEngine)[];
export type EngineMethod = (typeof engineMethods)[number];
