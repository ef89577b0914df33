import type { FirewallChain, FirewallHook, FirewallMatch, FirewallVerdict } from './firewall.ts';

const HOOKS: Readonly<Record<string, FirewallHook>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};
/** Where addresses are rewritten: a packet is not dropped there. */
const NAT = 'nat';
const FIELDS: Readonly<Record<string, FirewallMatch['field']>> = {
  '-p': 'protocol',
  '-s': 'source',
  '-d': 'destination',
  '-i': 'inInterface',
  '-o': 'outInterface',
  '--dport': 'destinationPort',
  '--dports': 'destinationPort',
  '--sport': 'sourcePort',
  '--sports': 'sourcePort',
  '--ctstate': 'state',
  '--state': 'state',
  '--dst-type': 'destinationType',
};
/** They look at packets and let them pass. */
const PASSING = new Set([
  'LOG',
  'NFLOG',
  'ULOG',
  'MARK',
  'CONNMARK',
  'TOS',
  'DSCP',
  'TCPMSS',
  'CT',
  'NOTRACK',
  'TRACE',
]);
/** Modules whose own options say everything, or that say nothing. */
const KNOWN_MODULES = new Set(['tcp', 'udp', 'multiport', 'conntrack', 'state', 'comment', 'addrtype']);

/** The chains in the output of `iptables-save`; never throws. */
export function parseIptables(text: string, tool: 'iptables' | 'ip6tables'): FirewallChain[] {
  const chains = new Map<string, FirewallChain>();
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    if (table === NAT) continue;
    const declared = /^:(\S+) (\S+)/.exec(line);
    if (declared?.[1])
      chains.set(`${table} ${declared[1]}`, {
        tool,
        family: tool === 'iptables' ? 'ip' : 'ip6',
        table,
        name: declared[1],
        hook: declared[2] === '-' ? undefined : HOOKS[declared[1]],
        policy: declared[2] === 'DROP' ? 'drop' : 'accept',
        rules: [],
      });
    const added = /^-A (\S+)(.*)$/.exec(line);
    const chain = added?.[1] === undefined ? undefined : chains.get(`${table} ${added[1]}`);
    if (chain) {
      const words = splitWords(added?.[2] ?? '');
      chain.rules.push({ text: line, number: chain.rules.length + 1, ...readRule(words) });
    }
  }
  return [...chains.values()];
}

function splitWords(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.){0,1000})"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

function readRule(words: readonly string[]): { matches: FirewallMatch[]; verdict: FirewallVerdict } {
  const matches: FirewallMatch[] = [];
  let verdict: FirewallVerdict = { kind: 'continue' };
  let negated = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === '!') {
      negated = true;
      continue;
    }
    const value = words[at + 1] ?? '';
    const field = FIELDS[word];
    if (field) {
      matches.push({ field, negated, values: valuesOf(field, value) });
      at += 1;
    } else if (word === '-m') {
      if (!KNOWN_MODULES.has(value)) matches.push({ field: 'other', negated: false, values: [value] });
      at += 1;
    } else if (word === '--comment') at += 1;
    else if (word === '-j' || word === '-g') {
      verdict = verdictOf(value, word === '-g', words.slice(at + 2));
      break;
    } else if (word.startsWith('-')) {
      // An option of a module that is not known, `--tcp-flags`, `--src-type`.
      matches.push({ field: 'other', negated, values: [word] });
    }
    negated = false;
  }
  return { matches, verdict };
}

function valuesOf(field: FirewallMatch['field'], value: string): string[] {
  const values = value.split(',').map((one) => one.toLowerCase());
  if (field === 'destinationPort' || field === 'sourcePort') return values.map((one) => one.replace(':', '-'));
  if (field === 'inInterface' || field === 'outInterface') return [value.replace(/\+$/, '*')];
  return values;
}

function verdictOf(target: string, goesTo: boolean, options: readonly string[]): FirewallVerdict {
  if (target === 'ACCEPT') return { kind: 'accept' };
  if (target === 'DROP') return { kind: 'drop' };
  if (target === 'RETURN') return { kind: 'return' };
  if (target === 'REJECT')
    return { kind: 'reject', with: options[options.indexOf('--reject-with') + 1] ?? 'icmp-port-unreachable' };
  if (PASSING.has(target)) return { kind: 'continue' };
  // What is written in capitals and is no chain is a module; the evaluation finds no such chain, and knows nothing then.
  return { kind: goesTo ? 'goto' : 'jump', chain: target };
}
