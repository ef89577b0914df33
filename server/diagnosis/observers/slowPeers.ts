import type { SourceLine } from '../../systems/compose/compose.ts';
import type { HttpAnswer } from '../../systems/http/http.ts';
import type { Connection, Resolution } from '../../systems/network/network.ts';
import type { SlowCommand } from '../../systems/redis/redis.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { isOptionalPeer } from '../optionalPeer.ts';
import { isWrittenPath } from '../source/isWrittenPath.ts';
import type { SourceFacts } from '../source/sourceFacts.ts';
import { isLoopback } from '../targets/loopback.ts';
import type { EndpointTarget } from '../targets/target.ts';
import { type EndpointProbe, endpointProbes, isNearby } from './endpointProbes.ts';
import { addressToAsk, type HealthAnswer, healthAnswers } from './healthAnswers.ts';
import { isStrained } from './resourceSample.ts';
import { type LogEntry, type ServiceState, serviceStates } from './serviceStates.ts';
import { sourceFacts } from './workspaceFiles.ts';

/** Somebody whom a service calls, asked now because the service is slow or says that calls take too long. */
export interface SlowPeer {
  state: ServiceState;
  /** Its newest present words about calls that take too long. */
  complaint: SlowCall | undefined;
  /** The complaint names this very peer. */
  named: boolean;
  /** Its own health route, when that answers late or with an error. */
  health: HealthAnswer | undefined;
  /** The target's name. */
  target: string;
  host: string;
  port: number;
  at: SourceLine | undefined;
  resolution: Resolution | undefined;
  connection: Connection | undefined;
  /** Of a peer that speaks HTTP. A slow one is asked twice. */
  http: { url: string; answers: HttpAnswer[] } | undefined;
  /** Of a database or cache: what the login took, and the commands that its own log calls slow. */
  data: { endpoint: EndpointTarget; durationMs: number; slowest: readonly SlowCommand[] } | undefined;
  /** The complaint is of a call that is not repeated: a POST, or a path that only the log names. */
  otherCall: string | undefined;
}

export interface SlowCall {
  entry: LogEntry;
  /** How long it waited. */
  limitMs: number | undefined;
}

const SLOW =
  /\btime[ds]?[ -]?out|Timeout(?:Error|Exception|Expired)?\b|E(?:SOCKET)?TIMEDOUT|deadline exceeded|\bslow(?:ly|ness)?\b|took (?:over |more than |too )|\btook \d|too long|\b(?:status(?: code)?|HTTP)[ :=]{1,2}504\b|Gateway Time/i;
/** A lock, a query plan, a pool or a client that is slow is no peer's. */
const NOT_A_CALL =
  /\block (?:wait )?timeout|statement timeout|slow query|event[- ]?loop|keep-?alive|idle timeout|client timed? ?out/i;
const LIMIT =
  /(?:time[ds]?[ -]?out|deadline|exceeded|took|after|within|slow|waited)[^\d\n]{0,30}(\d{1,7}(?:\.\d{1,3})?)\s?(ms|milliseconds|s|secs?|seconds)\b/i;
const PYTHON_LIMIT = /read timeout=(\d{1,5}(?:\.\d{1,3})?)/;
const URLS = /\bhttps?:\/\/[^\s'"<>)\]},]{3,300}/g;
const WRITES = /\b(?:POST|PUT|PATCH|DELETE)\b/;
const MAX_TEXT = 2_000;
const MAX_PEERS = 6;

/** With no word of a limit: longer is slow. */
export const SLOW_MS = 1_000;
const LONGEST_MS = 4_000;

/** The peers of services that are slow now or say so. Costs nothing while none is. */
export const slowPeers = defineObserver<SlowPeer[]>({
  id: 'services.slow-peers',
  label: 'peers that slow services call',
  timeoutMs: 20_000,
  observe: async (run) => {
    const [states, answers] = await Promise.all([
      run.use(serviceStates),
      run.use(healthAnswers).catch((): HealthAnswer[] => []),
    ]);
    const suspects = states.flatMap((state) => {
      const complaint = slowCallOf(state);
      const health = answers.find((answer) => answer.service === state.service.name && isStrained(answer));
      return state.running && (complaint || health) ? [{ state, complaint, health }] : [];
    });
    if (suspects.length === 0) return [];
    const [probes, source] = await Promise.all([
      run.use(endpointProbes).catch((): EndpointProbe[] => []),
      run.use(sourceFacts),
    ]);
    const peers = suspects.flatMap((suspect) => peersOf(suspect, states, probes, source));
    return Promise.all(peers.slice(0, MAX_PEERS).map((peer) => ask(peer, run)));
  },
});

function slowCallOf({ errors, warnings }: ServiceState): SlowCall | undefined {
  const entry = [...warnings, ...errors].findLast(({ record }) => {
    const text = record.text.slice(0, MAX_TEXT);
    return SLOW.test(text) && !NOT_A_CALL.test(text);
  });
  if (!entry) return undefined;
  const text = entry.record.text.slice(0, MAX_TEXT);
  const [, digits, unit] = LIMIT.exec(text) ?? [];
  const python = PYTHON_LIMIT.exec(text)?.[1];
  if (digits !== undefined) return { entry, limitMs: Number(digits) * (unit?.startsWith('m') ? 1 : 1_000) };
  return { entry, limitMs: python === undefined ? undefined : Number(python) * 1_000 };
}

type Peer = Omit<SlowPeer, 'resolution' | 'connection'> & { probe: EndpointProbe | undefined };

/**
 * Whom the complaint names; when it names nobody, everybody whom the service calls. Only peers that the workspace itself names: an
 * address or a path that stands in a log alone may have been written there by anybody, and nothing is requested of it.
 */
function peersOf(
  { state, complaint, health }: Pick<SlowPeer, 'state' | 'complaint' | 'health'>,
  states: readonly ServiceState[],
  probes: readonly EndpointProbe[],
  source: SourceFacts,
): Peer[] {
  const text = complaint?.entry.record.text.slice(0, MAX_TEXT) ?? '';
  const base = { state, complaint, health, otherCall: undefined };
  const known = state.service.dependsOn.flatMap(({ target }): Peer[] => {
    const probe = probes.find(({ endpoint }) => endpoint.name === target);
    if (probe) {
      const { endpoint, connection } = probe;
      const { host, port, at, engine } = endpoint;
      const answer = probe.redis ?? probe.postgres ?? probe.mysql;
      const data =
        answer && connection?.kind === 'accepted'
          ? {
              endpoint,
              durationMs: answer.durationMs,
              slowest: probe.redis?.kind === 'pong' ? (probe.redis.facts?.slowest ?? []) : [],
            }
          : undefined;
      const speaksHttp = engine === 'http' || (engine === 'tcp' && urlWith(port, state) !== undefined);
      const http = speaksHttp ? { url: baseUrl(host, port, state, text, source), answers: [] } : undefined;
      return [{ ...base, target, host, port, at, named: isNamed(text, endpoint), http, data, probe }];
    }
    const sibling = states.find(({ service }) => service.name === target);
    const address = sibling?.running ? addressToAsk(sibling) : undefined;
    if (!address) return [];
    const host = new URL(address.url).hostname;
    const http = { url: baseUrl(host, address.port, state, text, source), answers: [] };
    const named = isNamed(text, { name: target, host, port: address.port, engine: 'http' });
    return [
      { ...base, target, host, port: address.port, at: undefined, named, http, data: undefined, probe: undefined },
    ];
  });
  const named = known.filter((peer) => peer.named);
  if (named.length > 0)
    return named.map((peer) => ({ ...peer, otherCall: otherCallIn(text) ?? strangePathIn(text, peer.port, source) }));
  // Another than the workspace names is not called; that it is slow cannot be told from here.
  return urlsIn(text).length > 0 ? [] : known;
}

function isNamed(
  text: string,
  { name, host, port, engine }: Pick<EndpointTarget, 'name' | 'host' | 'port' | 'engine'>,
): boolean {
  return (
    new RegExp(String.raw`:${port}\b`).test(text) ||
    (!isLoopback(host) && text.includes(host)) ||
    (name.length > 3 && new RegExp(String.raw`(?<![\w.])${escapePattern(name)}(?![\w])`, 'i').test(text)) ||
    (engine === 'redis' && /\bredis\b/i.test(text))
  );
}

/** The path that the complaint names and the code knows, else the one that the service's variable does; never what is behind a question mark. */
function baseUrl(host: string, port: number, state: ServiceState, text: string, source: SourceFacts): string {
  const spoken = WRITES.test(text) ? undefined : urlsIn(text).find((url) => portOf(url) === port);
  const url = spoken && isWrittenPath(spoken, source) ? spoken : urlWith(port, state);
  return url ? plain(url) : `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}/`;
}

function strangePathIn(text: string, port: number, source: SourceFacts): string | undefined {
  const url = urlsIn(text).find((each) => portOf(each) === port);
  return url && !isWrittenPath(url, source) ? `of ${url.pathname}, which only the log names` : undefined;
}

function urlWith(port: number, { service }: ServiceState): URL | undefined {
  return service.environment.flatMap(({ value }) => urlsIn(value)).find((url) => portOf(url) === port);
}

function urlsIn(text: string): URL[] {
  return [...text.matchAll(URLS)].flatMap(([url]) => (URL.canParse(url) ? [new URL(url)] : []));
}

function plain(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

function otherCallIn(text: string): string | undefined {
  const [url] = urlsIn(text);
  const verb = WRITES.exec(text)?.[0];
  if (verb !== undefined) return verb;
  return url && url.search !== '' ? 'a call with parameters' : undefined;
}

async function ask(peer: Peer, { systems, signal }: Observation): Promise<SlowPeer> {
  const { probe, ...known } = peer;
  const { http, host, port, complaint, at } = known;
  const optional = isOptionalPeer({ text: known.target, variable: probe?.endpoint.variable, port });
  if (!http || !isNearby(host) || (optional && at !== undefined))
    return { ...known, http: undefined, resolution: probe?.resolution, connection: probe?.connection };
  const resolution =
    probe?.resolution ?? (await systems.network.resolve(host.replace(/^\[|\]$/g, ''), { timeoutMs: 2_000, signal }));
  const [address] = resolution.kind === 'resolved' ? resolution.addresses : [];
  const connection =
    probe?.connection ??
    (address === undefined ? undefined : await systems.network.connect(address, port, { timeoutMs: 1_500, signal }));
  if (connection?.kind !== 'accepted') return { ...known, resolution, connection };
  const timeoutMs = Math.min(Math.max(slowFrom(complaint) + 500, 2_000), LONGEST_MS);
  const answers = [await systems.http.get(http.url, { timeoutMs, signal })];
  // One late answer may be a hiccup, or the first work of a lazy program.
  if (isSlow(answers[0], complaint)) answers.push(await systems.http.get(http.url, { timeoutMs, signal }));
  return { ...known, resolution, connection, http: { url: http.url, answers } };
}

/** From here on an answer is slow: what the caller waits for, else a time that nobody calls quick. */
export function slowFrom(complaint: SlowCall | undefined): number {
  const limit = complaint?.limitMs;
  return limit === undefined || limit <= 0 ? SLOW_MS : Math.min(Math.max(limit, MIN_SLOW_MS), LONGEST_MS - 500);
}

/** A busy machine may need this for anything. */
const MIN_SLOW_MS = 300;

export function isSlow(answer: HttpAnswer | undefined, complaint: SlowCall | undefined): boolean {
  if (!answer) return false;
  return answer.kind === 'answered' ? answer.durationMs >= slowFrom(complaint) : answer.code === 'ETIMEDOUT';
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
