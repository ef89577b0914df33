import type { FirewallMatch } from './firewall.ts';

const UNKNOWN: FirewallMatch = { field: 'other', negated: false, values: [] };

/** A statement that decides whether the rule goes on; undefined for one that always does. */
export function statementMatch(
  kind: string,
  content: unknown,
  named: (reference: string) => string[] | undefined,
): FirewallMatch | undefined {
  if (kind === 'match') {
    const { op = '==', left, right } = content as { op?: string; left?: unknown; right?: unknown };
    const reference = typeof right === 'string' && right.startsWith('@') ? right : undefined;
    return asMatch(left, op, reference === undefined ? valuesIn(right) : named(reference));
  }
  if (kind === 'xt' && (content as { name?: string }).name === 'comment') return undefined;
  // Limits, quotas, and what is not known.
  return { ...UNKNOWN, values: [kind] };
}

/** `values` undefined: they cannot be told. */
export function asMatch(left: unknown, op: string, values: string[] | undefined): FirewallMatch {
  const { payload, meta, ct, fib } = (left ?? {}) as {
    payload?: { protocol?: string; field?: string };
    meta?: { key?: string };
    ct?: { key?: string };
    fib?: { result?: string; flags?: unknown };
  };
  // A port of UDP says first of all that the packet is one of UDP.
  if (payload && /^(?:udp|udplite|sctp|dccp|icmp|icmpv6|igmp|arp)$/.test(payload.protocol ?? ''))
    return { field: 'protocol', negated: false, values: [payload.protocol ?? ''] };
  const field = payload
    ? payloadField(payload)
    : meta
      ? META[meta.key ?? '']
      : ct?.key === 'state'
        ? 'state'
        : fib?.result === 'type' && [fib.flags].flat().join() === 'daddr'
          ? 'destinationType'
          : undefined;
  if (field === undefined || values === undefined || !['==', '!=', 'in'].includes(op)) return UNKNOWN;
  return { field, negated: op === '!=', values };
}

const META: Readonly<Record<string, FirewallMatch['field']>> = {
  nfproto: 'family',
  l4proto: 'protocol',
  iif: 'inInterface',
  iifname: 'inInterface',
  oif: 'outInterface',
  oifname: 'outInterface',
};

function payloadField({ protocol, field }: { protocol?: string; field?: string }): FirewallMatch['field'] | undefined {
  if (protocol === 'ip' || protocol === 'ip6')
    return { saddr: 'source', daddr: 'destination', protocol: 'protocol', nexthdr: 'protocol' }[field ?? ''] as
      | FirewallMatch['field']
      | undefined;
  if (protocol === 'tcp' || protocol === 'th')
    return field === 'dport' ? 'destinationPort' : field === 'sport' ? 'sourcePort' : undefined;
  return undefined;
}

/** A value, a range, a prefix or an anonymous set as texts; undefined when it is something else. */
export function valuesIn(value: unknown): string[] | undefined {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)];
  if (Array.isArray(value)) return allOf(value);
  const { range, prefix, set, elem } = (value ?? {}) as {
    range?: unknown[];
    prefix?: { addr?: unknown; len?: unknown };
    set?: unknown[];
    elem?: { val?: unknown };
  };
  if (range?.length === 2) return [range.join('-')];
  if (prefix) return [`${prefix.addr}/${prefix.len}`];
  if (set) return allOf(set);
  return elem?.val === undefined ? undefined : valuesIn(elem.val);
}

function allOf(list: readonly unknown[]): string[] | undefined {
  const parts = list.map(valuesIn);
  return parts.includes(undefined) ? undefined : parts.flatMap((part) => part ?? []);
}

const NAMES: Readonly<Record<FirewallMatch['field'], string>> = {
  family: 'meta nfproto',
  protocol: 'meta l4proto',
  source: 'ip saddr',
  destination: 'ip daddr',
  sourcePort: 'tcp sport',
  destinationPort: 'tcp dport',
  inInterface: 'iifname',
  outInterface: 'oifname',
  state: 'ct state',
  destinationType: 'fib daddr type',
  other: '…',
};

/** As nft would print it, about. */
export function matchText({ field, negated, values }: FirewallMatch): string {
  const list = values.length > 6 ? [...values.slice(0, 6), '…'] : values;
  return [NAMES[field], ...(negated ? ['!='] : []), values.length === 1 ? list[0] : `{ ${list.join(', ')} }`]
    .join(' ')
    .replace(/ \{ {2}\}$/, '');
}
