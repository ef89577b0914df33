import { type EngineAddress, findEngines } from './findEngine.ts';
import { readContainers } from './readContainers.ts';
import { readImages } from './readImages.ts';
import { readLog } from './readLog.ts';
import { type ContainerDeath, watchDeaths } from './watchDeaths.ts';

export interface ContainerMount {
  kind: string;
  /** Path on the host of a bind, name of a volume. */
  source: string;
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
  mounts: ContainerMount[];
  ports: { container: number; host: number; hostAddress: string }[];
  /** Bytes; undefined without a limit. */
  memoryLimit: number | undefined;
  environment: { name: string; value: string }[];
  tty: boolean;
  /** Set when compose made it. */
  compose: { project: string; service: string; workingDir: string | undefined; files: string[] } | undefined;
}

export interface ImageFacts {
  tags: string[];
  id: string;
  sizeBytes: number;
}

/** Why the engine could not be asked, for a person; `ready` otherwise. */
export type EngineAnswer<T> =
  | { kind: 'ready'; address: string; value: T }
  | { kind: 'notInstalled' | 'noPermission' | 'timedOut' | 'unreachable'; because: string };

/** Docker or another engine with its API, read only. Every call ends within its time limit, whatever the engine does. */
export interface Docker {
  /** All containers, also those that ended. One that vanishes between the list and the look is left out. */
  containers(options: { timeoutMs: number; signal: AbortSignal }): Promise<EngineAnswer<ContainerFacts[]>>;
  /**
   * The end of a container's output, its two streams in the order in which they were written; text that is not UTF-8 is
   * replaced. Each line begins with the engine's own time (RFC 3339, nanoseconds) and a blank.
   */
  log(id: string, options: { lines: number; timeoutMs: number; signal: AbortSignal }): Promise<EngineAnswer<string>>;
  images(options: { timeoutMs: number; signal: AbortSignal }): Promise<EngineAnswer<ImageFacts[]>>;
  /** Tells of containers of compose as they die, until the signal aborts, the engine ends, or because there is none. */
  watchDeaths(onDeath: (death: ContainerDeath) => void, signal: AbortSignal): Promise<'ended' | 'absent'>;
}

/** @param environment where DOCKER_HOST, DOCKER_CONTEXT and HOME are looked up */
export function createDocker(environment: Readonly<Record<string, string | undefined>>): Docker {
  const engines = (): Promise<EngineAddress[]> => findEngines(environment);
  return {
    containers: (options) => readContainers(engines, options),
    log: (id, options) => readLog(engines, id, options),
    images: (options) => readImages(engines, options),
    watchDeaths: (onDeath, signal) => watchDeaths(engines, onDeath, signal),
  };
}
