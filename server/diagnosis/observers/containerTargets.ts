import path from 'node:path';
import type { ComposeService } from '../../systems/compose/compose.ts';
import type { ContainerFacts } from '../../systems/docker/docker.ts';
import { defineObserver } from '../observer.ts';
import { isEndpoint, isService, type Target } from '../targets/target.ts';
import { containerLogs } from './containerLogs.ts';
import { containers } from './containers.ts';
import type { WorkspaceLog } from './serviceLogs.ts';
import { type ServiceState, serviceStates } from './serviceStates.ts';
import { targetsOf } from './targets.ts';

/** One compose service with the newest container of it. */
export interface ContainerTarget {
  /** Name of the target. */
  name: string;
  target: Target;
  compose: ComposeService;
  container: ContainerFacts;
  logs: WorkspaceLog[];
  /** Absent for databases, caches and others that are not the user's own program. */
  state: ServiceState | undefined;
  /** The line of the compose file that limits its memory, whole. */
  memoryLine: string | undefined;
  /** Targets that need this one and show errors now, by name. */
  neededBy: string[];
}

export const containerTargets = defineObserver<ContainerTarget[]>({
  id: 'containers.targets',
  label: 'compose services in containers',
  timeoutMs: 16_000,
  observe: async ({ systems, workspace, signal, use }) => {
    const engine = await use(containers);
    if (engine.list.length === 0) return [];
    const [targets, logs, states] = await Promise.all([use(targetsOf), use(containerLogs), use(serviceStates)]);
    const texts = new Map<string, string | undefined>();
    for (const service of targets.flatMap((target) => ('compose' in target ? (target.compose ?? []) : []))) {
      const file = service.memoryLimit?.at.file;
      if (file !== undefined && !texts.has(file))
        texts.set(file, await systems.files.readText(path.join(workspace, file), { signal }));
    }
    return targets.flatMap((target): ContainerTarget[] => {
      const compose = isService(target) || isEndpoint(target) ? target.compose : undefined;
      const container = compose && engine.byService.get(compose.name)?.[0];
      if (!compose || !container) return [];
      return [
        {
          name: target.name,
          target,
          compose,
          container,
          memoryLine:
            compose.memoryLimit &&
            texts.get(compose.memoryLimit.at.file)?.split(/\r?\n/)[compose.memoryLimit.at.line - 1],
          logs: logs.get(compose.name) ?? [],
          state: states.find(({ service }) => service.name === target.name),
          neededBy: states
            .filter(
              ({ service, errors, running, container: own }) =>
                service.dependsOn.some((edge) => edge.target === target.name) &&
                (errors.length > 0 || !running || own?.health?.status === 'unhealthy'),
            )
            .map(({ service }) => service.name),
        },
      ];
    });
  },
});
