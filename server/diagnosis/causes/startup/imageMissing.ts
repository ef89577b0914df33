import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { ComposeService } from '../../../systems/compose/compose.ts';
import type { ContainerFacts } from '../../../systems/docker/docker.ts';
import { defineCause, HOST_TARGET, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { containerEvidence, isUp } from '../../containerText.ts';
import { clip, logEvidence } from '../../evidence.ts';
import { withTag } from '../../imageName.ts';
import { containers, images } from '../../observers/containers.ts';
import { type ContainerTarget, containerTargets } from '../../observers/containerTargets.ts';
import { serviceLogs } from '../../observers/serviceLogs.ts';
import type { LogEntry } from '../../observers/serviceStates.ts';
import { targetsOf } from '../../observers/targets.ts';
import { composeProjects } from '../../observers/workspaceFiles.ts';
import { isEndpoint, isService, sourceText } from '../../targets/target.ts';

const NO_IMAGE =
  /no such image|image .{0,200}not found|manifest (?:for .{0,200})?(?:unknown|not found)|pull access denied|repository does not exist/i;

/** A failed pull ends the log of the attempt. */
const LAST_RECORDS = 12;

export const imageMissing = defineCause({
  id: 'image.missing',
  category: 'startup',
  summary: 'The image of a compose service is not on this machine, so it has no container',
  advice: {
    sure: 'The engine lists its images, and this one is not among them and somebody tried to use it: what depends on it runs, or its pull failed.',
    first: 'Pull or build the image by hand and read the error: a wrong tag, a missing login, or no network.',
    verify: 'docker images lists it, and docker compose up creates the container.',
  },
  needs: {
    engine: containers,
    images,
    projects: composeProjects,
    targets: targetsOf,
    containers: containerTargets,
    logs: serviceLogs,
  },
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
  judge: ({ engine, images: answer, projects, targets, containers: withContainer, logs }) => {
    if (answer === undefined) return [];
    const said = [...logs.byService.values(), logs.others]
      .flat()
      .flatMap((log) =>
        log.records.slice(-LAST_RECORDS).flatMap((record) => (NO_IMAGE.test(record.text) ? [{ log, record }] : [])),
      );
    const suspects = projects.flatMap((project) =>
      project.services.flatMap((service): Suspect[] => {
        if (service.image === undefined || service.build) return [];
        const image = service.image;
        const own = engine.byService.get(service.name)?.[0];
        if (own !== undefined && !NO_IMAGE.test(own.error)) return [];
        // Somebody started what needs it, or tried to pull it: else it may never have been meant to run.
        const needing = withContainer.find(
          (other) => isUp(other.container) && other.compose.dependsOn.some((edge) => edge.service === service.name),
        );
        const complaint = said.findLast(({ record }) => record.text.includes(image.replace(/[:@].*$/, '')));
        return own || needing || complaint ? [{ service, image, own, needing, complaint }] : [];
      }),
    );
    if (suspects.length === 0) return [];
    if (answer.kind !== 'ready')
      return [unknown({ because: `the engine does not list its images: ${answer.because}`, next: 'docker images' })];
    const tags = new Set(answer.value.flatMap((image) => image.tags.map(withTag)));
    return suspects.map((suspect): Judgement => {
      const { service, image } = suspect;
      const target =
        targets.find(
          (candidate) => (isService(candidate) || isEndpoint(candidate)) && candidate.compose?.name === service.name,
        )?.name ?? HOST_TARGET;
      const list = {
        kind: 'container' as const,
        source: 'docker images',
        text: `${answer.value.length} images, none of them ${image}`,
      };
      const here = tags.has(withTag(image)) || answer.value.some(({ id }) => id.startsWith(image) || id === image);
      const evidence = evidenceOf(suspect);
      if (here)
        return refuted({
          target,
          because: `${image} is on this machine`,
          evidence: [{ ...list, text: `${image} is among ${answer.value.length} images` }, ...evidence],
        });
      return proved({
        target,
        summary: `The image ${image} of ${service.name} is not on this machine, so ${service.name} has no container${suspect.needing ? ` while ${suspect.needing.name}, which depends on it, runs` : suspect.complaint ? `: ${clip(suspect.complaint.record.message, 140)}` : ''}`,
        evidence: [list, ...evidence],
        fixes: [
          {
            title: `Pull ${image}`,
            risk: 'execute',
            changes: [{ kind: 'command', argv: ['docker', 'pull', image] }],
            undo: false,
            verify: `docker images lists ${image}.`,
          },
        ],
      });
    });
  },
});

interface Suspect {
  service: ComposeService;
  image: string;
  /** Its container, when the engine made one and could not find the image. */
  own: ContainerFacts | undefined;
  needing: ContainerTarget | undefined;
  /** A failed pull in a log of the workspace. */
  complaint: LogEntry | undefined;
}

function evidenceOf({ service, image, own, needing, complaint }: Suspect): Evidence[] {
  return [
    { kind: 'config', source: sourceText(service.at), text: `services.${service.name}: image ${image}` },
    ...(complaint ? [logEvidence(complaint)] : []),
    ...(own ? [containerEvidence(own)] : []),
    ...(needing ? [containerEvidence(needing.container)] : []),
  ];
}
