import type * as z from 'zod';
import type { LogSummary, listLogFindings, suppressLogFinding } from '../protocol/logs.ts';
import type { EngineCall, LogEngine } from './engine/logEngine.ts';

/** The logs of this backend: the engine on its thread, and what the user does not want to be told of them. */
export interface Logs extends Omit<LogEngine, 'findings'> {
  /** Ranked, most important first; suppressed ones apart. */
  findings(
    params: { log: string; view?: string | undefined },
    call: EngineCall,
  ): Promise<z.input<(typeof listLogFindings)['result']>>;
  /** Errors: storage.unavailable. */
  suppress(params: z.output<(typeof suppressLogFinding)['params']>): null;
  /** Errors: storage.unavailable. */
  unsuppress(params: { fingerprint: string }): null;
  /** Told when an opened log grew or its state changed. */
  onChange(listener: (summary: LogSummary) => void): { dispose(): void };
  dispose(): Promise<void>;
}
