import path from 'node:path';
import type { Evidence } from '../../protocol/diagnosis.ts';
import type { ComposeProject, ComposeService } from '../../systems/compose/compose.ts';
import type { ContainerFacts, EngineEvent } from '../../systems/docker/docker.ts';
import type { LineOf } from '../composeEdits.ts';
import { containerEvidence, speaksOf } from '../containerText.ts';
import { logEvidence } from '../evidence.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { isEndpoint, isService, type Target } from '../targets/target.ts';
import { containerLogs } from './containerLogs.ts';
import { containerEvents, containers } from './containers.ts';
import type { WorkspaceLog } from './serviceLogs.ts';
import { type ServiceState, serviceStates } from './serviceStates.ts';
import { targetsOf } from './targets.ts';
import { composeProjects } from './workspaceFiles.ts';

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
  /** Lines of the compose files, for fixes that edit them. */
  lineOf: LineOf;
  /** What the engine saw happen to it within the last hour, oldest first. */
  events: EngineEvent[];
  /** The service runs as a process of this machine, too. */
  onHost: boolean;
  /** Services that need it and cannot reach something now. */
  complaints: Complaint[];
}

export interface Complaint {
  service: string;
  evidence: Evidence;
  /** It names this one; else it only says that a connection failed. */
  named: boolean;
}

/** Words of programs that miss somebody they talk to. */
const MISSED =
  /ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|[Cc]onnection (?:refused|reset|closed|timed out|error)|could not connect|[Uu]nreachable|[Nn]ame or service not known|no such host/;

export const containerTargets = defineObserver<ContainerTarget[]>({
  id: 'containers.targets',
  label: 'compose services in containers',
  timeoutMs: 16_000,
  observe: async (run) => {
    const { use } = run;
    const engine = await use(containers);
    if (engine.list.length === 0) return [];
    const [targets, logs, states, events] = await Promise.all([
      use(targetsOf),
      use(containerLogs),
      use(serviceStates),
      // They only add to what the containers say themselves.
      use(containerEvents).catch((): EngineEvent[] => []),
    ]);
    const lineOf = await composeLines(run, await use(composeProjects));
    const list = targets.flatMap((target): Omit<ContainerTarget, 'complaints'>[] => {
      const compose = isService(target) || isEndpoint(target) ? target.compose : undefined;
      const container = compose && engine.byService.get(compose.name)?.[0];
      if (!compose || !container) return [];
      const state = states.find(({ service }) => service.name === target.name);
      return [
        {
          name: target.name,
          target,
          compose,
          container,
          lineOf,
          logs: logs.get(compose.name) ?? [],
          state,
          events: events.filter((event) => event.container === container.id),
          onHost: state !== undefined && state.processes.length > 0,
        },
      ];
    });
    return list.map((each) => ({ ...each, complaints: complaintsOf(each, states) }));
  },
});

async function composeLines(
  { systems, workspace, signal }: Observation,
  projects: readonly ComposeProject[],
): Promise<LineOf> {
  const files = [...new Set(projects.flatMap((project) => project.files))];
  const texts = await Promise.all(files.map((file) => systems.files.readText(path.join(workspace, file), { signal })));
  const lines = new Map(files.map((file, index) => [file, texts[index]?.split(/\r?\n/) ?? []]));
  return (file, line) => lines.get(file)?.[line - 1];
}

/** By those who need it; the errors of a service that name it weigh more than those that could mean anybody. */
function complaintsOf(target: Omit<ContainerTarget, 'complaints'>, states: readonly ServiceState[]): Complaint[] {
  return states.flatMap(({ service, errors, warnings, crashes, container }): Complaint[] => {
    if (!service.dependsOn.some((edge) => edge.target === target.name)) return [];
    const entries = [...warnings, ...errors, ...crashes].filter(({ record }) => MISSED.test(record.text));
    const naming = entries.findLast(({ record }) => speaksOf(record.text, target));
    const entry = naming ?? entries.at(-1);
    if (entry) return [{ service: service.name, evidence: logEvidence(entry), named: naming !== undefined }];
    const check = container?.health?.status === 'unhealthy' ? container.health.log.at(-1) : undefined;
    if (!container || !check || !speaksOf(check.output, target)) return [];
    return [{ service: service.name, evidence: containerEvidence(container), named: true }];
  });
}
