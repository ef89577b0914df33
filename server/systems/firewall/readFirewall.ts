import { type CommandOutcome, runCommand } from '../../runtime/runCommand.ts';
import type { FirewallAnswer, FirewallChain } from './firewall.ts';
import { parseIptables } from './parseIptables.ts';
import { parseNft } from './parseNft.ts';

const MAX_OUTPUT = 8 << 20;
/** A user's PATH often lacks the folders for administrators. */
const FOLDERS = ['', '/usr/sbin/', '/sbin/'];

/** @throws the signal's reason when cancelled */
export async function readFirewall(options: { timeoutMs: number; signal: AbortSignal }): Promise<FirewallAnswer> {
  if (process.platform !== 'linux')
    return { kind: 'unsupported', because: 'the firewall of this system cannot be read without an administrator' };
  const [nft, ip4, ip6] = await Promise.all([
    run('nft', ['-j', 'list', 'ruleset'], options),
    run('iptables-save', [], options),
    run('ip6tables-save', [], options),
  ]);
  const outcomes = { nft, 'iptables-save': ip4, 'ip6tables-save': ip6 };
  const chains = [
    ...readable(ip4).flatMap((text) => parseIptables(text, 'iptables')),
    ...readable(ip6).flatMap((text) => parseIptables(text, 'ip6tables')),
  ];
  // What iptables wrote, nft shows as well, with conditions that it cannot name.
  const known = new Set(chains.map(({ family, table }) => `${family} ${table}`));
  const native = readable(nft)
    .flatMap(parseNft)
    .filter(({ family, table }) => !known.has(`${family} ${table}`));
  const read = Object.entries(outcomes).filter(([, outcome]) => readable(outcome).length > 0);
  if (read.length > 0)
    return ready(
      [...chains, ...native],
      read.map(([name]) => name),
    );
  return worst(Object.values(outcomes));
}

function ready(chains: FirewallChain[], names: readonly string[]): FirewallAnswer {
  return { kind: 'ready', chains, source: names.join(', ').replace('nft', 'nft -j list ruleset') };
}

function readable(outcome: CommandOutcome): string[] {
  return outcome.kind === 'exited' && outcome.exitCode === 0 && !outcome.truncated ? [outcome.stdout] : [];
}

function worst(outcomes: readonly CommandOutcome[]): FirewallAnswer {
  const said = outcomes.flatMap((outcome) => (outcome.kind === 'exited' ? [outcome] : []));
  if (said.some(({ stderr }) => /must be root|not permitted|denied/i.test(stderr)))
    return { kind: 'notPermitted', because: 'only root may read the rules of the firewall' };
  if (outcomes.every(({ kind }) => kind === 'notInstalled'))
    return { kind: 'notInstalled', because: 'neither nft nor iptables is installed' };
  const [first] = said;
  return {
    kind: 'failed',
    because: first?.truncated
      ? 'the rules of the firewall are too many to be read'
      : `the rules of the firewall could not be read: ${first?.stderr.split('\n', 1)[0] || 'no answer in time'}`,
  };
}

async function run(
  name: string,
  args: readonly string[],
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<CommandOutcome> {
  for (const folder of FOLDERS) {
    const outcome = await runCommand([`${folder}${name}`, ...args], { timeoutMs, signal, maxOutput: MAX_OUTPUT });
    if (outcome.kind !== 'notInstalled') return outcome;
  }
  return { kind: 'notInstalled' };
}
