import type { Connection, Resolution } from '../../systems/network/network.ts';
import { defineObserver } from '../observer.ts';
import { type LogEntry, type ServiceState, serviceStates } from './serviceStates.ts';

/** An address of which a service's log says that it could not be reached, tried again now. */
export interface MentionedAddress {
  state: ServiceState;
  entry: LogEntry;
  /** The entry describes the present; false: it is older trouble, kept only to rule it out. */
  present: boolean;
  host: string;
  /** Undefined when the entry speaks of the name alone. */
  port: number | undefined;
  /** What the entry says of it. */
  said: 'refused' | 'timedOut' | 'unresolved';
  resolution: Resolution;
  connection: Connection | undefined;
}

/** What programs print of a refused connection; group 1 is the host, group 2 the port. */
const REFUSED: readonly RegExp[] = [
  // Node
  /ECONNREFUSED \[?([\w.:-]+?)\]?:(\d{1,5})\b/,
  // Go
  /dial tcp(?:4|6)? \[?([\w.:-]+?)\]?:(\d{1,5}): connect: connection refused/,
  // requests, urllib3
  /HTTPS?ConnectionPool\(host='([^']+)', port=(\d+)\)[^\n]*(?:refused|Errno 111)/,
  // aiohttp
  /Cannot connect to host ([\w.-]+):(\d+)[^\n]*(?:refused|111)/,
  // libpq
  /connection to server at "([^"]+)"(?: \([^)]*\))?, port (\d+) failed: Connection refused/,
  // redis-py
  /Error 111 connecting to ([\w.-]+):(\d+)/,
  // Java
  /Connect(?:ion)? to (?:https?:\/\/)?([\w.-]+):(\d+)[^\n]* (?:refused|failed: Connection refused)/,
  // curl, Ruby
  /connect to ([\w.-]+)(?:\/[\d.]+)? port (\d+)[^\n]*(?:refused|Failed to connect)/i,
  /Failed to open TCP connection to ([\w.-]+):(\d+) \(Connection refused/,
  // asyncio
  /Connect call failed \('([\w.:]+)', (\d+)/,
  // nginx
  /connect\(\) failed \(111: Connection refused\)[^\n]*upstream: "\w+:\/\/\[?([\w.:-]+?)\]?:(\d+)/,
  // Sentences of all kinds: the address ahead of the words, or behind them. `app.js:42` is no address.
  /(?:\w+:\/\/)(?:[^\s@/]*@)?\[?([\w.-]+)\]?:(\d{2,5})\b[^\n]*(?:ECONNREFUSED|refused)/i,
  /(?:ECONNREFUSED|refused)[^\n]*?(?:\w+:\/\/)?(?:[^\s@/]*@)?\b(?!\S+\.(?:[cm]?[jt]sx?|py|go|rb|java|rs|php):)((?:\d{1,3}\.){3}\d{1,3}|[a-z][\w-]*(?:\.[\w-]+)*):(\d{2,5})\b(?!:)/i,
  /\b((?:\d{1,3}\.){3}\d{1,3}|localhost):(\d{2,5})\b[^\n]*(?:ECONNREFUSED|refused)/i,
  /\bhost[= ]"?([\w.-]+)"?,? port[= ](\d{2,5})\b[^\n]*(?:ECONNREFUSED|refused|Errno 111)/i,
];

/** What programs print of a connection that nobody answered, or that has no way; group 1 is the host, group 2 the port. */
const TIMED_OUT: readonly RegExp[] = [
  // Node, undici
  /E(?:TIMEDOUT|HOSTUNREACH|NETUNREACH) \[?([\w.:-]+?)\]?:(\d{1,5})\b/,
  /Connect Timeout Error \(attempted address(?:es)?: \[?([\w.:-]+?)\]?:(\d{1,5})\b/,
  // Go
  /dial tcp(?:4|6)? \[?([\w.:-]+?)\]?:(\d{1,5}): (?:i\/o timeout|connect: (?:connection timed out|no route to host|network is unreachable))/,
  // requests, urllib3
  /HTTPS?ConnectionPool\(host='([^']{1,255})', port=(\d+)\)[^\n]*(?:timed? ?out|Timeout|No route|unreachable)/,
  // aiohttp
  /Connection timeout to host \w+:\/\/([\w.-]+):(\d+)/,
  /Cannot connect to host ([\w.-]+):(\d+)[^\n]*(?:timed out|No route|unreachable)/i,
  // Java
  /Connect to ([\w.-]+):(\d+)[^\n]* failed: (?:connect timed out|No route|Network is unreachable)/i,
  // curl
  /(?:connect to|connecting to) ([\w.-]+)(?:\/[\d.]+)? port (\d+)[^\n]*(?:timed? ?out|Timeout|No route|unreachable)/i,
  // Sentences of all kinds: the address ahead of the words, or behind them.
  /(?:\w+:\/\/)(?:[^\s@/]*@)?\[?([\w.-]+)\]?:(\d{2,5})\b[^\n]*(?:timed? ?out|ETIMEDOUT|No route to host|Network is unreachable)/i,
  /(?:timed? ?out|ETIMEDOUT|No route to host|Network is unreachable)[^\n]*?(?:\w+:\/\/)?(?:[^\s@/]*@)?\b((?:\d{1,3}\.){3}\d{1,3}|localhost):(\d{2,5})\b(?!:)/i,
  /\b((?:\d{1,3}\.){3}\d{1,3}|localhost):(\d{2,5})\b[^\n]*(?:timed? ?out|ETIMEDOUT|No route to host|Network is unreachable)/i,
];

/** What programs print of a name without an address; group 1 is the name. */
const UNRESOLVED: readonly RegExp[] = [
  // Node
  /(?:getaddrinfo|query\w*) (?:ENOTFOUND|EAI_AGAIN|EAI_NONAME|ENODATA|ESERVFAIL) ([\w.-]+)/,
  // Go, Docker
  /(?:lookup|resolve|resolving) ([\w.-]+?)(?: on [\w.:[\]-]+)?: (?:no such host|server misbehaving|Temporary failure|i\/o timeout|read udp)/i,
  // libpq
  /could not translate host name "([^"]+)" to address/,
  // urllib3
  /Failed to resolve '([^']+)'/,
  /NameResolutionError[^\n]*host='([^']+)'/,
  /host='([\w.-]+)'[^\n]*(?:Name or service not known|Temporary failure in name resolution|nodename nor servname)/,
  // aiohttp
  /Cannot connect to host ([\w.-]+):\d+[^\n]*(?:Name or service not known|Temporary failure in name resolution|nodename nor servname)/,
  // Java
  /(?:UnknownHostException|Unknown host):? ([\w.-]+)/,
  // MySQL, nginx, PHP, Ruby
  /Unknown MySQL server host '([^']+)'/,
  /host not found in upstream "([\w.-]+)/,
  /getaddrinfo for ([\w.-]+) failed/,
  /Failed to open TCP connection to ([\w.-]+):\d+ \(getaddrinfo/,
  // curl, wget, ssh
  /(?:Could not resolve|unable to resolve) host(?:name| address)?:? [‘'"]?([\w.-]+)/i,
  // redis-py
  /Error -[235] connecting to ([\w.-]+):\d+/,
  // Sentences: the name in quotes or brackets, or ahead of the resolver's own words
  /(?:Name or service not known|Temporary failure in name resolution|nodename nor servname provided)[^\n]*?["'(]([\w-]+(?:\.[\w-]+)*)["')]/,
  /\b([\w-]+(?:\.[\w-]+)+)(?::\d+)?["')]?:? [^\n]*(?:Name or service not known|Temporary failure in name resolution|nodename nor servname)/,
];

const RESOLVE_MS = 2_000;
const CONNECT_MS = 1_500;
/** Each costs a connection; logs that name more places than this name them in passing. */
const MAX_ADDRESSES = 10;
/** How far back older trouble is worth ruling out. */
const MAX_OLD_RECORDS = 1_500;

/** The addresses that the services' logs call refused or unknown, the newest entry of each. */
export const addressMentions = defineObserver<MentionedAddress[]>({
  id: 'network.mentions',
  label: 'addresses that the logs could not reach',
  timeoutMs: RESOLVE_MS + CONNECT_MS + 2_500,
  observe: async ({ systems, signal, use }) => {
    const states = await use(serviceStates);
    const found = states.flatMap(mentionsOf).slice(0, MAX_ADDRESSES);
    return Promise.all(
      found.map(async (mention): Promise<MentionedAddress> => {
        const { host, port } = mention;
        const resolution = await systems.network.resolve(host, { timeoutMs: RESOLVE_MS, signal });
        if (port === undefined || resolution.kind !== 'resolved')
          return { ...mention, resolution, connection: undefined };
        const attempts = await Promise.all(
          resolution.addresses
            .slice(0, 3)
            .map((address) => systems.network.connect(address, port, { timeoutMs: CONNECT_MS, signal })),
        );
        const connection = attempts.find(({ kind }) => kind === 'accepted') ?? attempts[0];
        return { ...mention, resolution, connection };
      }),
    );
  },
});

type Mention = Omit<MentionedAddress, 'resolution' | 'connection'>;

/** One entry for each address: the newest present one, else the newest of all. Present ones come first. */
function mentionsOf(state: ServiceState): Mention[] {
  const present = new Map<string, Mention>();
  for (const entry of state.errors)
    for (const [key, address] of addressesIn(entry.record.text))
      present.set(key, { state, entry, present: true, ...address });
  const old = new Map<string, Mention>();
  for (const { log } of state.logs) {
    for (const record of log.records.slice(-MAX_OLD_RECORDS)) {
      if (record.level === 'info' || record.level === 'debug' || record.level === 'trace') continue;
      for (const [key, address] of addressesIn(record.text))
        if (!present.has(key)) old.set(key, { state, entry: { log, record }, present: false, ...address });
    }
  }
  return [...present.values(), ...old.values()];
}

/** What every one of the patterns needs; most lines of a log have none of it. */
const SAYS_REFUSED = /refused|\b111\b|Connect call failed|Failed to connect/i;
const SAYS_TIMED_OUT = /time(?:d ?)?out|TIMEDOUT|UNREACH|unreachable|No route/i;
const SAYS_UNRESOLVED =
  /getaddrinfo|ENOTFOUND|EAI_AGAIN|ENODATA|ESERVFAIL|lookup|resolv|unknown|not known|host not found|\bhost='|Error -[235]|nodename/i;
const MAX_LINES = 80;
const MAX_LINE = 600;

type Address = Pick<MentionedAddress, 'host' | 'port' | 'said'>;

function addressesIn(text: string): Map<string, Address> {
  const found = new Map<string, Address>();
  if (!SAYS_REFUSED.test(text) && !SAYS_TIMED_OUT.test(text) && !SAYS_UNRESOLVED.test(text)) return found;
  for (const whole of text.split('\n', MAX_LINES)) {
    const line = whole.slice(0, MAX_LINE);
    const refused = SAYS_REFUSED.test(line) ? firstMatch(REFUSED, line) : undefined;
    const failed = refused ?? (SAYS_TIMED_OUT.test(line) ? firstMatch(TIMED_OUT, line) : undefined);
    const port = Number(failed?.[2]);
    if (failed?.[1] && port > 0 && port <= 65_535) {
      // ::1 and 127.0.0.1 of one "localhost" are one address.
      const isLocal = /^(?:localhost|127\.0\.0\.1|::1|0\.0\.0\.0)$/.test(failed[1]);
      const key = isLocal ? `loopback:${port}` : `${failed[1]}:${port}`;
      const said = refused ? 'refused' : 'timedOut';
      if (!found.has(key)) found.set(key, { host: failed[1] === '::1' ? 'localhost' : failed[1], port, said });
    }
    const name = SAYS_UNRESOLVED.test(line) ? firstMatch(UNRESOLVED, line)?.[1]?.replace(/\.$/, '') : undefined;
    if (name && !/^[\d.:]+$/.test(name) && !found.has(name))
      found.set(name, { host: name, port: undefined, said: 'unresolved' });
  }
  return found;
}

function firstMatch(patterns: readonly RegExp[], line: string): RegExpExecArray | undefined {
  for (const pattern of patterns) {
    const match = pattern.exec(line);
    if (match) return match;
  }
  return undefined;
}
