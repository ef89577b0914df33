import path from 'node:path';
import type {
  ComposeOrigin,
  ContainerFacts,
  ContainerSummary,
  EngineAnswer,
  EngineEvent,
  ImageFacts,
} from '../../systems/docker/docker.ts';
import { defineObserver } from '../observer.ts';
import { composeProjects } from './workspaceFiles.ts';

export interface WorkspaceContainers {
  /** Why the engine could not be asked; undefined when it answered, or when there was nothing to ask it. */
  because: string | undefined;
  /** Containers that compose made of this workspace's files. */
  list: ContainerFacts[];
  /** By the name of the compose service; the newest first. */
  byService: ReadonlyMap<string, ContainerFacts[]>;
  /** All others of the engine: they may hold what this workspace needs. */
  others: ContainerSummary[];
}

export const NO_CONTAINERS: WorkspaceContainers = { because: undefined, list: [], byService: new Map(), others: [] };

const ENGINE_MS = 2_500;

/** The containers of the workspace's compose projects. The engine is asked only where there is a compose file. */
export const containers = defineObserver<WorkspaceContainers>({
  id: 'containers',
  label: 'containers',
  timeoutMs: ENGINE_MS + 3_500,
  observe: async ({ systems, workspace, signal, use }) => {
    const projects = await use(composeProjects);
    if (projects.length === 0) return NO_CONTAINERS;
    const names = new Set(projects.map(({ files }) => projectName(workspace, files[0] ?? '')));
    const wanted = ({ oneOff, workingDir, files, project }: ComposeOrigin): boolean => {
      // `compose run` leaves containers of a service behind that are not the service.
      if (oneOff) return false;
      if (workingDir !== undefined && isInside(workspace, workingDir)) return true;
      if (files.some((file) => isInside(workspace, file))) return true;
      // Podman's compose says no more than the project's name.
      return workingDir === undefined && names.has(project);
    };
    const answer = await systems.docker.containers({ timeoutMs: ENGINE_MS, signal, wanted });
    if (answer.kind !== 'ready') return { ...NO_CONTAINERS, because: answer.because };
    const { list, others } = answer.value;
    const byService = new Map<string, ContainerFacts[]>();
    for (const container of list) {
      const service = container.compose?.service ?? '';
      byService.set(service, [...(byService.get(service) ?? []), container].sort(newestFirst));
    }
    return { because: undefined, list, byService, others };
  },
});

/** Images of the engine; asked only where a compose file names one. */
export const images = defineObserver<EngineAnswer<ImageFacts[]> | undefined>({
  id: 'containers.images',
  label: 'container images',
  timeoutMs: 4_000,
  observe: async ({ systems, signal, use }) => {
    const projects = await use(composeProjects);
    const named = projects.some((project) =>
      project.services.some(({ image, build }) => image !== undefined && !build),
    );
    return !named ? undefined : systems.docker.images({ timeoutMs: 2_000, signal });
  },
});

const EVENTS_MS = 1_500;
const RECENT_MS = 3_600_000;

/** What happened to the workspace's containers within the last hour, as far as the engine remembers. */
export const containerEvents = defineObserver<EngineEvent[]>({
  id: 'containers.events',
  label: 'events of the containers',
  timeoutMs: EVENTS_MS + 4_500,
  observe: async ({ systems, clock, signal, use }) => {
    const { list } = await use(containers);
    if (list.length === 0) return [];
    const since = new Date(clock.now().getTime() - RECENT_MS);
    const actions = ['oom', 'die', 'kill', 'stop'];
    const answer = await systems.docker.events({ timeoutMs: EVENTS_MS, signal, since, actions });
    return answer.kind === 'ready' ? answer.value.filter((event) => list.some(({ id }) => id === event.container)) : [];
  },
});

function isInside(workspace: string, place: string): boolean {
  const relative = path.relative(workspace, place);
  return !relative.startsWith('..') && !path.isAbsolute(relative);
}

/** As compose makes it of the folder's name. */
function projectName(workspace: string, file: string): string {
  const folder = path.basename(path.resolve(workspace, path.dirname(file)));
  return folder.toLowerCase().replace(/[^a-z0-9_-]/g, '');
}

function newestFirst(a: ContainerFacts, b: ContainerFacts): number {
  const running = Number(b.state === 'running') - Number(a.state === 'running');
  return running || (b.startedAt?.getTime() ?? 0) - (a.startedAt?.getTime() ?? 0);
}
