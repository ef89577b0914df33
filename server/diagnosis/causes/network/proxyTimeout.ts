import type { HttpAnswer } from '../../../systems/http/http.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import { defineObserver } from '../../observer.ts';
import { type ProxyError, type ProxyState, proxyStates, type UpstreamProbe } from '../../observers/proxyStates.ts';
import { complaintAbout, passEvidence, serverText, upstreamEvidence } from '../../proxyText.ts';

/** Longer is not waited for: what does not answer its first page by then is slow in any case. */
const LONGEST_MS = 4_000;
/** With no proof of now, only timeouts of just now count. */
const JUST_NOW_MS = 2 * 60_000;

interface Slow {
  state: ProxyState;
  probe: UpstreamProbe;
  complaint: ProxyError;
  /** The first page of the upstream, asked for now. */
  answer: HttpAnswer | undefined;
}

const slowUpstreams = defineObserver<Slow[]>({
  id: 'proxy-timeout.upstreams',
  label: 'answers behind reverse proxies',
  timeoutMs: 22_000,
  observe: async ({ systems, signal, use }) => {
    const states = await use(proxyStates);
    const found = states.flatMap((state) =>
      state.upstreams.flatMap((probe) => {
        const complaint = complaintAbout(state, [probe], ['answerTimedOut', 'connectTimedOut']);
        return complaint ? [{ state, probe, complaint }] : [];
      }),
    );
    return Promise.all(
      found.map(async (slow): Promise<Slow> => {
        const { connection, proxy, port } = slow.probe;
        if (connection?.kind !== 'accepted' || port === 0 || !slow.complaint.recent || !/^https?:/.test(proxy.url))
          return { ...slow, answer: undefined };
        const host = connection.address.includes(':') ? `[${connection.address}]` : connection.address;
        const timeoutMs = Math.min(proxy.readTimeoutSeconds * 1_000 + 300, LONGEST_MS);
        const scheme = proxy.url.startsWith('https:') ? 'https' : 'http';
        const answer = await systems.http.get(`${scheme}://${host}:${port}/`, { timeoutMs, signal });
        return { ...slow, answer };
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

function judgeSlow({ state, probe, complaint, answer }: Slow): Judgement[] {
  const { proxy, connection } = probe;
  const limit = `${proxy.readTimeoutSeconds} s`;
  const address = serverText(probe);
  const took = answer ? `${(answer.durationMs / 1_000).toFixed(1)} s` : '';
  const evidence = [
    logEvidence(complaint),
    upstreamEvidence(probe),
    { ...passEvidence(probe), text: `${passEvidence(probe).text} and waits ${limit} for an answer` },
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
  const current = state.running && complaint.recent;
  if (current && connection?.kind === 'timedOut')
    return [
      proved({
        target,
        summary: `nginx answers 504: nobody answers the connection to ${address} at all`,
        evidence,
        advice: {
          first:
            'Find out what keeps packets from the address: a wrong address, a route, a firewall, or a host that is off.',
          verify: 'The address accepts a connection.',
        },
      }),
    ];
  const late = answer?.kind === 'failed' && answer.code === 'ETIMEDOUT';
  if (current && late)
    return [
      proved({
        target,
        // A silence shorter than the limit fits the log, and proves nothing by itself.
        confidence: proxy.readTimeoutSeconds * 1_000 <= LONGEST_MS ? 'proved' : 'likely',
        summary: `nginx answers 504: ${address} gives no answer within ${took}, and nginx waits ${limit}`,
        evidence,
      }),
    ];
  if (current && answer?.kind === 'answered' && complaint.ageMs <= JUST_NOW_MS && !complaint.recovered)
    return [
      proved({
        target,
        confidence: 'likely',
        summary: `nginx answered 504: ${complaint.request ?? 'a request'} to ${address} took longer than ${limit}; its first page answers in ${took}`,
        evidence,
      }),
    ];
  if (connection?.kind !== 'accepted') return [];
  const because = complaint.recovered
    ? `${complaint.request} was answered since`
    : answer?.kind === 'answered'
      ? `${address} answers in ${took}`
      : `the last timeout of ${address} is long over`;
  return [refuted({ target, because, evidence })];
}
