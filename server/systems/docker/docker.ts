import type { AskOptions } from './askEngine.ts';
import { type EngineAddress, findEngines } from './findEngine.ts';
import { readContainers } from './readContainers.ts';
import { readDiskUse } from './readDiskUse.ts';
import { readEvents } from './readEvents.ts';
import { readImages } from './readImages.ts';
import { type EngineInfo, readInfo } from './readInfo.ts';
import { readLog } from './readLog.ts';
import { readNetworks } from './readNetworks.ts';
import { readUsage } from './readUsage.ts';
import { readUsers } from './readUsers.ts';
import { type ContainerDeath, watchDeaths } from './watchDeaths.ts';

export interface ContainerMount {
  kind: string;
  /** Path on the host of a bind, name of a volume. */
  source: string;
  /** Where it lies on the engine's machine; of a volume, too. */
  hostPath: string;
  destination: string;
  writable: boolean;
}

/** One container as the engine describes it. */
export interface ContainerFacts {
  id: string;
  name: string;
  /** As it was asked for: `postgres:16`. */
  image: string;
  imageId: string;
  state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  pid: number | undefined;
  exitCode: number;
  oomKilled: boolean;
  /** The engine's own words when it could not start it. */
  error: string;
  startedAt: Date | undefined;
  finishedAt: Date | undefined;
  restartCount: number;
  /** `no`, `always`, `unless-stopped`, `on-failure`. */
  restartPolicy: string;
  health:
    | {
        status: 'starting' | 'healthy' | 'unhealthy';
        failingStreak: number;
        /** What the check runs. */
        test: string[];
        /** The last runs, newest last. */
        log: { at: Date | undefined; exitCode: number; output: string }[];
      }
    | undefined;
  /** `uid[:gid]` or a name; '' for the image's own. */
  user: string;
  command: string[];
  networks: { name: string; address: string; aliases: string[] }[];
  networkMode: string;
  /** `host`, `container:…` or ''. */
  pidMode: string;
  /** It has all rights of root on the host. */
  privileged: boolean;
  mounts: ContainerMount[];
  ports: { container: number; host: number; hostAddress: string }[];
  /** Bytes; undefined without a limit. */
  memoryLimit: number | undefined;
  environment: { name: string; value: string }[];
  tty: boolean;
  /** Set when compose made it. */
  compose: ComposeOrigin | undefined;
}

/** Where a container came from, as compose writes it into its labels. Links in the paths are resolved. */
export interface ComposeOrigin {
  project: string;
  service: string;
  workingDir: string | undefined;
  files: string[];
  /** Of `compose run`: a command that somebody ran once, not the service. */
  oneOff: boolean;
}

/** A container that nobody asked about: only what the engine's list says. */
export interface ContainerSummary {
  id: string;
  name: string;
  image: string;
  running: boolean;
  ports: ContainerFacts['ports'];
  compose: ComposeOrigin | undefined;
}

export interface EngineContainers {
  /** Those that were asked for, looked at in full. */
  list: ContainerFacts[];
  others: ContainerSummary[];
}

export interface ImageFacts {
  tags: string[];
  id: string;
  sizeBytes: number;
}

/** What a running container uses now. */
export interface ContainerUsage {
  /** Bytes, without the page cache that the kernel would give back; undefined when the engine does not tell. */
  memoryBytes: number | undefined;
  /** Bytes; the machine's memory where there is no limit. */
  memoryLimitBytes: number | undefined;
  /** How often an allocation hit the limit (cgroup v1 only). */
  memoryFailures: number | undefined;
  processes: number | undefined;
}

/** Something that happened to a container: `oom`, `die`, `kill`, `stop`, `start`, `health_status: unhealthy` … */
export interface EngineEvent {
  action: string;
  at: Date;
  /** Id of the container. */
  container: string;
  exitCode: number | undefined;
}

export interface NetworkFacts {
  name: string;
  driver: string;
  /** No way out of it. */
  internal: boolean;
  /** The key in the compose file. */
  compose: { project: string; network: string } | undefined;
}

/** Bytes on the engine's disk. */
export interface EngineDiskUse {
  images: number;
  /** Of images that no container uses. */
  unusedImages: number;
  containers: number;
  volumes: number;
  buildCache: number;
}

/** Why the engine could not be asked, for a person; `ready` otherwise. */
export type EngineAnswer<T> =
  | { kind: 'ready'; address: string; value: T }
  | { kind: 'notInstalled' | 'noPermission' | 'timedOut' | 'unreachable'; because: string };

/** `host`: another engine than the user's own, as DOCKER_HOST would name it. */
export interface OtherEngine {
  host?: string | undefined;
}

/** Docker or another engine with its API, read only. Every call ends within its time limit, whatever the engine does. */
export interface Docker {
  /**
   * All containers, also those that ended. One that vanishes between the list and the look is left out.
   * @param options.wanted which of compose's are looked at in full; default: all containers. The environment of the others is never read.
   */
  containers(
    options: AskOptions & { wanted?: (origin: ComposeOrigin) => boolean },
  ): Promise<EngineAnswer<EngineContainers>>;
  /**
   * The end of a container's output, its two streams in the order in which they were written; text that is not UTF-8 is
   * replaced. Each line begins with the engine's own time (RFC 3339, nanoseconds) and a blank.
   */
  log(id: string, options: AskOptions & { lines: number }): Promise<EngineAnswer<string>>;
  images(options: AskOptions & OtherEngine): Promise<EngineAnswer<ImageFacts[]>>;
  info(options: AskOptions & OtherEngine): Promise<EngineAnswer<EngineInfo>>;
  networks(options: AskOptions): Promise<EngineAnswer<NetworkFacts[]>>;
  /** One look, not a stream. Of a container that does not run, everything is undefined. */
  usage(id: string, options: AskOptions): Promise<EngineAnswer<ContainerUsage>>;
  /** What happened to containers since a time, oldest first. The engine keeps its last 256 events of all kinds. */
  events(options: AskOptions & { since: Date; actions: readonly string[] }): Promise<EngineAnswer<EngineEvent[]>>;
  /** User ids by name, of the container's own /etc/passwd; also of one that does not run. */
  users(id: string, options: AskOptions): Promise<EngineAnswer<ReadonlyMap<string, { uid: number; gid: number }>>>;
  /** Slow on a full disk: seconds. */
  diskUse(options: AskOptions): Promise<EngineAnswer<EngineDiskUse>>;
  /** Tells of containers of compose as they die, until the signal aborts, the engine ends, or because there is none. */
  watchDeaths(onDeath: (death: ContainerDeath) => void, signal: AbortSignal): Promise<'ended' | 'absent'>;
}

/** @param environment where DOCKER_HOST, DOCKER_CONTEXT and HOME are looked up */
export function createDocker(environment: Readonly<Record<string, string | undefined>>): Docker {
  const engines = (): Promise<EngineAddress[]> => findEngines(environment);
  const enginesAt = (host: string | undefined) => (): Promise<EngineAddress[]> =>
    findEngines(host === undefined ? environment : { ...environment, DOCKER_HOST: host });
  return {
    containers: (options) => readContainers(engines, options),
    log: (id, options) => readLog(engines, id, options),
    images: ({ host, ...options }) => readImages(enginesAt(host), options),
    info: ({ host, ...options }) => readInfo(enginesAt(host), options),
    networks: (options) => readNetworks(engines, options),
    usage: (id, options) => readUsage(engines, id, options),
    events: (options) => readEvents(engines, options),
    users: (id, options) => readUsers(engines, id, options),
    diskUse: (options) => readDiskUse(engines, options),
    watchDeaths: (onDeath, signal) => watchDeaths(engines, onDeath, signal),
  };
}
