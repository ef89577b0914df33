import type { Change } from '../../../protocol/diagnosis.ts';
import type { NetworkFacts } from '../../../systems/docker/docker.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { joinNetwork } from '../../composeEdits.ts';
import { isUp, speaksOf } from '../../containerText.ts';
import { logEvidence } from '../../evidence.ts';
import { defineObserver } from '../../observer.ts';
import { type ContainerTarget, containerTargets } from '../../observers/containerTargets.ts';
import { sourceText } from '../../targets/target.ts';

const UNKNOWN_NAME =
  /ENOTFOUND|EAI_AGAIN|Name or service not known|Temporary failure in name resolution|could not translate host name|no such host|bad address|Unknown MySQL server host|UnknownHostException|nodename nor servname/i;

/** They are asked only when two containers of the workspace share none. */
const engineNetworks = defineObserver<NetworkFacts[]>({
  id: 'network-mismatch.networks',
  label: 'networks of the container engine',
  timeoutMs: 19_000,
  observe: async ({ systems, signal, use }) => {
    const targets = await use(containerTargets);
    const names = new Set(targets.flatMap(({ container }) => container.networks.map(({ name }) => name)));
    if (names.size < 2) return [];
    const answer = await systems.docker.networks({ timeoutMs: 1_500, signal });
    return answer.kind === 'ready' ? answer.value : [];
  },
});

export const containerNetworkMismatch = defineCause({
  id: 'container.network-mismatch',
  category: 'network',
  summary: 'Two containers share no network, so one does not know the other by name',
  advice: {
    sure: 'Both containers run, and the engine lists no network that both are in: names resolve only inside a common one.',
    first:
      'Put both services on one network in the compose file; networks: on one of them takes it off the default one.',
    verify: 'The name resolves inside the container, and the errors stop.',
  },
  needs: { targets: containerTargets, networks: engineNetworks },
  explains: [
    'dns.failed',
    'database.unreachable',
    'cache.unreachable',
    'network.refused',
    'network.timeout',
    'container.exited',
    'container.restarting',
    'container.unhealthy',
    'service.down',
    'process.crash-loop',
    'proxy.upstream-down',
  ],
  judge: ({ targets, networks }) => targets.flatMap((target) => judgeTarget(target, targets, networks)),
});

function judgeTarget(
  target: ContainerTarget,
  all: readonly ContainerTarget[],
  networks: readonly NetworkFacts[],
): Judgement[] {
  const { name, container, state, compose } = target;
  const entries = [...(state?.errors ?? []), ...(state?.warnings ?? []), ...(state?.crashes ?? [])];
  return all.flatMap((other): Judgement[] => {
    if (other === target || !isUp(other.container)) return [];
    const entry = entries.findLast(({ record }) => UNKNOWN_NAME.test(record.text) && speaksOf(record.text, other));
    if (!entry) return [];
    const mine = container.networks.map((network) => network.name);
    const theirs = other.container.networks.map((network) => network.name);
    const common = mine.filter((network) => theirs.includes(network));
    const evidence = [
      logEvidence(entry),
      {
        kind: 'container' as const,
        source: `docker inspect ${container.name}`,
        text: `networks: ${mine.join(', ') || container.networkMode}`,
      },
      {
        kind: 'container' as const,
        source: `docker inspect ${other.container.name}`,
        text: `networks: ${theirs.join(', ') || other.container.networkMode}`,
      },
      ...[compose, other.compose].map((service) => ({
        kind: 'config' as const,
        source: sourceText(service.at),
        text: `services.${service.name}: ${service.networks.length > 0 ? `networks ${service.networks.join(', ')}` : 'the default network'}`,
      })),
    ];
    if (common.length > 0)
      return [refuted({ target: name, because: `${name} and ${other.name} share the network ${common[0]}`, evidence })];
    const network = theirs[0];
    return [
      proved({
        target: name,
        summary: `${name} looks for ${other.compose.name} by name, but they share no network: ${name} is in ${mine.join(', ') || container.networkMode}, ${other.name} in ${theirs.join(', ') || 'none'}`,
        evidence,
        fixes:
          network === undefined
            ? []
            : [
                {
                  title: `Connect ${container.name} to ${network}`,
                  risk: 'execute',
                  changes: [
                    ...inFile(
                      target,
                      networks.find(({ name: full }) => full === network),
                    ),
                    {
                      kind: 'command',
                      argv: ['docker', 'network', 'connect', '--alias', compose.name, network, container.name],
                      undo: ['docker', 'network', 'disconnect', network, container.name],
                    },
                  ],
                  undo: true,
                  verify: `${other.compose.name} resolves inside ${container.name}, also after the next docker compose up.`,
                },
              ],
      }),
    ];
  });
}

/** The file as well: the next `up` would take the container off the network again. */
function inFile({ compose, lineOf }: ContainerTarget, network: NetworkFacts | undefined): Change[] {
  const edit = network?.compose && joinNetwork(compose, network.compose.network, lineOf);
  return edit ? [edit] : [];
}
