import { defineCause, type Judgement, proved } from '../../cause.ts';
import { containerEvidence, eventEvidence, eventOf, podEvidence, rollbackFix, shareOf } from '../../clusterText.ts';
import { clusterState, type WorkloadState } from '../../observers/clusterState.ts';

const PULLING =
  /^(?:ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|RegistryUnavailable|ImageInspectError|SignatureValidationFailed)$/;

/** What the registry or the runtime says, and what it means. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/InvalidImageName|couldn't parse image|invalid reference format/i, 'the name of the image is malformed'],
  [/ErrImageNeverPull/, 'the image is not on the node, and imagePullPolicy Never forbids to fetch it'],
  [/toomanyrequests|rate limit/i, 'the registry refuses more pulls for now (rate limit)'],
  [/no match for platform|no matching manifest|exec format/i, "the image has no variant for the node's processor"],
  [/x509|certificate/i, "the node does not trust the registry's certificate"],
  [/no such host|server misbehaving|lookup .{1,100}: /i, "the registry's name cannot be resolved on the node"],
  [
    /i\/o timeout|connection refused|deadline exceeded|network is unreachable/i,
    'the registry cannot be reached from the node',
  ],
  [
    /manifest unknown|not found|repository does not exist/i,
    'the registry has no such image or tag (or does not show it to this login)',
  ],
  [
    /unauthorized|authentication required|denied|forbidden|no basic auth/i,
    'the registry refuses the login (imagePullSecrets)',
  ],
];

export const podImagePullFailed = defineCause({
  id: 'pod.image-pull-failed',
  category: 'kubernetes',
  summary: "The image of a pod's container cannot be fetched",
  advice: {
    sure: 'The kubelet reports that it cannot pull the image now, in the words of the registry.',
    first:
      'Compare name and tag with what the registry has; then check the imagePullSecrets and the way to the registry.',
    verify: 'The pod leaves ImagePullBackOff and becomes Ready.',
  },
  needs: { cluster: clusterState },
  explains: ['service.no-endpoints', 'job.failed'],
  judge: ({ cluster }) =>
    cluster.kind !== 'asked'
      ? []
      : cluster.workloads
          .filter(({ manifest }) => manifest.kind !== 'Service')
          .flatMap((state) => judgeWorkload(state, cluster.now)),
});

function judgeWorkload(state: WorkloadState, now: Date): Judgement[] {
  const byImage = new Map<string, Judgement>();
  for (const pod of state.pods) {
    for (const container of pod.containers) {
      const { waiting, image } = container;
      if (!waiting || !PULLING.test(waiting.reason) || byImage.has(image)) continue;
      // The back-off says only that it waits; the event of the try before it says why.
      const event = eventOf(state, pod.name, /^(?:Failed|InspectFailed|ErrImageNeverPull)$/, now, /pull|image/i);
      const said = `${waiting.reason} ${event?.message ?? ''} ${waiting.message}`.slice(0, 4_000);
      const because = REASONS.find(([pattern]) => pattern.test(said))?.[1];
      const waits = state.pods.filter((each) =>
        each.containers.some((c) => c.image === image && c.waiting && PULLING.test(c.waiting.reason)),
      );
      byImage.set(
        image,
        proved({
          target: state.target.name,
          summary: `The image ${image} of ${state.target.name} cannot be pulled (${shareOf(waits.length, state.pods.length)})${because === undefined ? '' : `: ${because}`}`,
          evidence: [
            podEvidence(pod, `${container.name}: ${waiting.reason}: ${waiting.message}`),
            ...(event ? [eventEvidence(event)] : []),
            containerEvidence(state, container, ['image'], `image: ${image}`),
          ],
          fixes: rollbackFix(
            state,
            `The pods of ${state.manifest.name} are Ready with the image of the revision before.`,
          ),
        }),
      );
    }
  }
  return [...byImage.values()];
}
