import type { HttpAnswer } from '../../../systems/http/http.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { addressOf } from '../../endpointText.ts';
import { logEvidence } from '../../evidence.ts';
import { defineObserver } from '../../observer.ts';
import { type ProxyState, proxyStates, type UpstreamProbe } from '../../observers/proxyStates.ts';
import { sourceText } from '../../targets/target.ts';

const TIMED_OUT = /upstream timed out/;
/** Longer is not waited for: what does not answer its first page by then is slow in any case. */
const LONGEST_MS = 4_000;
/** With no proof of now, only timeouts of just now count. */
const JUST_NOW_MS = 2 * 60_000;

interface Slow {
  state: ProxyState;
  probe: UpstreamProbe;
  entry: ProxyState['errors'][number];
  /** The first page of the upstream, asked for now. */
  answer: HttpAnswer | undefined;
}

const slowUpstreams = defineObserver<Slow[]>({
  id: 'proxy-timeout.upstreams',
  label: 'answers behind reverse proxies',
  timeoutMs: 14_000,
  observe: async ({ systems, signal, use }) => {
    const states = await use(proxyStates);
    const found = states.flatMap((state) =>
      state.upstreams.flatMap((probe) => {
        const entry = state.errors.findLast(
          ({ record }) => TIMED_OUT.test(record.text) && record.text.includes(`:${probe.port}`),
        );
        return entry ? [{ state, probe, entry }] : [];
      }),
    );
    return Promise.all(
      found.map(async (slow): Promise<Slow> => {
        const { connection, proxy, port } = slow.probe;
        if (connection?.kind !== 'accepted' || !slow.entry.recent || !/^https?:/.test(proxy.url))
          return { ...slow, answer: undefined };
        const host = connection.address.includes(':') ? `[${connection.address}]` : connection.address;
        const timeoutMs = Math.min(proxy.readTimeoutSeconds * 1_000 + 300, LONGEST_MS);
        const scheme = proxy.url.startsWith('https:') ? 'https' : 'http';
        return { ...slow, answer: await systems.http.get(`${scheme}://${host}:${port}/`, { timeoutMs, signal }) };
      }),
    );
  },
});

export const proxyTimeout = defineCause({
  id: 'proxy.timeout',
  category: 'network',
  summary: 'The service behind the reverse proxy answers later than the proxy waits: it returns 504',
  advice: {
    sure: 'The proxy’s own error log says that the upstream timed out, and the upstream was asked by itself now.',
    first: 'Find out why the service is slow; a longer proxy_read_timeout only hides it.',
    verify: 'The upstream answers well within the proxy’s limit, and no new timeout is logged.',
  },
  needs: { slow: slowUpstreams },
  explains: [],
  judge: ({ slow }) => slow.flatMap(judgeSlow),
});

function judgeSlow({ state, probe, entry, answer }: Slow): Judgement[] {
  const { proxy } = probe;
  const limit = `${proxy.readTimeoutSeconds} s`;
  const address = addressOf(probe);
  const took = answer ? `${(answer.durationMs / 1_000).toFixed(1)} s` : '';
  const evidence = [
    logEvidence(entry),
    {
      kind: 'config' as const,
      source: sourceText(proxy.at),
      text: `passes to ${proxy.url} and waits ${limit} for an answer`,
    },
    ...(answer
      ? [
          {
            kind: 'probe' as const,
            source: `http://${address}/`,
            text: answer.kind === 'answered' ? `${answer.status} after ${took}` : `${answer.because} after ${took}`,
          },
        ]
      : []),
  ];
  const target = state.target.name;
  const late = answer?.kind === 'failed' && answer.code === 'ETIMEDOUT';
  if (late)
    return [
      proved({
        target,
        summary: `nginx answers 504: ${address} gives no answer within ${took}, and nginx waits ${limit}`,
        evidence,
      }),
    ];
  const age = Date.now() - (entry.record.time ?? entry.log.modifiedAt).getTime();
  if (answer?.kind === 'answered' && entry.recent && age <= JUST_NOW_MS)
    return [
      proved({
        target,
        confidence: 'likely',
        summary: `nginx answered 504: a request to ${address} took longer than ${limit}; its first page answers in ${took}`,
        evidence,
      }),
    ];
  return probe.connection?.kind === 'accepted'
    ? [
        refuted({
          target,
          because:
            answer?.kind === 'answered'
              ? `${address} answers in ${took}`
              : `the last timeout of ${address} is long over`,
          evidence,
        }),
      ]
    : [];
}
