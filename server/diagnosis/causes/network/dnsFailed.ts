import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { Resolution } from '../../../systems/network/network.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { dependentsOf, endpointEvidence, mentionEvidence } from '../../endpointText.ts';
import { logEvidence } from '../../evidence.ts';
import { defineObserver } from '../../observer.ts';
import { endpointProbes } from '../../observers/endpointProbes.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { composeProjects } from '../../observers/workspaceFiles.ts';

/** Messages about a name without an address; group 1 is the name. */
const UNRESOLVED: readonly RegExp[] = [
  /getaddrinfo (?:ENOTFOUND|EAI_AGAIN|EAI_NONAME) ([\w.-]+)/,
  /(?:lookup|resolve|resolving) ([\w.-]+?)(?: on [\w.:[\]-]+)?: (?:no such host|server misbehaving|Temporary failure|i\/o timeout)/i,
  /could not translate host name "([^"]+)" to address/,
  /Failed to resolve '([^']+)'/,
  /NameResolutionError[^\n]*host='([^']+)'/,
  /host='([\w.-]+)'[^\n]*(?:Name or service not known|Temporary failure in name resolution|nodename nor servname)/,
  /(?:UnknownHostException|Unknown host):? ([\w.-]+)/,
  /host not found in upstream "([\w.-]+)/,
  /Could not resolve host:? ([\w.-]+)/i,
  /(?:Name or service not known|Temporary failure in name resolution|nodename nor servname provided)[^\n]*?["'(]([\w-]+(?:\.[\w-]+)*)["')]/,
  /Error -[235] connecting to ([\w.-]+):\d+/,
];

interface Mentioned {
  state: ServiceState;
  entry: LogEntry;
  host: string;
  resolution: Resolution;
}

/** Host names that present errors call unknown, asked again now. */
const mentioned = defineObserver<Mentioned[]>({
  id: 'dns-failed.mentioned',
  label: 'host names that errors mention',
  timeoutMs: 3_500,
  observe: async ({ systems, signal, use }) => {
    const states = await use(serviceStates);
    const found = states.flatMap((state) => [
      ...new Map(
        state.errors.flatMap((entry) =>
          hostsIn(entry.record.text).map((host) => [host, { state, entry, host }] as const),
        ),
      ).values(),
    ]);
    return Promise.all(
      found.slice(0, 8).map(async (candidate) => ({
        ...candidate,
        resolution: await systems.network.resolve(candidate.host, { timeoutMs: 2_500, signal }),
      })),
    );
  },
});

export const dnsFailed = defineCause({
  id: 'dns.failed',
  category: 'network',
  summary: 'A host name that the service uses has no address here',
  needs: { probes: endpointProbes, states: serviceStates, mentioned, projects: composeProjects },
  explains: [
    'database.unreachable',
    'cache.unreachable',
    'network.refused',
    'network.timeout',
    'service.down',
    'process.crash-loop',
    'proxy.upstream-down',
    'container.unhealthy',
    'container.exited',
  ],
  judge: ({ probes, states, mentioned: list, projects }) => {
    const composeNames = new Set(projects.flatMap((project) => project.services).map((service) => service.name));
    const judgements: Judgement[] = [];
    const named = new Set<string>();
    for (const probe of probes) {
      const { endpoint, resolution } = probe;
      if (/^[\d.:a-f]+$/i.test(endpoint.host) || endpoint.host === 'localhost') continue;
      const users = dependentsOf(endpoint, states);
      if (resolution.kind === 'resolved') {
        judgements.push(
          refuted({
            target: endpoint.name,
            because: `${endpoint.host} resolves to ${resolution.addresses.slice(0, 2).join(', ')}`,
            evidence: [endpointEvidence(probe), answerEvidence(endpoint.host, resolution)],
          }),
        );
        continue;
      }
      // Inside its own network the container engine resolves service names; from here they have no address, and need none.
      if (
        composeNames.has(endpoint.host) &&
        users.every((state) => state.service.compose) &&
        !list.some(({ host }) => host === endpoint.host)
      )
        continue;
      const mention = mentionEvidence(endpoint, states);
      const failing = users.some((state) => state.errors.length > 0 || state.running || state.everStarted);
      // A peer that no one complains of may be optional; a database is not.
      if (endpoint.kind === 'endpoint' && mention.length === 0) continue;
      named.add(endpoint.host);
      judgements.push(
        proved({
          target: endpoint.name,
          summary: summaryOf(endpoint.host, resolution, endpoint.variable, composeNames),
          confidence: failing ? 'proved' : 'likely',
          evidence: [endpointEvidence(probe), answerEvidence(endpoint.host, resolution), ...mention],
        }),
      );
    }
    for (const { state, entry, host, resolution } of list) {
      if (named.has(host)) continue;
      const evidence = [logEvidence(entry), answerEvidence(host, resolution)];
      judgements.push(
        resolution.kind === 'resolved'
          ? refuted({
              target: state.service.name,
              because: `${host} resolves now, to ${resolution.addresses.slice(0, 2).join(', ')}`,
              evidence,
            })
          : proved({
              target: state.service.name,
              summary: summaryOf(
                host,
                resolution,
                state.service.environment.find((variable) => variable.value.includes(host))?.name,
                composeNames,
              ),
              evidence,
            }),
      );
    }
    return judgements;
  },
});

function summaryOf(
  host: string,
  resolution: Exclude<Resolution, { kind: 'resolved' }>,
  variable: string | undefined,
  composeNames: ReadonlySet<string>,
): string {
  const from = variable === undefined ? '' : ` (from ${variable})`;
  if (composeNames.has(host))
    return `The host name ${host}${from} exists only inside the compose network, and the service runs outside it`;
  return resolution.kind === 'notFound'
    ? `The host name ${host}${from} does not exist`
    : `The host name ${host}${from} could not be resolved: no name server answered`;
}

function answerEvidence(host: string, resolution: Resolution): Evidence {
  const took = `${Math.round(resolution.durationMs)} ms`;
  return {
    kind: 'probe',
    source: `resolve ${host}`,
    text:
      resolution.kind === 'resolved'
        ? `${resolution.addresses.slice(0, 3).join(', ')} in ${took}`
        : `${resolution.because} (${took})`,
  };
}

function hostsIn(text: string): string[] {
  return [
    ...new Set(UNRESOLVED.flatMap((pattern) => pattern.exec(text)?.[1] ?? []).filter((host) => !/^[\d.]+$/.test(host))),
  ];
}
