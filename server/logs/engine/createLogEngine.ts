import { randomBytes } from 'node:crypto';
import { TektraError } from '../../protocol/errors.ts';
import { inertLine } from '../../protocol/inertText.ts';
import type { LogSummary } from '../../protocol/logs.ts';
import { createRedactor } from '../../security/redactText.ts';
import { findFindings } from '../findings/findFindings.ts';
import { formatOf } from '../formats/formatOf.ts';
import { compareViews } from '../query/compareViews.ts';
import { completeQuery } from '../query/completeQuery.ts';
import { describeQuery } from '../query/describeQuery.ts';
import { openFileSink } from '../query/exportSink.ts';
import { exportView } from '../query/exportView.ts';
import { findPosition } from '../query/findPosition.ts';
import { groupBy } from '../query/groupBy.ts';
import { histogram } from '../query/histogram.ts';
import type { LogView } from '../query/logView.ts';
import { parseQuery } from '../query/parseQuery.ts';
import { lineOf, outlineOf } from './documentOutline.ts';
import { listTemplates } from './listTemplates.ts';
import type { LogEngine } from './logEngine.ts';
import { type LogParts, OpenedLog } from './openedLog.ts';
import { recordDetails } from './recordDetails.ts';
import { rowsOf } from './rowsOf.ts';

/** Shortest time between two announcements of one log's growth. Milliseconds. */
const ANNOUNCE_MS = 100;

/** See {@link LogEngine}; on this thread. @param parts.onChange hears of logs that grew */
export function createLogEngine(parts: LogParts & { onChange(summary: LogSummary): void }): LogEngine {
  const open = new Map<string, OpenedLog>();
  const named = (name: string): OpenedLog => {
    const log = open.get(name);
    if (!log) throw new TektraError('log.unknown', 'This log is not open any more.', { action: 'Open it again.' });
    return log;
  };
  const found = (name: string, view: LogView): { view: string; matches: number; scanned: number; done: boolean } => ({
    view: name,
    matches: view.matches,
    scanned: view.scanned,
    done: view.done,
  });

  return {
    async open({ sources, follow = false, formats = [] }, { signal }) {
      const log = await OpenedLog.open(randomBytes(8).toString('hex'), sources, parts, {
        follow,
        formats,
        signal,
      });
      open.set(log.id, log);
      log.onChange(throttled(ANNOUNCE_MS, () => open.has(log.id) && parts.onChange(log.summary())));
      return log.summary();
    },
    async close({ log }) {
      open.get(log)?.dispose();
      open.delete(log);
      return null;
    },
    get: async ({ log }) => named(log).summary(),
    async query({ log, ...question }, { signal, onProgress }) {
      const { name, view } = await named(log).query(question, {
        signal,
        ...(onProgress ? { onProgress: (soFar, seen) => onProgress(found(soFar, seen)) } : {}),
      });
      return { ...found(name, view), described: describeQuery(parseQuery(question.query)) };
    },
    async rows({ log, view, ...piece }) {
      const opened = named(log);
      const current = await opened.currentView(view);
      return { rows: rowsOf(opened, current, piece), matches: current.matches };
    },
    async position({ log, view, record, time, line }) {
      const target = record !== undefined ? { record } : time !== undefined ? { time } : line && { line };
      return { position: target ? findPosition(await named(log).currentView(view), target) : -1 };
    },
    complete: async ({ log, text, cursor }) => {
      const { suggestions, ...place } = completeQuery(text, cursor, named(log).index, formatOf);
      return {
        ...place,
        suggestions: suggestions.map(({ label, detail, ...suggestion }) => ({
          ...suggestion,
          label: inertLine(label ?? suggestion.text),
          ...(detail === undefined ? {} : { detail: inertLine(detail) }),
        })),
      };
    },
    record: async ({ log, record }) => recordDetails(named(log), record),
    async histogram({ log, view, buckets, from, to }, { signal }) {
      const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
      return histogram(await named(log).currentView(view, signal), buckets, range, { signal });
    },
    templates: async ({ log, view, ...options }, { signal }) =>
      listTemplates(await named(log).currentView(view, signal), options, signal),
    findings: async ({ log, held = [] }, { signal }) => findFindings(named(log).index, { signal, held: new Set(held) }),
    outline: async ({ log, held = [] }, { signal }) => outlineOf(named(log), new Set(held), signal),
    line: async ({ log, line }) => lineOf(named(log), line),
    group: async ({ log, view, by, limit }, { signal }) =>
      groupBy(await named(log).currentView(view, signal), by, {
        formatOf,
        signal,
        ...(limit === undefined ? {} : { limit }),
      }),
    compare: async ({ a, b, limit }, { signal }) => {
      const [viewA, viewB] = [
        await named(a.log).currentView(a.view, signal),
        await named(b.log).currentView(b.view, signal),
      ];
      const { templates, ...records } = await compareViews(viewA, viewB, {
        signal,
        ...(limit === undefined ? {} : { limit }),
      });
      return {
        ...records,
        // A record is named where the view can go to it: in the log of B.
        templates: templates.map(({ text, level, countA, countB, record, isOfB }) => ({
          text: inertLine(text),
          countA,
          countB,
          ...(level === undefined ? {} : { level }),
          ...(isOfB || a.log === b.log ? { record } : {}),
        })),
      };
    },
    export: async ({ log, view, format, redact, file }, { signal, onProgress }) =>
      exportView(await named(log).currentView(view, signal), format, await openFileSink(file), {
        formatOf,
        signal,
        // What a workspace's own secrets are is not known here: texts that look like one are replaced.
        ...(redact ? { redact: createRedactor([]) } : {}),
        ...(onProgress ? { onProgress: (records: number) => onProgress({ records }) } : {}),
      }),
  };
}

/** Calls at once, then at most once in each span of time; the last call is never lost. */
function throttled(spanMs: number, call: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let again = false;
  const run = (): void => {
    call();
    timer = setTimeout(() => {
      timer = undefined;
      if (!again) return;
      again = false;
      run();
    }, spanMs);
    timer.unref();
  };
  return () => {
    if (timer) again = true;
    else run();
  };
}
