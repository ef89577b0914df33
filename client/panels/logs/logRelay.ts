import type * as z from 'zod';
import type { RequestMessage } from '../../../server/protocol/defineMessage.ts';
import { TektraError } from '../../../server/protocol/errors.ts';
import {
  compareLogs,
  completeLogQuery,
  findLogPosition,
  getLogHistogram,
  getLogRecord,
  groupLog,
  LogView,
  listLogFindings,
  listLogRows,
  listLogTemplates,
  queryLog,
  unsuppressLogFinding,
} from '../../../server/protocol/logs.ts';
import type { Backend } from '../../backend/backend.ts';
import { type AllowedMessage, allow } from '../relayAllowed.ts';

export interface RelayParts {
  backend: Pick<Backend, 'request' | 'onProgress'>;
  /** Whether the page opened this log; it may ask of no other. */
  owns: (log: string) => boolean;
  /** Tells the page how far its query is. */
  report: (token: string | number, view: LogView) => void;
}

let tokens = 0;

/** What a log page asks the server: passed on as it is, once the log is one of the page's own. */
export function logRelay({ backend, owns, report }: RelayParts): AllowedMessage[] {
  const own = (log: string): void => {
    if (!owns(log))
      throw new TektraError('log.unknown', 'This log is not open any more.', { action: 'Open it again.' });
  };
  const relay = <P extends z.ZodType<{ log: string }>, R extends z.ZodType>(message: RequestMessage<P, R>) =>
    allow(message, async (params, token) => {
      own(params.log);
      // What was checked once has one form on both sides.
      return (await backend.request(message, params as z.input<P>, token)) as z.input<R>;
    });
  return [
    relay(listLogRows),
    relay(findLogPosition),
    relay(getLogRecord),
    relay(getLogHistogram),
    relay(listLogTemplates),
    relay(listLogFindings),
    relay(groupLog),
    relay(completeLogQuery),
    allow(queryLog, async ({ progressToken, ...params }, token) => {
      own(params.log);
      if (progressToken === undefined) return backend.request(queryLog, params, token);
      // The page's token is unique within the page alone.
      tokens += 1;
      const ours = `logs-view-${tokens}`;
      const subscription = backend.onProgress(ours, (value: unknown) => {
        const view = LogView.safeParse(value);
        if (view.success) report(progressToken, view.data);
      });
      try {
        return await backend.request(queryLog, { ...params, progressToken: ours }, token);
      } finally {
        subscription.dispose();
      }
    }),
    allow(compareLogs, (params, token) => {
      own(params.a.log);
      own(params.b.log);
      return backend.request(compareLogs, params, token);
    }),
    allow(unsuppressLogFinding, (params) => backend.request(unsuppressLogFinding, params)),
  ];
}
