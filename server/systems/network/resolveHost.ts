import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { Resolution } from './network.ts';

/** RFC 1123, with the underscores that container names bring. No leading '-': the name becomes an argument of a command. */
const HOST_NAME =
  /^(?=.{1,253}\.?$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$/;

/** Exit code of getent when the key is in none of the databases; a resolver that does not answer gives it too. */
const GETENT_NOT_FOUND = 2;

/** What c-ares reports when a server said that the name, or an address of it, does not exist. */
const NO_SUCH_NAME = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

type Outcome = { kind: 'resolved'; addresses: string[] } | { kind: 'notFound' | 'noAnswer'; because: string };

/**
 * Resolves a host name as programs on this machine do.
 * @throws the signal's reason when cancelled
 */
export async function resolveHost(
  host: string,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<Resolution> {
  options.signal.throwIfAborted();
  const started = performance.now();
  const outcome = await decide(host.replace(/^\[(.*)\]$/, '$1'), started + options.timeoutMs, options.signal);
  return { ...outcome, durationMs: performance.now() - started };
}

async function decide(host: string, deadline: number, signal: AbortSignal): Promise<Outcome> {
  if (isIP(host) !== 0) return { kind: 'resolved', addresses: [host] };
  if (host.toLowerCase() === 'localhost') return { kind: 'resolved', addresses: ['127.0.0.1', '::1'] };
  if (!HOST_NAME.test(host)) return { kind: 'notFound', because: 'it is not a valid host name' };
  const { runCommand } = await import('../../runtime/runCommand.ts');
  const remaining = (): number => Math.max(1, Math.floor(deadline - performance.now()));
  const getent =
    process.platform === 'linux'
      ? await runCommand(['getent', 'ahosts', host], { timeoutMs: remaining(), signal })
      : { kind: 'notInstalled' as const };
  if (getent.kind === 'timedOut') return { kind: 'noAnswer', because: 'the resolver did not answer in time' };
  if (getent.kind === 'notInstalled') return lookUp(host, remaining(), signal);
  if (getent.exitCode === 0) return { kind: 'resolved', addresses: parseAhosts(getent.stdout) };
  if (getent.exitCode !== GETENT_NOT_FOUND) {
    return { kind: 'noAnswer', because: `the resolver failed (getent exit code ${getent.exitCode})` };
  }
  return explainNotFound(host, remaining(), signal);
}

/** Addresses in `getent ahosts`: one line for each socket type, so each address stands three times. */
export function parseAhosts(text: string): string[] {
  const addresses = text.split('\n').map((line) => line.split(/\s/, 1)[0] ?? '');
  return [...new Set(addresses.filter((address) => isIP(address.split('%', 1)[0] ?? '') !== 0))];
}

/** getent cannot tell "no such name" from "no DNS server answers": asking one server directly can. */
async function explainNotFound(host: string, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
  const notFound: Outcome = { kind: 'notFound', because: 'neither the hosts file nor DNS knows the name' };
  // RFC 6761 reserves it for names that must not exist; DNS need not be asked.
  if (/\.invalid\.?$/i.test(host)) return notFound;
  const { Resolver } = await import('node:dns/promises');
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  const cancel = (): void => resolver.cancel();
  // c-ares asks the listed servers one after another, each for `timeout`: the whole is limited here.
  const timer = setTimeout(cancel, timeoutMs);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    await resolver.resolve4(host);
    return { kind: 'notFound', because: 'DNS knows the name, but the system resolver is not set up to ask for it' };
  } catch (error) {
    signal.throwIfAborted();
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (NO_SUCH_NAME.has(code)) return notFound;
    if (!host.includes('.') && !hasSearchDomain()) {
      return { kind: 'notFound', because: 'the hosts file does not have it, and DNS has no names without a dot' };
    }
    return { kind: 'noAnswer', because: `no DNS server gave an answer (${code})` };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}

function hasSearchDomain(): boolean {
  try {
    return /^\s*(?:search|domain)\s+[^\s.]/m.test(readFileSync('/etc/resolv.conf', 'utf8'));
  } catch {
    return false; // no file: the resolver uses its defaults, which search nothing
  }
}

/** Without getent: the system's resolver in this process. It cannot be stopped, only no longer be waited for. */
async function lookUp(host: string, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
  const { lookup } = await import('node:dns/promises');
  const { TimeLimitExceeded, withDeadline } = await import('../../runtime/deadline.ts');
  try {
    const found = await withDeadline(() => lookup(host, { all: true }), timeoutMs, signal);
    return { kind: 'resolved', addresses: found.map(({ address }) => address) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TimeLimitExceeded) return { kind: 'noAnswer', because: 'the resolver did not answer in time' };
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return NO_SUCH_NAME.has(code)
      ? { kind: 'notFound', because: 'neither the hosts file nor DNS knows the name' }
      : { kind: 'noAnswer', because: `the resolver failed (${code})` };
  }
}
