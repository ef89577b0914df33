import { defineCause, HOST_TARGET, type Judgement, proved, unknown } from '../../cause.ts';
import { containerEvidence } from '../../containerText.ts';
import { containers, images } from '../../observers/containers.ts';
import { targetsOf } from '../../observers/targets.ts';
import { composeProjects } from '../../observers/workspaceFiles.ts';
import { isEndpoint, isService, sourceText } from '../../targets/target.ts';

const NO_IMAGE =
  /no such image|image .{0,200}not found|manifest .{0,100}unknown|pull access denied|repository does not exist/i;

export const imageMissing = defineCause({
  id: 'image.missing',
  category: 'startup',
  summary: 'The image of a compose service is not on this machine, so it has no container',
  advice: {
    sure: 'The engine lists its images, and this one is not among them while its neighbours already run.',
    first: 'Pull or build the image by hand and read the error: a wrong tag, a missing login, or no network.',
    verify: 'docker images lists it, and docker compose up creates the container.',
  },
  needs: { engine: containers, images, projects: composeProjects, targets: targetsOf },
  explains: [
    'service.down',
    'database.unreachable',
    'cache.unreachable',
    'network.refused',
    'dns.failed',
    'proxy.upstream-down',
    'container.exited',
    'container.network-mismatch',
  ],
  judge: ({ engine, images: answer, projects, targets }) => {
    if (engine.list.length === 0 || answer === undefined) return [];
    if (answer.kind !== 'ready') return [unknown({ because: answer.because })];
    const tags = new Set(answer.value.flatMap((image) => image.tags.map(withTag)));
    const ids = new Set(answer.value.map(({ id }) => id));
    return projects.flatMap((project) =>
      project.services.flatMap((service): Judgement[] => {
        if (service.image === undefined || service.build) return [];
        const own = engine.byService.get(service.name)?.[0];
        const here = tags.has(withTag(service.image)) || [...ids].some((id) => id.startsWith(service.image ?? ''));
        const refused = own !== undefined && NO_IMAGE.test(own.error);
        // A neighbour was created: somebody has brought the project up, and this service was left behind.
        if (here || (own !== undefined && !refused)) return [];
        const target = targets.find(
          (candidate) => (isService(candidate) || isEndpoint(candidate)) && candidate.compose?.name === service.name,
        );
        return [
          proved({
            target: target?.name ?? HOST_TARGET,
            summary: `The image ${service.image} of ${service.name} is not on this machine, so ${service.name} has no container while ${engine.list.length} of its project exist`,
            evidence: [
              {
                kind: 'container',
                source: 'docker images',
                text: `${answer.value.length} images, none of them ${service.image}`,
              },
              {
                kind: 'config',
                source: sourceText(service.at),
                text: `services.${service.name}: image ${service.image}`,
              },
              ...engine.list.slice(0, 2).map(containerEvidence),
            ],
            fixes: [
              {
                title: `Pull ${service.image}`,
                risk: 'execute',
                changes: [{ kind: 'command', argv: ['docker', 'pull', service.image] }],
                undo: false,
                verify: `docker images lists ${service.image}.`,
              },
            ],
          }),
        ];
      }),
    );
  },
});

/** `postgres` means `postgres:latest`; the registry's default name is left out by the engine, too. */
function withTag(image: string): string {
  const plain = image.replace(/^(?:docker\.io\/)?(?:library\/)?/, '');
  return /:[^/]+$/.test(plain) || plain.includes('@') ? plain : `${plain}:latest`;
}
