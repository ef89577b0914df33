import { TektraError } from '../protocol/errors.ts';
import type { LogSummary } from '../protocol/logs.ts';
import type { LogEngine } from './engine/logEngine.ts';
import type { LogSuppressions } from './logSuppressions.ts';
import type { Logs } from './logs.ts';

/** An engine that has nothing open is ended after this; the next log starts another. Milliseconds. */
const IDLE_MS = 30_000;

interface RunningEngine {
  engine: LogEngine;
  dispose(): Promise<void>;
}

/** See {@link Logs}. The engine's thread is started with the first log and ended when nothing is open. */
export function createLogs(parts: {
  start(listeners: { onChange(summary: LogSummary): void; onDeath(error: TektraError): void }): RunningEngine;
  suppressions: LogSuppressions;
}): Logs {
  const listeners = new Set<(summary: LogSummary) => void>();
  const open = new Map<string, LogSummary>();
  let running: RunningEngine | undefined;
  let opening = 0;
  let idle: NodeJS.Timeout | undefined;

  const announce = (summary: LogSummary): void => {
    open.set(summary.log, summary);
    for (const listener of listeners) listener(summary);
  };
  const start = (): LogEngine => {
    clearTimeout(idle);
    if (running) return running.engine;
    const started = parts.start({
      onChange: (summary) => open.has(summary.log) && announce(summary),
      onDeath: (error) => {
        if (running !== started) return;
        running = undefined;
        const lost = [...open.values()];
        open.clear();
        // Whoever shows one of them learns that it is gone, and why.
        for (const summary of lost)
          for (const listener of listeners) listener({ ...summary, state: 'failed', error: error.message });
      },
    });
    running = started;
    return started.engine;
  };
  const rest = (): void => {
    clearTimeout(idle);
    if (open.size > 0 || opening > 0 || !running) return;
    idle = setTimeout(() => void end(), IDLE_MS);
    idle.unref();
  };
  const end = async (): Promise<void> => {
    const ending = running;
    running = undefined;
    await ending?.dispose();
  };
  /** The engine, for a log that it has open. */
  const engineOf = (...logs: string[]): LogEngine => {
    const missing = logs.find((log) => !open.has(log));
    if (missing !== undefined || !running)
      throw new TektraError('log.unknown', 'This log is not open any more.', { action: 'Open it again.' });
    return running.engine;
  };

  return {
    async open(params, call) {
      opening += 1;
      try {
        const summary = await start().open(params, call);
        open.set(summary.log, summary);
        return summary;
      } finally {
        opening -= 1;
        rest();
      }
    },
    async close({ log }) {
      if (!open.delete(log) || !running) return null;
      await running.engine.close({ log });
      rest();
      return null;
    },
    get: async (params) => engineOf(params.log).get(params),
    query: async (params, call) => engineOf(params.log).query(params, call),
    rows: async (params) => engineOf(params.log).rows(params),
    position: async (params) => engineOf(params.log).position(params),
    complete: async (params) => engineOf(params.log).complete(params),
    record: async (params) => engineOf(params.log).record(params),
    histogram: async (params, call) => engineOf(params.log).histogram(params, call),
    templates: async (params, call) => engineOf(params.log).templates(params, call),
    findings: async (params, call) => {
      const held = parts.suppressions.fingerprints();
      return parts.suppressions.split(await engineOf(params.log).findings({ ...params, held }, call));
    },
    async outline(params, call) {
      const held = parts.suppressions.fingerprints();
      const outline = await engineOf(params.log).outline({ ...params, held }, call);
      return { ...outline, findings: parts.suppressions.split(outline.findings).findings };
    },
    line: async (params) => engineOf(params.log).line(params),
    group: async (params, call) => engineOf(params.log).group(params, call),
    compare: async (params, call) => engineOf(params.a.log, params.b.log).compare(params, call),
    export: async (params, call) => engineOf(params.log).export(params, call),
    suppress: (params) => parts.suppressions.add(params),
    unsuppress: ({ fingerprint }) => parts.suppressions.remove(fingerprint),
    onChange(listener) {
      listeners.add(listener);
      return { dispose: () => void listeners.delete(listener) };
    },
    async dispose() {
      clearTimeout(idle);
      open.clear();
      await end();
    },
  };
}
