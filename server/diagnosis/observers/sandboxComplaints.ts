import path from 'node:path';
import type { EngineAnswer, ImageFacts } from '../../systems/docker/docker.ts';
import type { EngineInfo } from '../../systems/docker/readInfo.ts';
import type { PathState } from '../../systems/files/files.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { isInFolder } from '../targets/addressVariables.ts';
import { type LogEntry, type ServiceState, serviceStates } from './serviceStates.ts';
import { sourceFacts } from './workspaceFiles.ts';

/** A present error in which a service that runs code in containers complains of the engine, and what the engine says now. */
export interface SandboxComplaint {
  state: ServiceState;
  entry: LogEntry;
  trouble:
    | { kind: 'unavailable'; isDenied: boolean; socket: PathState | undefined; socketPath: string | undefined }
    /** The command that the service calls, and the folder of PATH that has it. */
    | { kind: 'noCommand'; command: string; foundIn: string | undefined }
    | { kind: 'image'; image: string; images: EngineAnswer<ImageFacts[]> }
    | { kind: 'runtime'; runtime: string }
    | { kind: 'profile'; file: string; found: PathState }
    | { kind: 'cpus'; available: number };
  /** Where the service looks for its engine, when it says so. */
  host: string | undefined;
  info: EngineAnswer<EngineInfo>;
}

/** Code that talks to an engine: its clients, or the command with one of its verbs. */
const USES_ENGINE =
  /dockerode|testcontainers|docker\.from_env|DockerClient|\bimport docker\b|\bfrom docker\b|github\.com\/docker\/docker|\bbollard\b|aiodocker|["'`](?:docker|podman)["'`]\s*,\s*\[?\s*["'`](?:run|exec|create)\b|\b(?:docker|podman) (?:run|exec|create) /;
const UNAVAILABLE =
  /Cannot connect to the Docker daemon|Is the docker daemon running|connect (?:ENOENT|ECONNREFUSED|EACCES) \S{0,200}(?:docker|podman)[\w.-]{0,40}\.sock|permission denied while trying to connect to the (?:Docker daemon|docker API)|Error while fetching server API version|dial unix \S{0,200}\.sock: connect:|Could not find a working container runtime strategy|Could not find a valid Docker environment/i;
const DENIED = /EACCES|permission denied/i;
const NO_COMMAND =
  /\bspawn (docker|podman) ENOENT|\b(docker|podman): (?:command )?not found|No such file or directory: '(docker|podman)'|exec: "(docker|podman)": executable file not found/;
const IMAGE: readonly RegExp[] = [
  /[Nn]o such image: ([\w./:@-]{1,200})/,
  /Unable to find image '([^']{1,200})'/,
  /pull access denied for ([\w./:@-]{1,200})/,
  /manifest for ([\w./:@-]{1,200}) not found/,
  /ImageNotFound[^\n]{0,200}"No such image: ([\w./:@-]{1,200})"/,
];
const RUNTIME = /[Uu]nknown (?:or invalid runtime name:?|runtime specified) ([\w.-]{1,60})/;
const PROFILE = /open(?:ing)? seccomp profile \(?([^\s:)]{1,200})/;
const CPUS = /[Rr]ange of CPUs is from 0\.01 to [\d.]{1,8}, as there (?:is|are) only (\d{1,4}) CPUs? available/;
const SOCKET = /(?:unix:\/\/|\s|^)(\/[\w./@-]{1,200}\.sock)\b/;
const MAX_TEXT = 4_000;
const ENGINE_MS = 2_000;

export const sandboxComplaints = defineObserver<SandboxComplaint[]>({
  id: 'sandbox.complaints',
  label: 'sandboxes of the services',
  timeoutMs: 9_000,
  observe: async (run) => {
    const [states, source] = await Promise.all([run.use(serviceStates), run.use(sourceFacts)]);
    const found = await Promise.all(
      states.map(async (state): Promise<SandboxComplaint | undefined> => {
        const entry = state.errors.findLast(({ record }) => speaksOfEngine(record.text.slice(0, MAX_TEXT)));
        const own = source.files.filter((file) => isInFolder(file, state.service.folder));
        if (!entry || !own.some((file) => USES_ENGINE.test(source.textOf(file) ?? ''))) return undefined;
        return ask(state, entry, run);
      }),
    );
    return found.filter((each) => each !== undefined);
  },
});

function speaksOfEngine(text: string): boolean {
  return [UNAVAILABLE, NO_COMMAND, ...IMAGE, RUNTIME, PROFILE, CPUS].some((pattern) => pattern.test(text));
}

async function ask(state: ServiceState, entry: LogEntry, run: Observation): Promise<SandboxComplaint> {
  const host = hostOf(state, run);
  const options = { timeoutMs: ENGINE_MS, signal: run.signal, host };
  const text = entry.record.text.slice(0, MAX_TEXT);
  const [info, trouble] = await Promise.all([run.systems.docker.info(options), troubleOf(text, state, host, run)]);
  return { state, entry, host, info, trouble };
}

/** A variable of the service that leads to an engine of this machine; any other address is not asked. */
function hostOf({ service }: ServiceState, { environment }: Observation): string | undefined {
  const own = service.environment.find(({ name }) => name === 'DOCKER_HOST')?.value;
  const isHere = own !== undefined && /^(?:unix:\/\/\/|tcp:\/\/(?:127\.|localhost[:/]))/.test(own);
  return isHere ? own : environment.DOCKER_HOST || undefined;
}

async function troubleOf(
  text: string,
  { service }: ServiceState,
  host: string | undefined,
  { systems, workspace, environment, signal }: Observation,
): Promise<SandboxComplaint['trouble']> {
  const group = (patterns: readonly RegExp[]): string | undefined =>
    patterns
      .map((pattern) =>
        pattern
          .exec(text)
          ?.slice(1)
          .find((each) => each !== undefined),
      )
      .find((each) => each);
  const image = group(IMAGE);
  if (image !== undefined)
    return { kind: 'image', image, images: await systems.docker.images({ timeoutMs: ENGINE_MS, signal, host }) };
  const runtime = group([RUNTIME]);
  if (runtime !== undefined) return { kind: 'runtime', runtime };
  const file = group([PROFILE]);
  if (file !== undefined)
    return { kind: 'profile', file, found: await systems.files.state(path.resolve(workspace, service.folder, file)) };
  const cpus = group([CPUS]);
  if (cpus !== undefined) return { kind: 'cpus', available: Number(cpus) };
  const command = group([NO_COMMAND]);
  if (command !== undefined) {
    const folders = (environment.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
    const states = await Promise.all(folders.map((folder) => systems.files.state(path.join(folder, command))));
    return { kind: 'noCommand', command, foundIn: folders.find((_, index) => states[index]?.kind === 'file') };
  }
  const socketPath = SOCKET.exec(text)?.[1] ?? (host?.startsWith('unix://') ? host.slice('unix://'.length) : undefined);
  const socket = socketPath === undefined ? undefined : await systems.files.state(socketPath);
  return { kind: 'unavailable', isDenied: DENIED.test(text), socket, socketPath };
}
