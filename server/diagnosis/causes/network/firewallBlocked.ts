import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { FirewallAnswer } from '../../../systems/firewall/firewall.ts';
import type { Listener } from '../../../systems/network/network.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { addressOf } from '../../endpointText.ts';
import { clip } from '../../evidence.ts';
import { type Obstacle, obstacleTo } from '../../firewallWay.ts';
import { defineObserver } from '../../observer.ts';
import { listeners } from '../../observers/machine.ts';
import { type UnreachedPeer, unreachedPeers } from '../../observers/unreachedPeers.ts';
import { routeEvidence } from '../../routeText.ts';

interface Blocked {
  peer: UnreachedPeer;
  firewall: FirewallAnswer;
  obstacle: Obstacle | undefined;
}

const RULES_MS = 3_000;

/** The firewall is asked only when somebody cannot be reached, and a missing program does not already say why. */
const blockedPeers = defineObserver<Blocked[]>({
  id: 'firewall-blocked.peers',
  label: 'firewall rules on the way to what cannot be reached',
  timeoutMs: 29_000,
  observe: async ({ systems, signal, use }) => {
    const [peers, sockets] = await Promise.all([use(unreachedPeers), use(listeners)]);
    const suspects = peers.filter((peer) => peer.route.kind !== 'none' && !isMissing(peer, sockets));
    if (suspects.length === 0) return [];
    const firewall = await systems.firewall.rules({ timeoutMs: RULES_MS, signal });
    return suspects.map((peer): Blocked => {
      const obstacle =
        firewall.kind === 'ready' && peer.route.kind === 'route'
          ? obstacleTo(peer.connection.address, peer.port, peer.route, firewall.chains)
          : undefined;
      return { peer, firewall, obstacle: obstacle && fits(obstacle, peer) ? obstacle : undefined };
    });
  },
});

export const firewallBlocked = defineCause({
  id: 'network.firewall-blocked',
  category: 'network',
  summary: 'A rule of this machine’s firewall stops the connection',
  advice: {
    sure: 'The rules of the packet filter were read and followed for this very connection, which fails now in the way that the rule makes it fail.',
    first: 'Ask whether the rule is wanted; then let this one connection pass ahead of it.',
    verify: 'The address accepts a connection, and the calls succeed.',
  },
  needs: { blocked: blockedPeers },
  explains: [
    'network.timeout',
    'network.refused',
    'database.unreachable',
    'cache.unreachable',
    'proxy.timeout',
    'proxy.upstream-down',
    'upstream.slow',
    'service.down',
    'process.crash-loop',
    'container.unhealthy',
    'container.exited',
    'container.restarting',
  ],
  judge: ({ blocked }) => blocked.flatMap(judgePeer),
});

/** On this machine nothing listens there: it is refused without any firewall. */
function isMissing({ connection, route, port }: UnreachedPeer, sockets: readonly Listener[]): boolean {
  if (connection.kind !== 'refused' || route.kind !== 'route' || !route.local) return false;
  return !sockets.some((socket) => socket.port === port);
}

/** The rule makes a connection fail just as this one does. */
function fits({ verdict, with: told = '' }: Obstacle, { connection }: UnreachedPeer): boolean {
  if (verdict === 'drop') return connection.kind === 'timedOut';
  const refuses = /reset|port-unreach/.test(told);
  return connection.kind === (refuses ? 'refused' : 'unreachable');
}

function judgePeer({ peer, firewall, obstacle }: Blocked): Judgement[] {
  const { target, connection, name } = peer;
  const address = addressOf(peer);
  if (firewall.kind !== 'ready') {
    // A refusal has nearly always a plainer reason; only silence makes the firewall a suspect that must be named.
    if (connection.kind === 'refused' || firewall.kind === 'notInstalled') return [];
    return [
      unknown({
        target,
        because: `${firewall.because}, so whether one stops the way to ${address} is not known`,
        next: 'sudo nft list ruleset, or sudo iptables-save, and look for the address and the port',
      }),
    ];
  }
  const way = routeEvidence(connection.address, peer.route);
  if (!obstacle) {
    if (connection.kind === 'refused') return [];
    const number = firewall.chains.reduce((sum, { rules }) => sum + rules.length, 0);
    const because = `none of the ${number} rules of the firewall stops a connection to ${address}`;
    return [refuted({ target, because, evidence: [...way, { kind: 'host', source: firewall.source, text: because }] })];
  }
  if (!obstacle.sure)
    return [
      unknown({
        target,
        because: `a rule may stop the way to ${address}: ${clip(obstacle.rule?.text ?? obstacle.chain.name, 160)}; it has conditions that are not followed here`,
        next: 'watch its counter while you connect: nft list ruleset, or iptables -nvL',
      }),
    ];
  return [
    proved({
      target,
      summary: `The firewall ${obstacle.verdict === 'drop' ? 'drops' : 'rejects'} what goes to ${name === address ? address : `${name} at ${address}`}: ${ruleText(obstacle)}`,
      evidence: [ruleEvidence(obstacle), ...peer.evidence, ...way],
      fixes: passFix(peer, obstacle),
    }),
  ];
}

function ruleText({ chain, rule }: Obstacle): string {
  return rule ? clip(rule.text, 200) : `the policy of chain ${chain.name} is to drop`;
}

function ruleEvidence(obstacle: Obstacle): Evidence {
  const { chain, rule } = obstacle;
  const where =
    chain.tool === 'nft' ? `nft list chain ${chain.family} ${chain.table} ${chain.name}` : `${chain.tool}-save`;
  const place = `table ${chain.table}, chain ${chain.name}${rule ? `, rule ${rule.number}` : ''}`;
  return { kind: 'host', source: where, text: `${place}: ${ruleText(obstacle)}` };
}

/**
 * One accepting rule ahead of the one that stops it. nft takes a rule back by a handle that is known only afterwards, so that
 * there a person does it.
 */
function passFix({ connection: { address }, port, route }: UnreachedPeer, { chain, rule }: Obstacle): Fix[] {
  const hook = chain.hook;
  // In other tables, and for answers, an accepting rule for the address asked would not be reached.
  if (chain.tool === 'nft' || chain.table !== 'filter' || (hook !== 'output' && hook !== 'input')) return [];
  if (route.kind !== 'route' || (hook === 'input' && !route.local)) return [];
  const words = ['-d', address, '-p', 'tcp', '--dport', String(port), '-j', 'ACCEPT'];
  const number = String(rule?.number ?? chain.rules.length + 1);
  return [
    {
      title: `Let connections to ${address}:${port} pass ahead of that rule, until the next start of the machine`,
      risk: 'admin',
      changes: [
        {
          kind: 'command',
          argv: [chain.tool, '-w', '5', '-t', chain.table, '-I', chain.name, number, ...words],
          undo: [chain.tool, '-w', '5', '-t', chain.table, '-D', chain.name, ...words],
        },
      ],
      undo: true,
      verify: `${address}:${port} accepts a connection.`,
    },
  ];
}
