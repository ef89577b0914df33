import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { addressOf } from '../../endpointText.ts';
import { logEvidence } from '../../evidence.ts';
import { type ProxyState, proxyStates, type UpstreamProbe } from '../../observers/proxyStates.ts';
import { sourceText } from '../../targets/target.ts';

const COMPLAINS =
  /connect\(\) failed \(111|no live upstreams|connect\(\) to .{0,200} failed|upstream prematurely closed|host not found in upstream|connect\(\) failed \(113/;

export const proxyUpstreamDown = defineCause({
  id: 'proxy.upstream-down',
  category: 'network',
  summary: 'The reverse proxy runs, and nothing answers behind it: it returns 502',
  advice: {
    sure: 'The proxy’s own error log names the upstream, and a connection to that very address was refused now.',
    first: 'Look at the service behind the address: start it, or correct the address in the upstream.',
    verify: 'The upstream accepts a connection, and the proxy answers with the service’s own status.',
  },
  needs: { proxies: proxyStates },
  explains: ['network.refused', 'container.unhealthy'],
  judge: ({ proxies }) => proxies.flatMap(judgeProxy),
});

function judgeProxy(state: ProxyState): Judgement[] {
  const groups = new Map<string, UpstreamProbe[]>();
  for (const probe of state.upstreams) groups.set(probe.proxy.url, [...(groups.get(probe.proxy.url) ?? []), probe]);
  return [...groups.values()].flatMap((probes): Judgement[] => judgeUpstream(state, probes));
}

function judgeUpstream({ target, process, errors }: ProxyState, probes: readonly UpstreamProbe[]): Judgement[] {
  const complaints = errors.filter(
    ({ record }) => COMPLAINS.test(record.text) && probes.some((probe) => isNamed(record.text, probe)),
  );
  const complaint = complaints.findLast(({ recent }) => recent) ?? complaints.at(-1);
  const down = probes.filter(({ connection }) => connection?.kind !== 'accepted');
  const addresses = probes.map(addressOf).join(', ');
  const evidence: Evidence[] = [
    ...(complaint ? [logEvidence(complaint)] : []),
    ...probes.map(probeEvidence),
    ...probes.slice(0, 1).map(({ proxy }) => ({
      kind: 'config' as const,
      source: sourceText(proxy.at),
      text: `${proxy.location === '' ? '' : `location ${proxy.location}: `}passes to ${proxy.url}`,
    })),
  ];
  // One living server is enough for a proxy: it goes on with that.
  if (down.length < probes.length)
    return complaint
      ? [
          refuted({
            target: target.name,
            because: `${probes
              .filter((probe) => !down.includes(probe))
              .map(addressOf)
              .join(', ')} accepts connections now`,
            evidence,
          }),
        ]
      : [];
  if (!complaint?.recent)
    return process
      ? [
          unknown({
            target: target.name,
            because: `nothing answers at ${addresses} behind it, but nobody has asked for it in the last minutes`,
            next: `start what listens there, or ask the proxy for ${probes[0]?.proxy.location || '/'}`,
          }),
        ]
      : [];
  return [
    proved({
      target: target.name,
      summary: `nginx answers 502: ${addresses} behind ${probes[0]?.proxy.location || 'it'} ${wordOf(probes[0])}`,
      evidence,
    }),
  ];
}

function probeEvidence(probe: UpstreamProbe): Evidence {
  const { resolution, connection } = probe;
  const text =
    resolution.kind !== 'resolved'
      ? `${probe.host} has no address: ${resolution.because}`
      : {
          accepted: 'accepted a connection',
          refused: 'connection refused',
          timedOut: 'no answer',
          unreachable: 'unreachable',
        }[connection?.kind ?? 'unreachable'];
  return { kind: 'probe', source: `tcp://${addressOf(probe)}`, text: `${text} (named in ${sourceText(probe.at)})` };
}

function wordOf(probe: UpstreamProbe | undefined): string {
  if (probe?.resolution.kind !== 'resolved') return 'has no address';
  return probe.connection?.kind === 'refused' ? 'refuses connections' : 'does not answer';
}

function isNamed(text: string, { host, port, proxy }: UpstreamProbe): boolean {
  const name = /:\/\/([^/:]+)/.exec(proxy.url)?.[1] ?? '';
  return text.includes(`${host}:${port}`) || text.includes(`:${port}`) || (name !== '' && text.includes(name));
}
