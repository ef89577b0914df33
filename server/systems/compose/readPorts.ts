import { isIP } from 'node:net';
import type { ComposePort, ComposeProblem } from './compose.ts';
import { type ComposeNode, textOf, valueAt } from './composeTree.ts';

const MAX_PORT = 65_535;
const SHORT =
  /^(?:(?<address>\[[^\]]*\]|[^:[\]]*):)??(?:(?<published>\d*|\d+-\d+):)?(?<target>\d+(?:-\d+)?)(?:\/(?<protocol>\w+))?$/;

/** The published ports of one entry of `ports`, short or long; a range gives one for each port. */
export function readPorts(node: ComposeNode, problems: ComposeProblem[]): ComposePort[] {
  const refuse = (what: string): ComposePort[] => {
    problems.push({ message: `'${what}' is not a port mapping`, at: node.at });
    return [];
  };
  if (node.kind === 'scalar') {
    const parts = SHORT.exec((node.text ?? '').trim())?.groups;
    if (parts?.target === undefined) return refuse(node.text ?? '');
    return expand(parts.published, parts.target, parts.address, parts.protocol, node) ?? refuse(node.text ?? '');
  }
  const target = textOf(valueAt(node, 'target'));
  const published = textOf(valueAt(node, 'published'));
  if (target === undefined || !RANGE.test(target)) return refuse(`target: ${target ?? ''}`);
  if (published !== undefined && published !== '' && !RANGE.test(published)) return refuse(`published: ${published}`);
  const address = textOf(valueAt(node, 'host_ip'));
  return expand(published, target, address, textOf(valueAt(node, 'protocol')), node) ?? refuse(target);
}

const RANGE = /^\d+(?:-\d+)?$/;

function expand(
  published: string | undefined,
  target: string,
  address: string | undefined,
  protocol: string | undefined,
  { at }: ComposeNode,
): ComposePort[] | undefined {
  const hostAddress = address?.replace(/^\[(.*)\]$/, '$1');
  // A name is refused by the engine, and an address needs the host port's colon after it, though not the port.
  if (hostAddress && (isIP(hostAddress) === 0 || published === undefined)) return undefined;
  const targets = portsIn(target);
  const hosts = published === undefined || published === '' ? undefined : portsIn(published);
  if (targets === undefined || (published && hosts === undefined)) return undefined;
  if (targets.some((port) => port < 1)) return undefined;
  // One target behind a range of host ports: the engine takes a free one of them.
  const isChoice = hosts !== undefined && hosts.length > 1 && targets.length === 1;
  if (hosts !== undefined && !isChoice && hosts.length !== targets.length) return undefined;
  const wire = (protocol ?? 'tcp').toLowerCase();
  if (wire === 'sctp') return [];
  if (wire !== 'tcp' && wire !== 'udp') return undefined;
  return targets.map((port, i) => ({
    // Port 0 asks the engine to choose.
    published: isChoice ? undefined : hosts?.[i] || undefined,
    hostAddress: hostAddress === '' ? undefined : hostAddress,
    target: port,
    protocol: wire,
    at,
  }));
}

function portsIn(range: string): number[] | undefined {
  const [first = Number.NaN, last = first] = range.split('-').map(Number);
  if (!(first >= 0 && last >= first && last <= MAX_PORT)) return undefined;
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
