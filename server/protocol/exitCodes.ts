/**
 * How the backend's process ends, once: the client names the cause of a crash from it.
 * 1 and 128+n are left to Node and the kernel; 134 (SIGABRT) is V8 out of memory or a native abort.
 */
export const EXIT_CODES = {
  ok: 0,
  /** An error that no one foresaw; the log says more. */
  internal: 70,
  /** This Node has no Node-API 10. */
  nodeUnsupported: 71,
  /** better-sqlite3 does not load: wrong platform or a broken installation. */
  nativeModule: 72,
  /** The state folder cannot be created or written: permissions or a full disk. */
  stateFolder: 73,
  /** Another backend of this user already leads; not a fault. */
  alreadyRunning: 74,
  /** The socket cannot be opened. */
  socket: 75,
} as const;

export type ExitCodeName = keyof typeof EXIT_CODES;
