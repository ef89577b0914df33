/** Where Tektra keeps its state: the backend writes there, its clients find the backend there. */
export interface StatePaths {
  /** 0700. */
  home: string;
  /** 0700; only what lives as long as the process. */
  run: string;
  /** Unix socket, or a named pipe on Windows. */
  socket: string;
  /** An OS lock on this file makes its holder the leader. */
  leaderLock: string;
  /** LockFile as JSON, 0600. */
  lockFile: string;
  database: string;
  /** 0700; one file for each applied fix, with what takes it back. */
  fixes: string;
  log: string;
  /** What the process writes to standard error: V8 and native aborts speak only there. */
  errorOutput: string;
}

/** The kernel's limit for a Unix socket's path is 104 bytes on macOS and 108 on Linux. */
const MAX_SOCKET_PATH = 100;

/**
 * @param home the state folder, absolute
 * @param temporary a folder of short path, for the socket when `home` is too deep
 * @param join the platform's path.join; the protocol imports no Node
 */
export function statePaths(
  home: string,
  temporary: string,
  platform: string,
  join: (...parts: string[]) => string,
): StatePaths {
  const run = join(home, 'run');
  const socket = join(run, 'backend.sock');
  return {
    home,
    run,
    socket:
      platform === 'win32'
        ? `\\\\.\\pipe\\tektra-${hash(home)}`
        : socket.length <= MAX_SOCKET_PATH
          ? socket
          : join(temporary, `tektra-${hash(home)}`, 'backend.sock'),
    leaderLock: join(run, 'backend.lock'),
    lockFile: join(run, 'backend.json'),
    database: join(home, 'state.db'),
    fixes: join(home, 'fixes'),
    log: join(home, 'backend.log'),
    errorOutput: join(run, 'backend.stderr'),
  };
}

/** FNV-1a over UTF-16 units, twice with different seeds: a short name for a long path. */
function hash(text: string): string {
  const round = (seed: number): string => {
    let value = seed;
    for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
    return (value >>> 0).toString(16).padStart(8, '0');
  };
  return round(0x811c9dc5) + round(0x050c5d1f);
}
