import { readFile } from 'node:fs/promises';

/** The first port that a program without special rights may listen on; 0: all of them. Undefined where it is not known. */
export async function firstUnprivilegedPort(): Promise<number | undefined> {
  // macOS has let everybody listen on every port since 10.14, Windows ever.
  if (process.platform !== 'linux') return 0;
  const text = await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8').catch(() => '');
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}
