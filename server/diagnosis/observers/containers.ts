import path from 'node:path';
import type { ContainerFacts, EngineAnswer, ImageFacts } from '../../systems/docker/docker.ts';
import { defineObserver } from '../observer.ts';
import { composeProjects } from './workspaceFiles.ts';

export interface WorkspaceContainers {
  /** Why the engine could not be asked; undefined when it answered, or when there was nothing to ask it. */
  because: string | undefined;
  /** Containers that compose made of this workspace's files. */
  list: ContainerFacts[];
  /** By the name of the compose service; the newest first. */
  byService: ReadonlyMap<string, ContainerFacts[]>;
}

const ENGINE_MS = 2_500;

/** The containers of the workspace's compose projects. The engine is asked only where there is a compose file. */
export const containers = defineObserver<WorkspaceContainers>({
  id: 'containers',
  label: 'containers',
  timeoutMs: ENGINE_MS + 3_500,
  observe: async ({ systems, workspace, signal, use }) => {
    const projects = await use(composeProjects);
    if (projects.length === 0) return { because: undefined, list: [], byService: new Map() };
    const answer = await systems.docker.containers({ timeoutMs: ENGINE_MS, signal });
    if (answer.kind !== 'ready') return { because: answer.because, list: [], byService: new Map() };
    const names = new Set(projects.map(({ files }) => projectName(workspace, files[0] ?? '')));
    const list = answer.value.filter(({ compose }) => {
      if (!compose) return false;
      if (compose.workingDir !== undefined && isInside(workspace, compose.workingDir)) return true;
      if (compose.files.some((file) => isInside(workspace, file))) return true;
      // Podman's compose says no more than the project's name.
      return compose.workingDir === undefined && names.has(compose.project);
    });
    const byService = new Map<string, ContainerFacts[]>();
    for (const container of list) {
      const service = container.compose?.service ?? '';
      byService.set(service, [...(byService.get(service) ?? []), container].sort(newestFirst));
    }
    return { because: undefined, list, byService };
  },
});

/** Images of this machine; asked only when containers of the workspace exist. */
export const images = defineObserver<EngineAnswer<ImageFacts[]> | undefined>({
  id: 'containers.images',
  label: 'container images',
  timeoutMs: 4_000,
  observe: async ({ systems, signal, use }) => {
    const { list } = await use(containers);
    return list.length === 0 ? undefined : systems.docker.images({ timeoutMs: 2_000, signal });
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
