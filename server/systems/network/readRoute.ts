import { networkInterfaces } from 'node:os';
import * as z from 'zod';
import { runCommand } from '../../runtime/runCommand.ts';
import type { Route } from './network.ts';

const Answer = z.array(
  z.object({
    type: z.string().optional(),
    dev: z.string().optional(),
    gateway: z.string().optional(),
    prefsrc: z.string().optional(),
  }),
);
/** What the kernel answers instead of a route, by the words of `ip`. */
const NONE: readonly (readonly [RegExp, string])[] = [
  [/Network is unreachable/, 'no route leads to its network'],
  [/No route to host/, 'a route of this machine declares it unreachable'],
  [/Invalid argument/, 'a route of this machine discards what goes there'],
  [/Permission denied|prohibit/i, 'a route of this machine prohibits it'],
];

/**
 * The way to an address, by `ip route get` (Linux) or `route get` (macOS). Asks the kernel's tables; sends nothing.
 * @throws the signal's reason when cancelled
 */
export async function readRoute(address: string, options: { timeoutMs: number; signal: AbortSignal }): Promise<Route> {
  if (process.platform === 'linux') return linuxRoute(address, options);
  if (process.platform === 'darwin') return darwinRoute(address, options);
  return { kind: 'unknown', because: 'routes are not read on this system' };
}

async function linuxRoute(address: string, options: { timeoutMs: number; signal: AbortSignal }): Promise<Route> {
  const source = `ip route get ${address}`;
  const outcome = await runCommand(['ip', '-j', 'route', 'get', address], options);
  if (outcome.kind !== 'exited') return { kind: 'unknown', because: `ip ${outcome.kind}` };
  if (outcome.exitCode !== 0) {
    const because = NONE.find(([words]) => words.test(outcome.stderr))?.[1];
    return because === undefined
      ? { kind: 'unknown', because: outcome.stderr.split('\n', 1)[0] || `ip ended with ${outcome.exitCode}` }
      : { kind: 'none', because, source };
  }
  try {
    const [route] = Answer.parse(JSON.parse(outcome.stdout));
    const { type, dev, gateway, prefsrc } = route ?? {};
    return { kind: 'route', local: type === 'local', device: dev, gateway, from: prefsrc, source };
  } catch {
    return { kind: 'unknown', because: 'ip printed something else than a route' }; // an ip without JSON (BusyBox)
  }
}

async function darwinRoute(address: string, options: { timeoutMs: number; signal: AbortSignal }): Promise<Route> {
  const outcome = await runCommand(['route', '-n', 'get', address], options);
  if (outcome.kind !== 'exited') return { kind: 'unknown', because: `route ${outcome.kind}` };
  const field = (name: string): string | undefined =>
    new RegExp(String.raw`^\s*${name}:\s*(\S+)`, 'm').exec(outcome.stdout)?.[1];
  const source = `route -n get ${address}`;
  if (outcome.exitCode !== 0 || /not in table/.test(outcome.stderr))
    return { kind: 'none', because: 'no route leads to its network', source };
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const local = own.some((each) => each.address === address);
  return { kind: 'route', local, device: field('interface'), gateway: field('gateway'), from: undefined, source };
}
