import { defineCause, HOST_TARGET, proved } from '../../cause.ts';
import { containers } from '../../observers/containers.ts';
import { targetsOf } from '../../observers/targets.ts';
import { composeProjects } from '../../observers/workspaceFiles.ts';
import { isEndpoint, isService, sourceText } from '../../targets/target.ts';

export const composeInvalid = defineCause({
  id: 'compose.invalid',
  category: 'startup',
  summary: 'The compose file cannot be resolved: compose refuses it whole',
  advice: {
    sure: 'The file was read as compose reads it, and the named line has no valid meaning.',
    first: 'Repair the named line; docker compose config prints the file once it is valid.',
    verify: 'docker compose config prints the resolved project without an error.',
  },
  needs: { projects: composeProjects, engine: containers, targets: targetsOf },
  explains: [
    'service.down',
    'database.unreachable',
    'cache.unreachable',
    'network.refused',
    'dns.failed',
    'container.exited',
    'image.missing',
    'proxy.upstream-down',
  ],
  judge: ({ projects, engine, targets }) =>
    projects.flatMap((project) => {
      const [first, ...others] = project.problems;
      if (!first) return [];
      const own = targets.find(
        (target) =>
          (isService(target) || isEndpoint(target)) &&
          target.compose !== undefined &&
          project.files.includes(target.compose.at.file),
      );
      // What runs was started from an earlier state of the file.
      const up = engine.list.some(({ state }) => state === 'running');
      return [
        proved({
          target: own?.name ?? HOST_TARGET,
          summary: `${first.at.file} cannot be used: ${first.message}${others.length > 0 ? ` (and ${others.length} more)` : ''}`,
          confidence: up ? 'likely' : 'proved',
          evidence: [first, ...others].slice(0, 5).map((problem) => ({
            kind: 'config' as const,
            source: sourceText(problem.at),
            text: problem.message,
          })),
        }),
      ];
    }),
});
