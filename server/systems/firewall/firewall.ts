import { readFirewall } from './readFirewall.ts';

export type FirewallHook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

/** One condition of a rule. `other` is one that is not understood: it may hold or not. */
export interface FirewallMatch {
  field:
    | 'family'
    | 'protocol'
    | 'source'
    | 'destination'
    | 'sourcePort'
    | 'destinationPort'
    | 'inInterface'
    | 'outInterface'
    | 'state'
    | 'destinationType'
    | 'other';
  negated: boolean;
  /** `80`, `90-95`, `10.0.0.0/8`, `eth*`, `new`. */
  values: string[];
}

export type FirewallVerdict =
  | { kind: 'accept' | 'drop' | 'return' | 'continue' | 'unknown' }
  | { kind: 'reject'; with: string }
  | { kind: 'jump' | 'goto'; chain: string };

export interface FirewallRule {
  /** As its tool prints it, or would. */
  text: string;
  /** 1-based place in its chain. */
  number: number;
  matches: FirewallMatch[];
  verdict: FirewallVerdict;
}

export interface FirewallChain {
  tool: 'nft' | 'iptables' | 'ip6tables';
  family: 'ip' | 'ip6' | 'inet';
  table: string;
  name: string;
  /** Undefined for a chain that others jump to. */
  hook: FirewallHook | undefined;
  policy: 'accept' | 'drop';
  rules: FirewallRule[];
}

export type FirewallAnswer =
  | { kind: 'ready'; chains: FirewallChain[]; source: string }
  | { kind: 'notInstalled' | 'notPermitted' | 'failed' | 'unsupported'; because: string };

/** The packet filter's rules, by `nft -j list ruleset`, `iptables-save` and `ip6tables-save`: listings alone, nothing is counted or changed. ufw and firewalld write theirs there. */
export interface Firewall {
  rules(options: { timeoutMs: number; signal: AbortSignal }): Promise<FirewallAnswer>;
}

export function createFirewall(): Firewall {
  return { rules: readFirewall };
}
