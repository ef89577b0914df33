import path from 'node:path';
import { parseRecords } from '../../logs/parseRecords.ts';
import type { Connection, Resolution } from '../../systems/network/network.ts';
import type { NginxProxy } from '../../systems/nginx/nginx.ts';
import type { ProcessFacts } from '../../systems/process/processes.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { isProxy, type ProxyTarget } from '../targets/target.ts';
import { containers, type WorkspaceContainers } from './containers.ts';
import { listeners, processList } from './machine.ts';
import { serviceLogs, type WorkspaceLog } from './serviceLogs.ts';
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

/** What is known of one reverse proxy now. */
export interface ProxyState {
  target: ProxyTarget;
  /** Its master process; undefined when it does not run. */
  process: ProcessFacts | undefined;
  upstreams: UpstreamProbe[];
  /** Entries of its error log, oldest first, and whether they tell of the last minutes. */
  errors: (LogEntry & { recent: boolean })[];
}

const RESOLVE_MS = 1_500;
const CONNECT_MS = 1_500;
const MAX_UPSTREAMS = 24;
const LOG_BYTES = 256 * 1024;
/** An error log holds nothing but errors: what is older than this may long be over. */
const RECENT_MS = 10 * 60_000;

export const proxyStates = defineObserver<ProxyState[]>({
  id: 'proxies.states',
  label: 'reverse proxies',
  timeoutMs: 9_000,
  observe: async (run) => {
    const proxies = (await run.use(targetsOf)).filter(isProxy);
    if (proxies.length === 0) return [];
    return Promise.all(proxies.map((target) => stateOf(target, run)));
  },
});

async function stateOf(target: ProxyTarget, run: Observation): Promise<ProxyState> {
  const [processes, sockets, logs] = await Promise.all([
    run.use(processList),
    run.use(listeners),
    run.use(serviceLogs),
  ]);
  const { config } = target;
  const ports = new Set(config.servers.flatMap((server) => server.listens.map(({ port }) => port)));
  const nginx = processes.filter(({ name, argv }) => name === 'nginx' || /^nginx: /.test(argv[0] ?? ''));
  const own = nginx.filter(
    ({ pid, argv }) =>
      argv.join(' ').includes(run.workspace) || sockets.some((socket) => socket.pid === pid && ports.has(socket.port)),
  );
  const process = own.find(({ ppid }) => !own.some(({ pid }) => pid === ppid)) ?? own[0];
  const [upstreams, files] = await Promise.all([probeAll(target, run), errorLogs(target, process, run)]);
  const now = run.clock.now().getTime();
  const all = [
    ...files,
    ...logs.others.filter(({ kind, file }) => kind === 'nginx' && !files.some((log) => log.file === file)),
  ];
  const errors = all.flatMap((log) =>
    log.records
      .filter(({ level }) => level === 'error' || level === 'fatal' || level === 'warn')
      .map((record) => ({
        log,
        record,
        recent: now - (record.time ?? log.modifiedAt).getTime() <= RECENT_MS,
      })),
  );
  return { target, process, upstreams, errors };
}

/** The files that `error_log` names, against the prefix that it runs with, its own folder, or the workspace. */
async function errorLogs(
  { config }: ProxyTarget,
  process: ProcessFacts | undefined,
  { systems, workspace, signal }: Observation,
): Promise<WorkspaceLog[]> {
  const prefix = /(?:^|\s)-p\s*(\S+)/.exec(process?.argv.join(' ') ?? '')?.[1];
  const bases = [...(prefix === undefined ? [] : [prefix]), path.join(workspace, path.dirname(config.file)), workspace];
  const found: WorkspaceLog[] = [];
  for (const { path: written } of config.logs.filter(({ kind }) => kind === 'error')) {
    if (/^(?:stderr|syslog:|memory:|off$)/.test(written)) continue;
    for (const absolute of new Set(bases.map((base) => path.resolve(base, written)))) {
      const answer = await systems.files.tail(absolute, { signal, maxBytes: LOG_BYTES });
      if (answer.kind !== 'text') continue;
      const { lines, firstLine, modifiedAt } = answer.tail;
      const relative = path.relative(workspace, absolute);
      const file = relative.startsWith('..') ? absolute : relative.split(path.sep).join('/');
      const records = parseRecords(lines, firstLine ?? 1);
      if (!found.some((log) => log.file === file))
        found.push({ file, kind: 'nginx', records, modifiedAt, numbered: firstLine !== undefined });
      break;
    }
  }
  return found;
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
  const engine = await use(containers).catch((): WorkspaceContainers | undefined => undefined);
  const inside = engine?.byService.get(host)?.find(({ state }) => state === 'running');
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
