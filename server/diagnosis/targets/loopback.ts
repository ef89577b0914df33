const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1|::ffff:127(?:\.\d+){3}|0\.0\.0\.0|host\.docker\.internal)$/i;

/** Whether a host of an address is this machine itself, as a client would use it. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}
