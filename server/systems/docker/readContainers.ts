import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import { type AskOptions, askEngine } from './askEngine.ts';
import { type ReadOrigin, readComposeOrigin } from './composeOrigin.ts';
import type { ComposeOrigin, ContainerFacts, ContainerSummary, EngineAnswer, EngineContainers } from './docker.ts';
import type { EngineAddress } from './findEngine.ts';

/** Looked at at the same time; an engine answers each in a few milliseconds. */
const CONCURRENT = 8;
const MAX_CONTAINERS = 300;
const HEALTH_OUTPUT = 2_000;

export function readContainers(
  engines: () => Promise<EngineAddress[]>,
  { wanted, ...options }: AskOptions & { wanted?: (origin: ComposeOrigin) => boolean },
): Promise<EngineAnswer<EngineContainers>> {
  return askEngine(engines, options, async (engine, signal) => {
    const all = await engine.listContainers({ all: true, abortSignal: signal });
    const originOf = readComposeOrigin();
    const chosen: ContainerInfo[] = [];
    const others: ContainerSummary[] = [];
    for (const each of all) {
      const origin = await originOf(each.Labels);
      if (wanted === undefined || (origin !== undefined && wanted(origin))) chosen.push(each);
      else others.push(toSummary(each, origin));
    }
    const list: ContainerFacts[] = [];
    const todo = chosen.slice(0, MAX_CONTAINERS);
    const work = async (): Promise<void> => {
      for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
        signal.throwIfAborted();
        const facts = await engine
          .getContainer(next.Id)
          .inspect({ abortSignal: signal })
          .catch((error: { statusCode?: number }) => {
            // It was removed in between.
            if (error.statusCode === 404) return undefined;
            throw error;
          });
        if (facts) list.push(await toFacts(facts, originOf));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT }, work));
    return { list: list.sort((a, b) => (a.name < b.name ? -1 : 1)), others };
  });
}

function toSummary(info: ContainerInfo, compose: ComposeOrigin | undefined): ContainerSummary {
  return {
    id: info.Id,
    name: (info.Names?.[0] ?? info.Id).replace(/^\//, ''),
    image: info.Image,
    running: info.State === 'running' || info.State === 'paused',
    ports: (info.Ports ?? []).flatMap(({ PrivatePort, PublicPort, IP }) =>
      PublicPort ? [{ container: PrivatePort, host: PublicPort, hostAddress: IP ?? '' }] : [],
    ),
    compose,
  };
}

/** Podman leaves out what Docker always gives; every part is taken as optional. */
async function toFacts(info: ContainerInspectInfo, originOf: ReadOrigin): Promise<ContainerFacts> {
  const { Config, HostConfig, State, NetworkSettings } = info;
  const health = State?.Health;
  return {
    id: info.Id,
    name: (info.Name ?? info.Id).replace(/^\//, ''),
    image: Config?.Image ?? info.Image,
    imageId: info.Image,
    state: (State?.Status ?? 'dead') as ContainerFacts['state'],
    pid: State?.Pid === 0 ? undefined : State?.Pid,
    exitCode: State?.ExitCode ?? 0,
    oomKilled: State?.OOMKilled ?? false,
    error: State?.Error ?? '',
    startedAt: dateOf(State?.StartedAt),
    finishedAt: dateOf(State?.FinishedAt),
    restartCount: info.RestartCount ?? 0,
    restartPolicy: HostConfig?.RestartPolicy?.Name || 'no',
    health:
      health === undefined || health.Status === undefined || health.Status === 'none' || health.Status === ''
        ? undefined
        : {
            status: health.Status as 'starting' | 'healthy' | 'unhealthy',
            failingStreak: health.FailingStreak ?? 0,
            test: Config?.Healthcheck?.Test ?? [],
            log: (health.Log ?? []).map((run) => ({
              at: dateOf(run.Start),
              exitCode: run.ExitCode,
              output: run.Output.slice(0, HEALTH_OUTPUT),
            })),
          },
    user: Config?.User ?? '',
    command: [...(asList(Config?.Entrypoint) ?? []), ...(Config?.Cmd ?? [])],
    networks: Object.entries(NetworkSettings?.Networks ?? {}).map(([name, network]) => ({
      name,
      address: network?.IPAddress ?? '',
      aliases: network?.Aliases ?? [],
    })),
    networkMode: HostConfig?.NetworkMode ?? '',
    pidMode: HostConfig?.PidMode ?? '',
    privileged: HostConfig?.Privileged ?? false,
    mounts: (info.Mounts ?? []).map((mount) => ({
      kind: mount.Type ?? 'bind',
      source: mount.Type === 'volume' ? (mount.Name ?? mount.Source) : mount.Source,
      hostPath: mount.Source ?? '',
      destination: mount.Destination,
      writable: mount.RW,
    })),
    ports: portsOf(HostConfig?.PortBindings ?? {}, NetworkSettings?.Ports ?? {}),
    memoryLimit: HostConfig?.Memory ? HostConfig.Memory : undefined,
    environment: (Config?.Env ?? []).map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? { name: pair, value: '' } : { name: pair.slice(0, at), value: pair.slice(at + 1) };
    }),
    tty: Config?.Tty ?? false,
    compose: await originOf(Config?.Labels),
  };
}

type Bindings = Readonly<Record<string, readonly { HostIp?: string; HostPort?: string }[] | null | undefined>>;

/** What is published now; of one that does not run, what would be. */
function portsOf(wanted: Bindings, actual: Bindings): ContainerFacts['ports'] {
  const all = (bindings: Bindings): ContainerFacts['ports'] =>
    Object.entries(bindings).flatMap(([port, hosts]) =>
      (hosts ?? []).flatMap(({ HostIp, HostPort }) => {
        const host = Number(HostPort);
        return host > 0 ? [{ container: Number.parseInt(port, 10), host, hostAddress: HostIp ?? '' }] : [];
      }),
    );
  const published = all(actual);
  return published.length > 0 ? published : all(wanted);
}

/** The engine writes year 1 for "never". */
function dateOf(text: string | undefined): Date | undefined {
  if (text === undefined || text === '' || text.startsWith('0001-')) return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function asList(value: string | string[] | undefined | null): string[] | undefined {
  return typeof value === 'string' ? [value] : (value ?? undefined);
}
