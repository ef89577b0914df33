import { endianness } from 'node:os';

/** State of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';

export interface ListeningSocket {
  address: string;
  port: number;
  uid: number;
  inode: string;
}

/** Listening sockets in the text of /proc/net/tcp or /proc/net/tcp6; lines that are not understood are left out. */
export function parseProcNetTcp(text: string): ListeningSocket[] {
  const sockets: ListeningSocket[] = [];
  for (const line of text.split('\n')) {
    // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
    const [, local, , state, , , , uid, , inode] = line.trim().split(/\s+/);
    if (state !== LISTEN || local === undefined || inode === undefined) continue;
    const [hexAddress = '', hexPort = ''] = local.split(':');
    const address = decodeAddress(hexAddress);
    if (address !== undefined) sockets.push({ address, port: Number.parseInt(hexPort, 16), uid: Number(uid), inode });
  }
  return sockets;
}

/** The kernel prints each 32-bit word of an address in the machine's own byte order. */
function decodeAddress(hex: string): string | undefined {
  if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(hex)) return undefined;
  const bytes = Buffer.from(hex, 'hex');
  if (endianness() === 'LE') bytes.swap32();
  return bytes.length === 4 ? bytes.join('.') : formatIpv6(bytes);
}

/** 16 bytes as RFC 5952 writes them: the longest run of zero groups is "::", IPv4-mapped addresses end in dots. */
export function formatIpv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${bytes.subarray(12).join('.')}`;
  }
  const text = groups.map((group) => group.toString(16)).join(':');
  const runs = text.match(/\b0(?::0)+\b/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return text;
  const at = text.indexOf(longest);
  return `${text.slice(0, at).replace(/:$/, '')}::${text.slice(at + longest.length).replace(/^:/, '')}`;
}

/** The socket's inode in the target of /proc/PID/fd/N ("socket:[12345]"). */
export function socketInode(link: string): string | undefined {
  return link.startsWith('socket:[') ? link.slice('socket:['.length, -1) : undefined;
}
