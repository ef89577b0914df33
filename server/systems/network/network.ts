import { listDarwinListeners, listWindowsListeners } from './commandListeners.ts';
import { connectSocket, connectTcp } from './connectTcp.ts';
import { listLinuxListeners } from './linuxListeners.ts';
import { readRoute } from './readRoute.ts';
import { resolveHost } from './resolveHost.ts';
import { firstUnprivilegedPort } from './unprivilegedPorts.ts';

/** One listening TCP socket. */
export interface Listener {
  /** As the kernel has it: "127.0.0.1", "0.0.0.0", "::", "::1". */
  address: string;
  port: number;
  /** Owner; undefined when another user's process holds it and we may not look. */
  pid: number | undefined;
  /** Owner's user id, known even when the pid is not (Linux). */
  uid: number | undefined;
  source: string;
}

export type Resolution =
  | { kind: 'resolved'; addresses: string[]; durationMs: number }
  /** The resolver answered that there is no such name. */
  | { kind: 'notFound'; because: string; durationMs: number }
  /** The resolver did not answer, or answered that it cannot tell now. */
  | { kind: 'noAnswer'; because: string; durationMs: number };

export type Connection =
  | { kind: 'accepted'; address: string; durationMs: number }
  | { kind: 'refused'; address: string; durationMs: number }
  | { kind: 'timedOut'; address: string; durationMs: number }
  | { kind: 'unreachable'; address: string; because: string; durationMs: number };

export type Route =
  /** `local`: the address is this machine's own. `from` is the address that it is left with. */
  | {
      kind: 'route';
      local: boolean;
      device: string | undefined;
      gateway: string | undefined;
      from: string | undefined;
      source: string;
    }
  | { kind: 'none'; because: string; source: string }
  | { kind: 'unknown'; because: string };

/** Listening sockets, name resolution and TCP connections of this machine. */
export interface Network {
  listeners(signal: AbortSignal): Promise<Listener[]>;
  /** By the system's own resolver (hosts file, nsswitch, DNS) in a child that is killed on timeout: getaddrinfo cannot be cancelled. */
  resolve(host: string, options: { timeoutMs: number; signal: AbortSignal }): Promise<Resolution>;
  /** Opens and closes a TCP connection to an IP address. Sends nothing. */
  connect(address: string, port: number, options: { timeoutMs: number; signal: AbortSignal }): Promise<Connection>;
  /** The same to a socket in the file system, by its path. */
  connectSocket(path: string, options: { timeoutMs: number; signal: AbortSignal }): Promise<Connection>;
  /** By which interface and gateway the kernel would send to an IP address. */
  route(address: string, options: { timeoutMs: number; signal: AbortSignal }): Promise<Route>;
  /** The first port that a program without special rights may listen on; 0: all of them. Undefined where it is not known. */
  firstUnprivilegedPort(): Promise<number | undefined>;
}

export function createNetwork(): Network {
  return {
    listeners: LISTERS[process.platform] ?? (async () => []),
    resolve: resolveHost,
    connect: connectTcp,
    connectSocket,
    route: readRoute,
    firstUnprivilegedPort,
  };
}

const LISTERS: Partial<Record<NodeJS.Platform, Network['listeners']>> = {
  linux: listLinuxListeners,
  darwin: listDarwinListeners,
  win32: listWindowsListeners,
};
