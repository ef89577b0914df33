import { BlockList, isIP, isIPv6 } from 'node:net';
import type { FirewallChain, FirewallHook, FirewallMatch, FirewallRule } from '../systems/firewall/firewall.ts';
import type { Route } from '../systems/network/network.ts';

/** What stops a connection on its way. */
export interface Obstacle {
  chain: FirewallChain;
  /** Undefined: nothing of the chain let it pass, and its policy is to drop. */
  rule: FirewallRule | undefined;
  verdict: 'drop' | 'reject';
  /** Of a rejection: what the sender is told. */
  with: string | undefined;
  /** Conditions that are not understood decide whether it is reached. */
  sure: boolean;
}

interface Packet {
  source: string | undefined;
  destination: string | undefined;
  sourcePort: number | undefined;
  destinationPort: number | undefined;
  state: 'new' | 'established';
  inInterface: string | undefined;
  outInterface: string | undefined;
  /** It is for this machine itself. */
  local: boolean;
  v6: boolean;
}

/** Deeper jumps nft itself refuses. */
const MAX_DEPTH = 16;

/**
 * Walks a TCP connection's first packet, and the answer to it, through the chains of the packet filter as the kernel would. Only
 * what surely applies stops it; a condition that is not understood leaves doubt in everything behind it.
 */
export function obstacleTo(
  address: string,
  port: number,
  route: Extract<Route, { kind: 'route' }>,
  chains: readonly FirewallChain[],
): Obstacle | undefined {
  const { local, device, from } = route;
  const v6 = isIPv6(address);
  const open = { local, v6, inInterface: undefined, outInterface: undefined };
  const asked: Packet = {
    ...open,
    source: from,
    destination: address,
    sourcePort: undefined,
    destinationPort: port,
    state: 'new',
  };
  const answered: Packet = {
    ...open,
    local: true,
    source: address,
    destination: from,
    sourcePort: port,
    destinationPort: undefined,
    state: 'established',
  };
  const out = (packet: Packet): [Packet, FirewallHook][] => [
    [{ ...packet, outInterface: device }, 'output'],
    [{ ...packet, outInterface: device }, 'postrouting'],
  ];
  const into = (packet: Packet): [Packet, FirewallHook][] => [
    [{ ...packet, inInterface: device }, 'prerouting'],
    [{ ...packet, inInterface: device }, 'input'],
  ];
  const way = [...out(asked), ...(local ? [...into(asked), ...out(answered)] : []), ...into(answered)];
  let doubtful: Obstacle | undefined;
  for (const [packet, hook] of way)
    for (const chain of chains.filter((each) => each.hook === hook && fits(each, v6))) {
      const obstacle = obstacleIn(chain, packet, chains);
      if (obstacle?.sure) return obstacle;
      doubtful ??= obstacle;
    }
  return doubtful;
}

function fits({ family }: FirewallChain, v6: boolean): boolean {
  return family === 'inet' || (family === 'ip6') === v6;
}

function obstacleIn(chain: FirewallChain, packet: Packet, chains: readonly FirewallChain[]): Obstacle | undefined {
  let doubt = false;
  let doubtful: Obstacle | undefined;

  const walk = (current: FirewallChain, depth: number): Obstacle | 'accepted' | 'through' => {
    for (const rule of current.rules) {
      const applies = holds(rule.matches, packet);
      const { verdict } = rule;
      if (applies === false || verdict.kind === 'continue') continue;
      if (verdict.kind === 'drop' || verdict.kind === 'reject') {
        const told = verdict.kind === 'reject' ? verdict.with : undefined;
        const obstacle = { chain: current, rule, verdict: verdict.kind, with: told, sure: applies === true && !doubt };
        if (applies) return obstacle;
        doubtful ??= obstacle;
        continue;
      }
      if (applies === undefined || verdict.kind === 'unknown') {
        doubt = true;
        continue;
      }
      if (verdict.kind === 'accept') return 'accepted';
      if (verdict.kind !== 'jump' && verdict.kind !== 'goto') return 'through';
      const next = chains.find(
        ({ tool, family, table, name }) =>
          name === verdict.chain && tool === chain.tool && family === chain.family && table === chain.table,
      );
      if (!next || depth >= MAX_DEPTH) {
        doubt = true;
        continue;
      }
      const end = walk(next, depth + 1);
      if (end !== 'through' || verdict.kind === 'goto') return end;
    }
    return 'through';
  };

  const end = walk(chain, 0);
  if (end === 'accepted') return doubtful;
  if (end !== 'through') return end;
  if (chain.policy === 'drop') return { chain, rule: undefined, verdict: 'drop', with: undefined, sure: !doubt };
  return doubtful;
}

/** Undefined: one of them cannot be told. */
function holds(matches: readonly FirewallMatch[], packet: Packet): boolean | undefined {
  let result: boolean | undefined = true;
  for (const match of matches) {
    const one = holdsOne(match, packet);
    if (one === false) return false;
    if (one === undefined) result = undefined;
  }
  return result;
}

function holdsOne({ field, negated, values }: FirewallMatch, packet: Packet): boolean | undefined {
  const plain = holdsPlain(field, values, packet);
  return plain === 'never' ? false : plain === undefined ? undefined : plain !== negated;
}

/** `never`: it is about packets of another kind, whatever it asks of them. */
function holdsPlain(
  field: FirewallMatch['field'],
  values: readonly string[],
  packet: Packet,
): boolean | undefined | 'never' {
  switch (field) {
    case 'family':
      return values.includes(packet.v6 ? 'ipv6' : 'ipv4');
    case 'protocol':
      return values.some((value) => ['tcp', '6', 'all', '0'].includes(value));
    case 'source':
      return inNetworks(packet.source, values, packet.v6);
    case 'destination':
      return inNetworks(packet.destination, values, packet.v6);
    case 'sourcePort':
      return inRanges(packet.sourcePort, values);
    case 'destinationPort':
      return inRanges(packet.destinationPort, values);
    case 'inInterface':
      return isInterface(packet.inInterface, values);
    case 'outInterface':
      return isInterface(packet.outInterface, values);
    case 'state':
      return values.includes(packet.state);
    case 'destinationType':
      return values.includes('local') ? packet.local : undefined;
    case 'other':
      return undefined;
  }
}

function inNetworks(
  address: string | undefined,
  values: readonly string[],
  v6: boolean,
): boolean | undefined | 'never' {
  if (values.every((value) => isIPv6(value.split(/[/-]/)[0] ?? '') !== v6)) return 'never';
  if (address === undefined) return undefined;
  const list = new BlockList();
  const type = v6 ? 'ipv6' : 'ipv4';
  for (const value of values) {
    const [first = '', rest] = value.split(/[/-]/);
    if (isIP(first) !== (v6 ? 6 : 4)) continue;
    if (rest === undefined) list.addAddress(first, type);
    else if (value.includes('-')) list.addRange(first, rest, type);
    else if (/^\d{1,3}$/.test(rest)) list.addSubnet(first, Number(rest), type);
    // A mask that is written as an address.
    else return undefined;
  }
  return list.check(address, type);
}

function inRanges(port: number | undefined, values: readonly string[]): boolean | undefined {
  if (port === undefined) return undefined;
  if (values.some((value) => !/^\d+(?:-\d+)?$/.test(value))) return undefined;
  return values.some((value) => {
    const [first, last = first] = value.split('-').map(Number);
    return port >= (first as number) && port <= (last as number);
  });
}

function isInterface(name: string | undefined, values: readonly string[]): boolean | undefined {
  if (name === undefined) return undefined;
  return values.some((value) => (value.endsWith('*') ? name.startsWith(value.slice(0, -1)) : name === value));
}
