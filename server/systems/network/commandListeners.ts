import type { Listener } from './network.ts';

const TIMEOUT_MS = 5000;

/** Listening TCP sockets of macOS, by `lsof`. @throws the signal's reason when cancelled */
export async function listDarwinListeners(signal: AbortSignal): Promise<Listener[]> {
  const { runCommand } = await import('../../runtime/runCommand.ts');
  const lsof = await runCommand(['/usr/sbin/lsof', '-w', '-nP', '-iTCP', '-sTCP:LISTEN', '-Fputn'], {
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  return lsof.kind === 'exited' ? parseLsofListeners(lsof.stdout) : [];
}

/** Listening TCP sockets of Windows, by `netstat`. */
export async function listWindowsListeners(signal: AbortSignal): Promise<Listener[]> {
  const { runCommand } = await import('../../runtime/runCommand.ts');
  const netstat = await runCommand(['netstat', '-ano', '-p', 'TCP'], { timeoutMs: TIMEOUT_MS, signal });
  return netstat.kind === 'exited' ? parseNetstat(netstat.stdout) : [];
}

/** `lsof -F`: `pPID` and `uUID` for each process, `nADDRESS:PORT` for each socket; "*" is every address. */
export function parseLsofListeners(text: string): Listener[] {
  const listeners = new Map<string, Listener>();
  let pid = 0;
  let uid: number | undefined;
  let isIpv6 = false;
  for (const line of text.split('\n')) {
    const value = line.slice(1);
    if (line.startsWith('p')) pid = Number(value);
    else if (line.startsWith('u')) uid = Number(value);
    else if (line.startsWith('t')) isIpv6 = value === 'IPv6';
    else if (line.startsWith('n')) {
      const colon = value.lastIndexOf(':');
      const host = value.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
      const address = host === '*' ? (isIpv6 ? '::' : '0.0.0.0') : host;
      const port = Number(value.slice(colon + 1));
      // lsof lists parents before their forked workers.
      const key = `${address} ${port}`;
      if (!listeners.has(key)) listeners.set(key, { address, port, pid, uid, source: 'lsof -iTCP -sTCP:LISTEN' });
    }
  }
  return [...listeners.values()];
}

/** `netstat -ano`. The word LISTENING is translated by Windows, so a listener is told by its foreign port 0. */
export function parseNetstat(text: string): Listener[] {
  const listeners: Listener[] = [];
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*TCP\s+(\S+):(\d+)\s+\S+:0\s+\S+\s+(\d+)\s*$/.exec(line);
    if (match === null) continue;
    const [, address = '', port, pid] = match;
    listeners.push({
      address: address.replace(/^\[(.*)\]$/, '$1'),
      port: Number(port),
      pid: Number(pid),
      uid: undefined,
      source: 'netstat -ano',
    });
  }
  return listeners;
}
