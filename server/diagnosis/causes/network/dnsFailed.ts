import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { Resolution } from '../../../systems/network/network.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { activityOf, dependentsOf, endpointEvidence, mentionOf } from '../../endpointText.ts';
import { logEvidence, variableEvidence } from '../../evidence.ts';
import { defineObserver } from '../../observer.ts';
import { addressMentions, type MentionedAddress } from '../../observers/addressMentions.ts';
import { type EndpointProbe, endpointProbes } from '../../observers/endpointProbes.ts';
import { type LogEntry, type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { composeProjects } from '../../observers/workspaceFiles.ts';
import { isOptionalPeer } from '../../optionalPeer.ts';
import { isSimilarName } from '../../source/missingNames.ts';

/** A resolver's failure in words that do not say which name: Python's gaierror, urllib. */
const NAMELESS =
  /gaierror|Name or service not known|Temporary failure in name resolution|nodename nor servname|getaddrinfo|no such host|ENOTFOUND|EAI_AGAIN/;

/** Names that this machine's hosts file knows, for "did you mean". */
const hostsFile = defineObserver<string[]>({
  id: 'dns-failed.hosts-file',
  label: 'the hosts file',
  timeoutMs: 1_000,
  observe: async ({ systems, signal }) => {
    const text = (await systems.files.readText('/etc/hosts', { signal })) ?? '';
    return text.split('\n').flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1));
  },
});

export const dnsFailed = defineCause({
  id: 'dns.failed',
  category: 'network',
  summary: 'A host name that the service uses has no address here',
  advice: {
    sure: "The system's own resolver was asked now and has no address for the name.",
    first:
      "Correct the name, or start what should answer for it; a compose service's name is known only inside its network.",
    verify: 'The name resolves on this machine.',
  },
  needs: {
    probes: endpointProbes,
    states: serviceStates,
    mentions: addressMentions,
    projects: composeProjects,
    hosts: hostsFile,
  },
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
  judge: ({ probes, states, mentions, projects, hosts }) => {
    const composeNames = new Set(projects.flatMap((project) => project.services).map((service) => service.name));
    const resolving = [...probes, ...mentions]
      .filter(({ resolution }) => resolution.kind === 'resolved')
      .map((each) => ('endpoint' in each ? each.endpoint.host : each.host));
    const known: KnownNames = { composeNames, others: ['localhost', ...resolving, ...hosts] };
    const names = mentions.filter(({ port }) => port === undefined);
    const judgements: Judgement[] = [];
    const named = new Set<string>();
    for (const probe of probes) {
      const { host } = probe.endpoint;
      // An address needs no resolver.
      if (/^[\d.]+$|:/.test(host) || host === 'localhost') continue;
      const judgement = judgeProbe(probe, states, names, known);
      if (!judgement) continue;
      named.add(host);
      judgements.push(judgement);
    }
    for (const mention of names) if (!named.has(mention.host)) judgements.push(...judgeMention(mention, known));
    return judgements;
  },
});

interface KnownNames {
  composeNames: ReadonlySet<string>;
  /** Names that do have an address here. */
  others: readonly string[];
}

function judgeProbe(
  probe: EndpointProbe,
  states: readonly ServiceState[],
  mentions: readonly MentionedAddress[],
  names: KnownNames,
): Judgement | undefined {
  const { endpoint, resolution } = probe;
  const { host } = endpoint;
  const evidence = [endpointEvidence(probe), answerEvidence(host, resolution)];
  if (resolution.kind === 'resolved')
    return refuted({
      target: endpoint.name,
      because: `${host} resolves to ${resolution.addresses.slice(0, 2).join(', ')}`,
      evidence,
    });
  const users = dependentsOf(endpoint, states);
  const said = mentions.find((mention) => mention.present && mention.host === host)?.entry;
  // Inside its own network the container engine resolves service names; from here they have no address, and need none.
  if (names.composeNames.has(host) && users.every((state) => state.service.compose) && !said) return undefined;
  const entry = said ?? mentionOf(endpoint, states) ?? namelessEntry(users);
  const optional = isOptionalPeer({ text: entry?.record.text ?? '', variable: endpoint.variable, port: endpoint.port });
  // A peer that no one complains of may be optional; a database is not.
  if (endpoint.kind === 'endpoint' && (entry === undefined || (optional && users.some(({ running }) => running))))
    return undefined;
  const summary = summaryOf(host, resolution, endpoint.variable, names);
  const activity = activityOf(users);
  if (activity === 'atRest')
    return unknown({ target: endpoint.name, because: `${summary}; nothing that needs it was started` });
  return proved({
    target: endpoint.name,
    summary,
    confidence: activity === 'atWork' ? 'proved' : 'likely',
    evidence: [...evidence, ...(entry ? [logEvidence(entry)] : [])],
  });
}

function judgeMention({ state, entry, present, host, resolution }: MentionedAddress, names: KnownNames): Judgement[] {
  const target = state.service.name;
  const variable = state.service.environment.find(({ value }) => value.includes(host));
  const evidence = [
    logEvidence(entry),
    answerEvidence(host, resolution),
    ...(variable ? [variableEvidence(variable)] : []),
  ];
  if (resolution.kind === 'resolved') {
    const because = `${host} resolves now, to ${resolution.addresses.slice(0, 2).join(', ')}`;
    return [refuted({ target, because, evidence })];
  }
  const optional = isOptionalPeer({ text: entry.record.text, variable: variable?.name, port: undefined });
  if (!present || (optional && state.running)) return [];
  return [proved({ target, summary: summaryOf(host, resolution, variable?.name, names), evidence })];
}

function namelessEntry(users: readonly ServiceState[]): LogEntry | undefined {
  return users.flatMap(({ errors }) => errors).findLast(({ record }) => NAMELESS.test(record.text));
}

function summaryOf(
  host: string,
  resolution: Exclude<Resolution, { kind: 'resolved' }>,
  variable: string | undefined,
  { composeNames, others }: KnownNames,
): string {
  const name = `The host name ${host}${variable === undefined ? '' : ` (from ${variable})`}`;
  if (composeNames.has(host)) return `${name} exists only inside the compose network, and the service runs outside it`;
  if (resolution.kind === 'noAnswer') return `${name} could not be resolved: ${resolution.because}`;
  const similar = others.find((other) => isSimilarName(host, other));
  return `${name} does not exist${similar === undefined ? '' : `; did you mean ${similar}?`}`;
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
