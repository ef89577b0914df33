import path from 'node:path';
import type { Change, Fix } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import { defineObserver } from '../../observer.ts';
import { nginxOptions } from '../../observers/proxyProcess.ts';
import { type ProxyState, proxyStates, type UpstreamProbe } from '../../observers/proxyStates.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { complaintAbout, passEvidence, serverText, upstreamEvidence } from '../../proxyText.ts';
import { isLoopback } from '../../targets/loopback.ts';
import { sourceText } from '../../targets/target.ts';

interface Upstream {
  state: ProxyState;
  /** All servers of one `proxy_pass`. */
  probes: UpstreamProbe[];
  /** The service that is meant, and runs: it listens on another port than the one that is asked. */
  elsewhere: { service: ServiceState; port: number; pid: number | undefined; line: string } | undefined;
}

const upstreams = defineObserver<Upstream[]>({
  id: 'proxy-upstream-down.upstreams',
  label: 'what is behind reverse proxies',
  timeoutMs: 18_000,
  observe: async ({ systems, workspace, signal, use }) => {
    const [proxies, services] = await Promise.all([use(proxyStates), use(serviceStates)]);
    return Promise.all(
      proxies.flatMap(groupsOf).map(async ({ state, probes }): Promise<Upstream> => {
        const [probe] = probes;
        const port = probe && probes.length === 1 ? portElsewhere(state, probe, services) : undefined;
        if (!probe || !port) return { state, probes, elsewhere: undefined };
        const text = await systems.files.readText(path.join(workspace, probe.at.file), { signal });
        return { state, probes, elsewhere: { ...port, line: text?.split(/\r?\n/)[probe.at.line - 1] ?? '' } };
      }),
    );
  },
});

export const proxyUpstreamDown = defineCause({
  id: 'proxy.upstream-down',
  category: 'network',
  summary: 'The reverse proxy runs, and nothing answers behind it: it returns 502',
  advice: {
    sure: 'The proxy’s own error log names the upstream, and a connection to that very address failed now.',
    first: 'Look at the service behind the address: start it, or correct the address in the upstream.',
    verify: 'The upstream accepts a connection, and the proxy answers with the service’s own status.',
  },
  needs: { upstreams },
  explains: ['network.refused', 'container.unhealthy'],
  judge: ({ upstreams: all }) => all.flatMap(judgeUpstream),
});

function groupsOf(state: ProxyState): Pick<Upstream, 'state' | 'probes'>[] {
  const groups = Map.groupBy(state.upstreams, ({ proxy }) => proxy.url);
  return [...groups.values()].map((probes) => ({ state, probes }));
}

function judgeUpstream({ state, probes, elsewhere }: Upstream): Judgement[] {
  const target = state.target.name;
  // Where nobody answers at all, nginx waits: proxy.timeout judges that.
  const down = probes.filter(({ connection }) => connection?.kind !== 'accepted' && connection?.kind !== 'timedOut');
  const complaint = complaintAbout(state, probes, ['refused', 'noLiveUpstreams', 'closed']);
  const evidence = [
    ...(complaint ? [logEvidence(complaint)] : []),
    ...probes.map(upstreamEvidence),
    ...probes.slice(0, 1).map(passEvidence),
  ];
  // One living server is enough for a proxy: it goes on with that.
  if (down.length < probes.length) {
    const living = probes.filter((probe) => probe.connection?.kind === 'accepted').map(serverText);
    return complaint && complaint.kind !== 'closed' && living.length > 0
      ? [refuted({ target, because: `${living.join(', ')} accepts connections now`, evidence })]
      : [];
  }
  if (!state.running) return [];
  const addresses = probes.map(serverText).join(', ');
  const behind = probes[0]?.proxy.location || 'it';
  if (!complaint?.recent || complaint.recovered)
    return [
      unknown({
        target,
        because: `nothing answers at ${addresses} behind it, but nobody has asked for that in the last minutes`,
        next: `start what listens there, or ask the proxy for ${probes[0]?.proxy.location || '/'}`,
      }),
    ];
  return [
    proved({
      target,
      summary: `nginx answers 502: ${addresses} behind ${behind} ${wordOf(probes)}${elsewhere ? `; ${elsewhere.service.service.name} listens on ${elsewhere.port}` : ''}`,
      evidence: [
        ...evidence,
        ...(elsewhere
          ? [
              {
                kind: 'listener' as const,
                source: `port ${elsewhere.port}`,
                text: `${elsewhere.service.service.name} (pid ${elsewhere.pid}) listens on ${elsewhere.port}`,
              },
            ]
          : []),
      ],
      fixes: elsewhere ? portFix(state, probes[0] as UpstreamProbe, elsewhere) : [],
      ...(elsewhere
        ? {
            advice: { first: `Correct the port in ${sourceText((probes[0] as UpstreamProbe).at)}, then reload nginx.` },
          }
        : {}),
    }),
  ];
}

function wordOf(probes: readonly UpstreamProbe[]): string {
  const many = probes.length > 1;
  if (probes[0]?.resolution.kind !== 'resolved') return many ? 'have no address' : 'has no address';
  if (probes[0].connection?.kind === 'refused') return many ? 'refuse connections' : 'refuses connections';
  return 'cannot be reached';
}

/** A service that the proxy leads to and that runs, on one port that is neither the proxy's nor asked for already. */
function portElsewhere(
  { target, upstreams: all }: ProxyState,
  { host, connection, at }: UpstreamProbe,
  services: readonly ServiceState[],
): { service: ServiceState; port: number; pid: number | undefined } | undefined {
  if (connection?.kind !== 'refused' || !isLoopback(host)) return undefined;
  const edge = target.dependsOn.find(({ source }) => source === sourceText(at));
  const service = services.find((state) => state.service.name === edge?.target && state.running);
  const asked = new Set([
    ...all.map(({ port }) => port),
    ...target.config.servers.flatMap(({ listens }) => listens.map(({ port }) => port)),
  ]);
  const ports = new Map(service?.listeners.map(({ port, pid }) => [port, pid]));
  const [only] = [...ports].filter(([port]) => !asked.has(port));
  return service && only && ports.size === 1 ? { service, port: only[0], pid: only[1] } : undefined;
}

/** Corrects the port where it is written, and lets nginx read it. */
function portFix(
  { process, container }: ProxyState,
  { at, port }: UpstreamProbe,
  elsewhere: NonNullable<Upstream['elsewhere']>,
): Fix[] {
  const before = elsewhere.line;
  if (before.split(`:${port}`).length !== 2) return [];
  const edit: Change = { kind: 'edit', ...at, before, after: before.replace(`:${port}`, `:${elsewhere.port}`) };
  const options = process && nginxOptions(process);
  if (!options && !container) return [];
  const nginx = (...words: string[]): string[] => ['nginx', ...(options ?? []), ...words];
  return [
    {
      title: `Let ${sourceText(at)} lead to port ${elsewhere.port}, where ${elsewhere.service.service.name} listens`,
      risk: 'execute',
      changes: container
        ? [edit, { kind: 'container', action: 'restart', container: container.name }]
        : [
            // Taken back in the other order: what is checked ahead of the edit is then read again behind it.
            { kind: 'command', argv: nginx('-t'), undo: nginx('-s', 'reload') },
            edit,
            { kind: 'command', argv: nginx('-s', 'reload'), undo: nginx('-t') },
          ],
      undo: true,
      verify: `nginx passes requests on to ${elsewhere.service.service.name} and answers with its status.`,
    },
  ];
}
