import { describe, expect, it } from 'vitest';
import { obstacleTo } from '../../../server/diagnosis/firewallWay.ts';
import { parseIptables } from '../../../server/systems/firewall/parseIptables.ts';
import { parseNft } from '../../../server/systems/firewall/parseNft.ts';

const LOCAL = { kind: 'route', local: true, device: 'lo', gateway: undefined, from: '127.0.0.1', source: 'x' } as const;
const OUT = {
  kind: 'route',
  local: false,
  device: 'eth0',
  gateway: '192.0.2.1',
  from: '192.0.2.2',
  source: 'x',
} as const;

/** As ufw writes it, shortened. */
const UFW = `*filter
:INPUT DROP [0:0]
:OUTPUT ACCEPT [0:0]
:ufw-before-input - [0:0]
:ufw-user-input - [0:0]
:ufw-user-output - [0:0]
:ufw-logging-deny - [0:0]
-A INPUT -j ufw-before-input
-A INPUT -j ufw-user-input
-A OUTPUT -j ufw-user-output
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny
-A ufw-logging-deny -m limit --limit 3/min -j LOG --log-prefix "[UFW BLOCK] "
-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT
-A ufw-user-output -d 198.51.100.0/24 -p tcp -m tcp --dport 5432 -m comment --comment "no \\"prod\\" -j ACCEPT" -j REJECT --reject-with icmp-port-unreachable
COMMIT
*nat
:OUTPUT ACCEPT [0:0]
-A OUTPUT -j DROP
COMMIT
`;

const nft = (...rules: object[]): string =>
  JSON.stringify({
    nftables: [
      { metainfo: { version: '1.0.6' } },
      { table: { family: 'inet', name: 't', handle: 1 } },
      {
        set: {
          family: 'inet',
          table: 't',
          name: 'bad',
          type: 'ipv4_addr',
          elem: [{ prefix: { addr: '192.0.2.0', len: 24 } }],
        },
      },
      { chain: { family: 'inet', table: 't', name: 'out', type: 'filter', hook: 'output', prio: 0, policy: 'accept' } },
      { chain: { family: 'inet', table: 't', name: 'more' } },
      ...rules.map((rule, index) => ({
        rule: { family: 'inet', table: 't', chain: 'out', handle: index + 1, ...rule },
      })),
    ],
  });
const daddr = (right: unknown, op = '==') => ({
  match: { op, left: { payload: { protocol: 'ip', field: 'daddr' } }, right },
});
const dport = (right: unknown, protocol = 'tcp') => ({
  match: { op: '==', left: { payload: { protocol, field: 'dport' } }, right },
});

describe('rules of iptables', () => {
  const chains = parseIptables(UFW, 'iptables');

  it('are followed through jumps: only what ufw denies is stopped, and nat drops nothing', () => {
    const obstacle = obstacleTo('198.51.100.7', 5432, OUT, chains);
    expect(obstacle).toMatchObject({ verdict: 'reject', with: 'icmp-port-unreachable', sure: true });
    expect(obstacle?.chain.name).toBe('ufw-user-output');
    expect(obstacleTo('198.51.100.7', 5433, OUT, chains)).toBeUndefined();
    expect(obstacleTo('203.0.113.7', 5432, OUT, chains)).toBeUndefined();
  });

  it('let the loopback and answers in, as nearly every firewall does', () => {
    expect(obstacleTo('127.0.0.1', 9999, LOCAL, chains)).toBeUndefined();
    expect(obstacleTo('203.0.113.7', 443, OUT, chains)).toBeUndefined();
  });

  it('stop by a policy, when nothing accepts', () => {
    const strict = parseIptables('*filter\n:OUTPUT DROP [0:0]\n-A OUTPUT -o lo -j ACCEPT\nCOMMIT\n', 'iptables');
    expect(obstacleTo('203.0.113.7', 443, OUT, strict)).toMatchObject({ rule: undefined, verdict: 'drop', sure: true });
    expect(obstacleTo('127.0.0.1', 443, LOCAL, strict)).toBeUndefined();
  });

  it('leave doubt behind a condition that is not understood', () => {
    const text = (first: string): string =>
      `*filter\n:OUTPUT ACCEPT [0:0]\n${first}\n-A OUTPUT -p tcp -j DROP\nCOMMIT\n`;
    const doubt = parseIptables(text('-A OUTPUT -m owner --uid-owner 1000 -j ACCEPT'), 'iptables');
    expect(obstacleTo('203.0.113.7', 443, OUT, doubt)?.sure).toBe(false);
    const other = parseIptables(text('-A OUTPUT -p udp -m owner --uid-owner 1000 -j ACCEPT'), 'iptables');
    expect(obstacleTo('203.0.113.7', 443, OUT, other)?.sure).toBe(true);
  });

  it('are those of the address’s own family', () => {
    const six = parseIptables(
      '*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -d 2001:db8::/32 -j DROP\nCOMMIT\n',
      'ip6tables',
    );
    expect(obstacleTo('2001:db8::7', 443, { ...OUT, from: undefined }, six)?.verdict).toBe('drop');
    expect(obstacleTo('203.0.113.7', 443, OUT, six)).toBeUndefined();
  });

  it('are negated by "!", and never throw', () => {
    const chains2 = parseIptables(
      '*filter\n:OUTPUT ACCEPT\n-A OUTPUT ! -d 10.0.0.0/8 -p tcp ! --dport 443 -j DROP\n',
      'iptables',
    );
    expect(obstacleTo('203.0.113.7', 80, OUT, chains2)?.sure).toBe(true);
    expect(obstacleTo('203.0.113.7', 443, OUT, chains2)).toBeUndefined();
    expect(obstacleTo('10.1.1.1', 80, OUT, chains2)).toBeUndefined();
    expect(parseIptables('-A X\n*\n:\n-A OUTPUT "', 'iptables')).toEqual([]);
  });
});

describe('rules of nft', () => {
  it.each([
    ['a port in a set', [dport({ set: [80, { range: [90, 95] }] })], 92, true],
    ['a port outside of it', [dport({ set: [80, { range: [90, 95] }] })], 96, undefined],
    ['a named set', [daddr('@bad'), dport(92)], 92, true],
    ['another address', [daddr('192.0.3.7'), dport(92)], 92, undefined],
    ['a prefix', [daddr({ prefix: { addr: '192.0.2.0', len: 28 } })], 92, true],
    ['everything but', [daddr('192.0.2.7', '!=')], 92, undefined],
    ['UDP', [dport(92, 'udp')], 92, undefined],
    ['a limit', [{ limit: { rate: 5, per: 'second' } }], 92, false],
    ['what iptables-nft adds', [{ xt: { type: 'match', name: 'owner' } }, dport(92)], 92, false],
    [
      'a counter, a log and a comment',
      [{ counter: { packets: 0, bytes: 0 } }, { log: { prefix: 'x' } }, { xt: { type: 'match', name: 'comment' } }],
      92,
      true,
    ],
  ])('stop %s', (_, expr, port, sure) => {
    const chains = parseNft(nft({ expr: [...expr, { drop: null }] }));
    expect(obstacleTo('192.0.2.7', port, OUT, chains)?.sure).toBe(sure);
  });

  it('are followed through jumps, gotos and maps of verdicts', () => {
    const states = {
      vmap: {
        key: { ct: { key: 'state' } },
        data: {
          set: [
            ['established', { accept: null }],
            ['new', { jump: { target: 'more' } }],
          ],
        },
      },
    };
    const drop = { chain: 'more', expr: [daddr('192.0.2.7'), { drop: null }] };
    expect(obstacleTo('192.0.2.7', 1, OUT, parseNft(nft({ expr: [states] }, drop)))?.chain.name).toBe('more');
    const accepted = { expr: [daddr('192.0.2.7'), { accept: null }] };
    expect(obstacleTo('192.0.2.7', 1, OUT, parseNft(nft(accepted, { expr: [states] }, drop)))).toBeUndefined();
    const away = { expr: [{ goto: { target: 'nowhere' } }] };
    expect(obstacleTo('192.0.2.7', 1, OUT, parseNft(nft(away, { expr: [{ drop: null }] })))?.sure).toBe(false);
  });

  it('never throw at what they do not know', () => {
    for (const text of ['', '{', '[]', '{"nftables":[{"rule":{"family":"inet"}},{"chain":7}]}'])
      expect(parseNft(text)).toEqual([]);
    const odd = nft(
      { expr: [{ match: { op: '==', left: { '&': [1, 2] }, right: { '|': [1] } } }, { drop: null }] },
      { expr: [{ vmap: { key: null } }] },
    );
    expect(obstacleTo('192.0.2.7', 1, OUT, parseNft(odd))?.sure).toBe(false);
  });
});
