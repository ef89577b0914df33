import type { Files } from '../files/files.ts';
import { folderOf, resolveWritten } from './composePaths.ts';
import { type ComposeMap, textOf, valueAt } from './composeTree.ts';
import { discoverComposeFiles, filesOfSetting } from './discoverComposeFiles.ts';
import { ProjectLoader } from './projectLoader.ts';
import { readService } from './readService.ts';

/** One place in a file of the workspace. `file` is relative to the workspace, `line` 1-based. */
export interface SourceLine {
  file: string;
  line: number;
}

export interface ComposePort {
  /** Host port; undefined when the engine chooses it. */
  published: number | undefined;
  hostAddress: string | undefined;
  target: number;
  protocol: 'tcp' | 'udp';
  at: SourceLine;
}

export interface ComposeVariable {
  name: string;
  /** After interpolation; undefined for `KEY:` with no value (passed through from the shell). */
  value: string | undefined;
  at: SourceLine;
}

export interface ComposeMount {
  kind: 'bind' | 'volume' | 'tmpfs';
  /** After interpolation. A bind's path is relative to the workspace, or absolute when it lies outside. */
  source: string | undefined;
  target: string;
  readOnly: boolean;
  at: SourceLine;
}

export interface ComposeService {
  name: string;
  at: SourceLine;
  image: string | undefined;
  /** `context` is relative to the folder of the file in `at`, absolute outside the workspace, or a URL. */
  build: { context: string; dockerfile: string | undefined } | undefined;
  command: string[] | string | undefined;
  environment: ComposeVariable[];
  /** Paths are relative to the workspace, or absolute when they lie outside. */
  envFiles: { path: string; required: boolean; at: SourceLine }[];
  ports: ComposePort[];
  mounts: ComposeMount[];
  dependsOn: { service: string; condition: string; at: SourceLine }[];
  restart: string | undefined;
  profiles: string[];
  healthcheck: boolean;
  /** `mem_limit` or `deploy.resources.limits.memory`, as written. */
  memoryLimit: { text: string; at: SourceLine } | undefined;
  /** `cpus` or `deploy.resources.limits.cpus`, as written. */
  cpuLimit: { text: string; at: SourceLine } | undefined;
  /** What opens the host to it, as written: `privileged: true`, `network_mode: host`, `pid: host`. */
  hostAccess: { text: string; at: SourceLine }[];
  /** Networks by the names of the file; empty means the project's default one. */
  networks: string[];
}

/** A `${NAME}` in a compose file that has no value. `required`: written `${NAME:?…}` or `${NAME?…}`. */
export interface MissingVariable {
  name: string;
  required: boolean;
  message: string | undefined;
  at: SourceLine;
}

export interface ComposeProblem {
  message: string;
  at: SourceLine;
}

/** A compose project as the engine would resolve it: base file, override file and `COMPOSE_FILE` merged. */
export interface ComposeProject {
  files: string[];
  /** Services of the active profiles (`COMPOSE_PROFILES`); the others are in `inactive`. */
  services: ComposeService[];
  inactive: ComposeService[];
  missingVariables: MissingVariable[];
  /** Not YAML, wrong shapes, unknown services in depends_on. The parts that could be read are still in `services`. */
  problems: ComposeProblem[];
}

/** Compose files, read and resolved without the engine. */
export interface Compose {
  /** Projects of a workspace, one for each folder that holds compose files. `environment` is the shell's; the folder's `.env` is read as compose does. */
  projects(
    workspace: string,
    files: string[],
    environment: Readonly<Record<string, string | undefined>>,
    signal: AbortSignal,
  ): Promise<ComposeProject[]>;
}

/** @param files read access to the workspace; compose files outside of it are never opened */
export function createCompose(files: Files): Compose {
  return {
    async projects(workspace, listed, environment, signal) {
      const projects: ComposeProject[] = [];
      for (const { folder, files: found } of discoverComposeFiles(listed)) {
        signal.throwIfAborted();
        projects.push(await readProject(files, { workspace, listed, environment, signal, folder, found }));
      }
      return projects;
    },
  };
}

/** Ranges of media servers have thousands. */
const MAX_PORTS = 20_000;

interface ProjectPlace {
  workspace: string;
  listed: string[];
  environment: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  folder: string;
  found: string[];
}

async function readProject(files: Files, place: ProjectPlace): Promise<ComposeProject> {
  const { workspace, listed, environment, folder } = place;
  const loader = new ProjectLoader(files, workspace, environment, place.signal);
  const env = await loader.readEnv(folder);
  const setting = filesOfSetting(env.get('COMPOSE_FILE'), {
    separator: env.get('COMPOSE_PATH_SEPARATOR'),
    folder,
    workspace,
    files: listed,
  });
  const chosen = setting ?? place.found;
  const nodes = await loader.load(chosen, folderOf(chosen[0] ?? ''));
  const resolvePath = (written: string, base: string): string =>
    resolveWritten(written, base, workspace, environment.HOME);
  const problems = loader.hasSyntaxErrors ? [] : loader.problems;
  const budget = { left: MAX_PORTS };
  const services = [...nodes].map(([name, node]) => {
    const service = readService(name, node, resolvePath, problems, budget);
    const needsNoImage = node.entries.has('provider') || node.entries.has('build') || loader.incomplete.has(name);
    if (service.image === undefined && !needsNoImage) {
      problems.push({ message: `services.${name} has neither an image nor a build`, at: service.at });
    }
    for (const { service: wanted, at } of service.dependsOn) {
      const isOptional = /^false$/i.test(
        textOf(valueAt(valueAt(valueAt(node, 'depends_on'), wanted), 'required')) ?? '',
      );
      if (nodes.has(wanted) || isOptional) continue;
      problems.push({ message: `services.${name} depends on '${wanted}', which is not defined`, at });
    }
    if (!loader.includesOutside && !loader.incomplete.has(name)) problems.push(...undefinedIn(service, node, loader));
    return service;
  });
  const profiles = (environment.COMPOSE_PROFILES ?? env.get('COMPOSE_PROFILES') ?? '').split(',').map((p) => p.trim());
  const isActive = (service: ComposeService): boolean =>
    service.profiles.length === 0 || service.profiles.some((name) => profiles.includes(name) || profiles.includes('*'));
  return {
    files: chosen,
    services: services.filter(isActive),
    inactive: services.filter((service) => !isActive(service)),
    missingVariables: [...loader.missing.values()],
    problems: loader.problems,
  };
}

/** Networks and volumes that a service uses and no file defines: compose refuses the project. */
function undefinedIn(service: ComposeService, node: ComposeMap, { defined }: ProjectLoader): ComposeProblem[] {
  const at = node.entries.get('networks')?.keyAt ?? service.at;
  return [
    ...service.networks
      .filter((network) => !defined.networks.has(network))
      .map((network) => ({
        message: `services.${service.name} uses the network '${network}', which is not defined`,
        at,
      })),
    ...service.mounts
      .filter(({ kind, source }) => kind === 'volume' && source !== undefined && !defined.volumes.has(source))
      .map((mount) => ({
        message: `services.${service.name} mounts the volume '${mount.source}', which is not defined`,
        at: mount.at,
      })),
  ];
}
