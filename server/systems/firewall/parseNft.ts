import * as z from 'zod';
import type { FirewallChain, FirewallMatch, FirewallVerdict } from './firewall.ts';
import { asMatch, matchText, statementMatch, valuesIn } from './nftMatch.ts';

const Chain = z.object({
  family: z.enum(['ip', 'ip6', 'inet']),
  table: z.string(),
  name: z.string(),
  type: z.string().optional(),
  hook: z.enum(['prerouting', 'input', 'forward', 'output', 'postrouting']).optional(),
  policy: z.enum(['accept', 'drop']).optional(),
});
const Rule = z.object({
  family: z.string(),
  table: z.string(),
  chain: z.string(),
  handle: z.number().optional(),
  expr: z.array(z.record(z.string(), z.unknown())),
});
const NamedSet = z.object({
  family: z.string(),
  table: z.string(),
  name: z.string(),
  elem: z.array(z.unknown()).optional(),
});
const Ruleset = z.object({ nftables: z.array(z.record(z.string(), z.unknown())) });

/** Statements that let the packet go on to the next one. */
const PASSING = new Set(['counter', 'log', 'mangle', 'notrack', 'ct helper', 'ct timeout', 'set', 'meter', 'comment']);

/** The chains in the output of `nft -j list ruleset`, without those that rewrite addresses; never throws. */
export function parseNft(text: string): FirewallChain[] {
  const parsed = Ruleset.safeParse(jsonOf(text));
  if (!parsed.success) return [];
  const chains = new Map<string, FirewallChain>();
  const sets = new Map<string, string[]>();
  for (const entry of parsed.data.nftables) {
    const set = NamedSet.safeParse(entry.set);
    if (set.success)
      sets.set(
        `${set.data.family} ${set.data.table} @${set.data.name}`,
        (set.data.elem ?? []).flatMap((element) => valuesIn(element) ?? []),
      );
    const chain = Chain.safeParse(entry.chain);
    if (!chain.success || chain.data.type === 'nat') continue;
    const { family, table, name, hook, policy } = chain.data;
    chains.set(`${family} ${table} ${name}`, {
      tool: 'nft',
      family,
      table,
      name,
      hook,
      policy: policy ?? 'accept',
      rules: [],
    });
  }
  for (const entry of parsed.data.nftables) {
    const rule = Rule.safeParse(entry.rule);
    if (!rule.success) continue;
    const { family, table, chain: name, handle, expr } = rule.data;
    const chain = chains.get(`${family} ${table} ${name}`);
    if (!chain) continue;
    const named = (reference: string): string[] | undefined => sets.get(`${family} ${table} ${reference}`);
    for (const { matches, verdict } of readStatements(expr, named))
      chain.rules.push({
        text: `${[...matches.map(matchText), verdictText(verdict)].join(' ')}${handle === undefined ? '' : ` # handle ${handle}`}`,
        number: chain.rules.length + 1,
        matches,
        verdict,
      });
  }
  return [...chains.values()];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // an old nft without JSON prints something else
  }
}

interface Part {
  matches: FirewallMatch[];
  verdict: FirewallVerdict;
}

/** One rule; a verdict map becomes one for each of its entries. */
function readStatements(
  expr: readonly Record<string, unknown>[],
  named: (reference: string) => string[] | undefined,
): Part[] {
  const matches: FirewallMatch[] = [];
  for (const statement of expr) {
    const [kind = '', content] = Object.entries(statement)[0] ?? [];
    if (kind === 'vmap')
      return entriesOf(content).map(({ match, verdict }) => ({ matches: [...matches, match], verdict }));
    const verdict = verdictOf(kind, content);
    if (verdict) return [{ matches, verdict }];
    if (PASSING.has(kind)) continue;
    const match = statementMatch(kind, content, named);
    if (match) matches.push(match);
  }
  return [{ matches, verdict: { kind: 'continue' } }];
}

function verdictOf(kind: string, content: unknown): FirewallVerdict | undefined {
  if (kind === 'accept' || kind === 'drop' || kind === 'return' || kind === 'continue') return { kind };
  if (kind === 'reject') {
    const { type = '', expr = '' } = (content ?? {}) as { type?: string; expr?: string };
    return { kind: 'reject', with: type === 'tcp reset' ? type : String(expr) || 'port-unreachable' };
  }
  if (kind === 'jump' || kind === 'goto') return { kind, chain: (content as { target?: string }).target ?? '' };
  const target = kind === 'xt' ? (content as { type?: string; name?: string }) : undefined;
  if (target?.type === 'target') return target.name === 'LOG' ? { kind: 'continue' } : { kind: 'unknown' };
  return ['queue', 'dnat', 'snat', 'redirect', 'masquerade', 'tproxy', 'synproxy', 'fwd', 'dup'].includes(kind)
    ? { kind: 'unknown' }
    : undefined;
}

function entriesOf(content: unknown): { match: FirewallMatch; verdict: FirewallVerdict }[] {
  const { key, data } = content as { key?: unknown; data?: { set?: unknown[] } };
  return (data?.set ?? []).flatMap((entry) => {
    const [value, verdict] = Array.isArray(entry) ? entry : [];
    const [kind = '', inner] = Object.entries((verdict ?? {}) as Record<string, unknown>)[0] ?? [];
    const found = verdictOf(kind, inner);
    return found ? [{ match: asMatch(key, '==', valuesIn(value)), verdict: found }] : [];
  });
}

function verdictText(verdict: FirewallVerdict): string {
  if (verdict.kind === 'reject') return `reject with ${verdict.with}`;
  return verdict.kind === 'jump' || verdict.kind === 'goto' ? `${verdict.kind} ${verdict.chain}` : verdict.kind;
}
