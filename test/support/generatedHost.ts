// Runs in the browser, ahead of the log page: the editor's `acquireVsCodeApi`, with a client and a server behind it that
// answer from a generated log. Nothing leaves the page, so that what is measured is the page.
import { toResponseError } from '../../server/protocol/errors.ts';
import { GeneratedServer } from './generatedServer.ts';

interface Call {
  jsonrpc: '2.0';
  id?: number;
  method: string;
  params?: Record<string, unknown>;
}

/** What a test says to the host, through `window.tektraHost`. */
export interface GeneratedHost {
  server: GeneratedServer;
  requests: { method: string; params: Record<string, unknown> }[];
  /** More records come, as a followed log grows. */
  grow(records: number): void;
  kept: unknown;
  /** Answers later by so many ms. */
  delay: number;
}

interface HostOptions {
  records: number;
  state: 'reading' | 'following' | 'complete' | 'failed';
  kept?: unknown;
  quiet?: boolean;
  openError?: string;
}

const options: HostOptions = Reflect.get(window, 'tektraOptions');
const server = new GeneratedServer(options.records);
server.state = options.state;
server.quiet = options.quiet ?? false;
const cancelled = new Set<number>();
const host: GeneratedHost = {
  server,
  requests: [],
  kept: options.kept,
  delay: 0,
  grow(records) {
    server.log.count += records;
    send({ method: 'tektra/logs/changed', params: server.summary() });
  },
};

function send(message: object): void {
  window.postMessage({ jsonrpc: '2.0', ...message }, '*');
}

const page = () => ({
  title: 'app.log',
  sources: [{ kind: 'file', path: '/var/log/shop/app.log' }],
  ...(options.openError === undefined
    ? { summary: server.summary() }
    : { error: { message: options.openError, action: 'Choose another file.' } }),
});

// biome-ignore lint/suspicious/noExplicitAny: one table for all messages; the protocol's own shapes are checked by the page's types.
const answers: Readonly<Record<string, (params: any, id: number) => unknown>> = {
  'tektra/logs/page/get': page,
  'tektra/logs/page/reopen': () => null,
  'tektra/logs/page/openRecord': () => ({
    opened: false,
    because: 'The file is larger than 50 MB, which the editor does not open well.',
  }),
  'tektra/logs/page/openFrame': () => ({ opened: true }),
  'tektra/logs/page/findFrames': () => ({ frames: [true, false, true] }),
  'tektra/logs/page/copy': () => null,
  'tektra/logs/page/save': () => ({ file: '/tmp/app.jsonl', records: 12 }),
  'tektra/logs/page/suppress': ({ fingerprint }) => {
    server.suppressed.add(fingerprint);
    return { suppressed: true };
  },
  'tektra/logs/page/openCompared': () => null,
  'tektra/logs/unsuppress': ({ fingerprint }) => {
    server.suppressed.delete(fingerprint);
    return null;
  },
  'tektra/logs/query': ({ progressToken, ...params }, id) =>
    server.views.run(
      params,
      (value) => progressToken && send({ method: '$/progress', params: { token: progressToken, value } }),
      () => cancelled.has(id),
    ),
  'tektra/logs/complete': ({ text, cursor }) => {
    const [, word = ''] = /(\S*)$/.exec(text.slice(0, cursor)) ?? [];
    const known = ['level:', 'level:error', 'level:warn', 'component:', 'component:db.pool', 'duration>'];
    const found = known.filter((one) => word !== '' && one.startsWith(word) && one !== word);
    const suggestions = found.map((one) => ({ text: one, label: one, kind: 'key', detail: 'of this log' }));
    return { from: cursor - word.length, to: cursor, suggestions };
  },
  'tektra/logs/rows': (params) => server.rows(params),
  'tektra/logs/position': (params) => server.position(params),
  'tektra/logs/record': ({ record }) => server.record(record),
  'tektra/logs/histogram': (params) => server.histogram(params),
  'tektra/logs/templates': (params) => server.templates(params),
  'tektra/logs/findings': () => server.findings(),
  'tektra/logs/group': (params) => server.group(params),
  'tektra/logs/compare': (params) => server.compare(params),
};

async function answer({ id, method, params = {} }: Call): Promise<void> {
  if (id === undefined) {
    if (method === '$/cancelRequest' && typeof params.id === 'number') cancelled.add(params.id);
    return;
  }
  host.requests.push({ method, params });
  await new Promise((resolve) => setTimeout(resolve, host.delay));
  try {
    const result = await answers[method]?.(params, id);
    if (result === undefined) throw new Error(`The stand-in host does not know ${method}`);
    send({ id, result });
  } catch (thrown) {
    const { code, message, data } = toResponseError(thrown);
    send({ id, error: { code, message, data } });
  }
}

Object.assign(window, {
  tektraHost: host,
  acquireVsCodeApi: () => ({
    postMessage: (message: Call) => void answer(message),
    getState: () => host.kept,
    setState: (state: unknown) => {
      host.kept = state;
    },
  }),
});
