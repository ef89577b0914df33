import type { LogRecord } from '../../logs/present/record.ts';
import type { ContainerFacts } from '../../systems/docker/docker.ts';
import type { Connection, Resolution } from '../../systems/network/network.ts';
import type { NginxProxy } from '../../systems/nginx/nginx.ts';
import type { ProcessFacts } from '../../systems/process/processes.ts';
import { isUp } from '../containerText.ts';
import { isNginxEntry, type NginxComplaint, readAccess, readComplaint } from '../nginxText.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { isProxy, type ProxyTarget } from '../targets/target.ts';
import { containers, NO_CONTAINERS } from './containers.ts';
import { listeners, processList } from './machine.ts';
import { proxyLogs } from './proxyLogs.ts';
import { proxyProcess } from './proxyProcess.ts';
import type { LogEntry } from './serviceStates.ts';
import { targetsOf } from './targets.ts';

/** One server behind a proxy, tried now. */
export interface UpstreamProbe {
  proxy: NginxProxy;
  host: string;
  port: number;
  at: NginxProxy['at'];
  resolution: Resolution;
  connection: Connection | undefined;
}

export interface ProxyError extends LogEntry, NginxComplaint {
  ageMs: number;
  /** It tells of the last minutes. */
  recent: boolean;
  /** The same path was answered well after it. */
  recovered: boolean;
}

/** What is known of one reverse proxy now. */
export interface ProxyState {
  target: ProxyTarget;
  /** Its master process; undefined when it does not run on this machine. */
  process: ProcessFacts | undefined;
  container: ContainerFacts | undefined;
  /** As a process or in its container. */
  running: boolean;
  startedAt: Date | undefined;
  /** Tried only when the proxy runs, or was started just now. */
  upstreams: UpstreamProbe[];
  /** Entries of its error log, oldest first. */
  errors: ProxyError[];
}

const RESOLVE_MS = 1_500;
const CONNECT_MS = 1_500;
const MAX_UPSTREAMS = 24;
/** An error log holds nothing but errors: what is older than this may long be over. */
const RECENT_MS = 10 * 60_000;

export const proxyStates = defineObserver<ProxyState[]>({
  id: 'proxies.states',
  label: 'reverse proxies',
  timeoutMs: 16_000,
  observe: async (run) => {
    const proxies = (await run.use(targetsOf)).filter(isProxy);
    if (proxies.length === 0) return [];
    return Promise.all(proxies.map((target) => stateOf(target, run)));
  },
});

/** For causes to which proxies only add somebody who suffers: none when they cannot be told. */
export const proxyFronts = defineObserver<ProxyState[]>({
  id: 'proxies.fronts',
  label: 'reverse proxies in front of services',
  timeoutMs: 17_000,
  observe: ({ use }) => use(proxyStates).catch((): ProxyState[] => []),
});

async function stateOf(target: ProxyTarget, run: Observation): Promise<ProxyState> {
  const [processes, sockets, engine] = await Promise.all([
    run.use(processList),
    run.use(listeners),
    run.use(containers).catch(() => NO_CONTAINERS),
  ]);
  const container = engine.byService.get(target.compose?.name ?? '')?.[0];
  const process = target.compose ? undefined : proxyProcess(target.config, run.workspace, processes, sockets);
  const { errors: entries, accesses } = await proxyLogs(target, process, run);
  const now = run.clock.now().getTime();
  const served = lastServed(accesses);
  const errors = entries
    .filter(({ record }) => isNginxEntry(record.text))
    .map(({ log, record }): ProxyError => {
      const complaint = readComplaint(record.text);
      const time = (record.time ?? log.modifiedAt).getTime();
      return {
        log,
        record,
        ...complaint,
        ageMs: now - time,
        recent: now - time <= RECENT_MS,
        recovered: complaint.request !== undefined && (served.get(complaint.request) ?? 0) > time,
      };
    });
  const running = process !== undefined || (container !== undefined && isUp(container));
  const startedAt = process?.startedAt ?? (running ? container?.startedAt : undefined);
  const suspect = running || errors.some(({ recent }) => recent);
  const upstreams = suspect ? await probeAll(target, run) : [];
  return { target, process, container, running, startedAt, upstreams, errors };
}

/** When each path was answered well for the last time. */
function lastServed(accesses: readonly LogRecord[]): Map<string, number> {
  const served = new Map<string, number>();
  for (const { text, time } of accesses) {
    const access = readAccess(text);
    if (access && time && access.status < 500) served.set(access.request, time.getTime());
  }
  return served;
}

async function probeAll({ config }: ProxyTarget, run: Observation): Promise<UpstreamProbe[]> {
  const wanted = config.servers
    .flatMap(({ proxies }) => proxies)
    .flatMap((proxy) => proxy.servers.map((server) => ({ proxy, ...server })));
  const unique = [...new Map(wanted.map((one) => [`${one.proxy.url} ${one.host}:${one.port}`, one])).values()];
  return Promise.all(unique.slice(0, MAX_UPSTREAMS).map((one) => probe(one, run)));
}

async function probe(
  upstream: Pick<UpstreamProbe, 'proxy' | 'host' | 'port' | 'at'>,
  { systems, signal, use }: Observation,
): Promise<UpstreamProbe> {
  const { host, port } = upstream;
  if (host.startsWith('unix:')) {
    const file = host.slice('unix:'.length);
    const connection = await systems.network.connectSocket(file, { timeoutMs: CONNECT_MS, signal });
    return { ...upstream, resolution: { kind: 'resolved', addresses: [], durationMs: 0 }, connection };
  }
  const engine = await use(containers).catch(() => NO_CONTAINERS);
  const inside = engine.byService.get(host)?.find(({ state }) => state === 'running');
  const addresses = (inside?.networks ?? []).map(({ address }) => address).filter((address) => address !== '');
  const resolution: Resolution =
    addresses.length > 0
      ? { kind: 'resolved', addresses, durationMs: 0 }
      : await systems.network.resolve(host, { timeoutMs: RESOLVE_MS, signal });
  if (resolution.kind !== 'resolved') return { ...upstream, resolution, connection: undefined };
  const attempts = await Promise.all(
    resolution.addresses
      .slice(0, 3)
      .map((address) => systems.network.connect(address, port, { timeoutMs: CONNECT_MS, signal })),
  );
  return { ...upstream, resolution, connection: attempts.find(({ kind }) => kind === 'accepted') ?? attempts[0] };
}
