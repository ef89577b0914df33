import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import { withTag } from '../../imageName.ts';
import { type SandboxComplaint, sandboxComplaints } from '../../observers/sandboxComplaints.ts';
import { sourceText } from '../../targets/target.ts';

export const sandboxImageMissing = defineCause({
  id: 'sandbox.image-missing',
  category: 'security',
  summary: 'The image in which the service runs code is not on this machine',
  advice: {
    sure: 'The engine lists its images now, and the one that the service asks for is not among them.',
    first: 'Build or pull the image by its exact name and tag, or correct the name that the service uses.',
    verify: 'docker images lists it, and the service runs its next task.',
  },
  needs: { complaints: sandboxComplaints },
  explains: ['service.down', 'process.crash-loop', 'container.exited', 'container.restarting', 'container.unhealthy'],
  judge: ({ complaints }) => complaints.flatMap(judgeComplaint),
});

function judgeComplaint({ state, entry, trouble }: SandboxComplaint): Judgement[] {
  if (trouble.kind !== 'image') return [];
  const target = state.service.name;
  const log = logEvidence(entry);
  const { image, images } = trouble;
  if (images.kind !== 'ready')
    return [
      unknown({ target, because: `the engine does not list its images: ${images.because}`, next: 'docker images' }),
    ];
  const wanted = withTag(image);
  const tags = images.value.flatMap(({ tags: own }) => own.map(withTag));
  const listed = (text: string): Evidence => ({ kind: 'container', source: 'docker images', text });
  if (tags.includes(wanted) || images.value.some(({ id }) => id === image || id.startsWith(`sha256:${image}`)))
    return [
      refuted({
        target,
        because: `${image} is on this machine`,
        evidence: [listed(`${image} is among ${images.value.length} images`), log],
      }),
    ];
  const repository = wanted.replace(/[:@][^/]*$/, '');
  const [other] = tags.filter((tag) => tag.replace(/[:@][^/]*$/, '') === repository);
  const variable = state.service.environment.find(({ value }) => value === image);
  return [
    proved({
      target,
      summary: `The image ${image} in which ${target} runs code is not on this machine${other === undefined ? '' : `; ${other} is`}`,
      evidence: [
        listed(`${images.value.length} images, none of them ${image}`),
        ...(variable
          ? [{ kind: 'config' as const, source: sourceText(variable.at), text: `${variable.name} names ${image}` }]
          : []),
        log,
      ],
    }),
  ];
}
