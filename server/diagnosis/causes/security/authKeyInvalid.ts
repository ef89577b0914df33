import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import { decodeJwt } from '../../../security/decodeJwt.ts';
import { faultOfKey } from '../../../security/keyShape.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import { type AuthComplaint, authComplaints, isForbidden } from '../../observers/authComplaints.ts';
import { envFileTimes } from '../../observers/envFileTimes.ts';
import { envFiles } from '../../observers/workspaceFiles.ts';
import type { EnvFiles } from '../../targets/serviceEnvironment.ts';
import { sourceText, type Variable } from '../../targets/target.ts';

export const authKeyInvalid = defineCause({
  id: 'auth.key-invalid',
  category: 'security',
  summary: 'A peer refuses the key or token that the service shows it',
  advice: {
    sure: "The service's error is the peer's refusal, and the key is plainly no key, or the peer refuses it again now.",
    first: 'Take the key from where the peer gives it out, and set it exactly: no quotes, no blanks, no placeholder.',
    verify: 'The peer answers a request with the key, and the log shows no 401 or 403.',
  },
  needs: { complaints: authComplaints, files: envFiles, times: envFileTimes },
  explains: [
    // A malformed line that nobody has complained of yet is only likely; the refusal is proved.
    'env.malformed',
    'process.crash-loop',
    'service.down',
    'model.download-failed',
    'network.refused',
    'container.exited',
    'container.restarting',
    'container.unhealthy',
  ],
  judge: ({ complaints, files, times }) => complaints.flatMap((complaint) => judgeComplaint(complaint, files, times)),
});

function judgeComplaint(
  { state, entry, key, peer, answers }: AuthComplaint,
  files: EnvFiles,
  times: ReadonlyMap<string, Date>,
): Judgement[] {
  // It knows the key: what is missing is a right.
  if (answers && isForbidden(answers)) return [];
  const target = state.service.name;
  const said = logEvidence(entry);
  const whom = peer ? peer.host : 'the peer';
  if (!key)
    return [
      proved({
        target,
        summary: `${whom === 'the peer' ? 'A peer' : whom} refuses the key that ${target} shows it`,
        confidence: 'likely',
        evidence: [said],
      }),
    ];
  const { expiresAt } = decodeJwt(key.value) ?? {};
  if (expiresAt && expiresAt.getTime() < Date.now()) return [];
  const own = state.service.environment.some(({ value }) => peer !== undefined && value.includes(peer.host));
  const fault = faultOfKey(key.name, key.value, own);
  // The evidence says what the value is like; the value itself is nobody's business.
  const set: Evidence = {
    kind: 'config',
    source: sourceText(key.at),
    text: `${key.name}: ${fault?.because ?? `a key of ${key.value.length} signs, with nothing wrong in its form`}`,
  };
  const statusOf = (answer: NonNullable<AuthComplaint['answers']>['stranger'] | undefined): number | undefined =>
    answer?.kind === 'answered' ? answer.status : undefined;
  const stranger = statusOf(answers?.stranger);
  const known = statusOf(answers?.withKey);
  const asked: Evidence[] =
    peer && known !== undefined
      ? [
          {
            kind: 'probe',
            source: `GET ${peer.origin}${peer.pathname}`,
            text: `answers ${known} to ${key.name}, and ${stranger ?? 'nothing'} without a key`,
          },
        ]
      : [];
  if (known !== undefined && isRefusal(stranger) && !isRefusal(known))
    return [refuted({ target, because: `${whom} accepts ${key.name} now`, evidence: [...asked, said] })];
  if (fault)
    return [
      proved({
        target,
        summary: `${whom} refuses ${key.name} of ${target}: ${fault.because}`,
        evidence: [said, set],
        fixes: keyFix(key, target, files),
      }),
    ];
  if (isRefusal(known))
    return [
      proved({
        target,
        summary: `${whom} refuses ${key.name} of ${target}, asked again now: ${known}`,
        evidence: [said, ...asked, set],
        fixes: keyFix(key, target, files),
      }),
    ];
  // Set again since the error: whether it is accepted now shows at the next start.
  if ((times.get(key.at.file)?.getTime() ?? 0) > entry.log.modifiedAt.getTime())
    return [refuted({ target, because: `${key.name} was set anew after that error`, evidence: [set, said] })];
  return [
    proved({
      target,
      summary: `${whom} refuses ${key.name} of ${target}; its form is right, so it is revoked, of another account, or without the right`,
      confidence: 'likely',
      evidence: [said, set],
    }),
  ];
}

function isRefusal(status: number | undefined): boolean {
  return status === 401 || status === 403;
}

function keyFix(key: Variable, target: string, files: EnvFiles): Fix[] {
  const before = files.get(key.at.file)?.lines[key.at.line - 1];
  const assigned = before === undefined ? undefined : /^(\s*(?:export\s+)?[\w.-]+\s*=)/.exec(before)?.[1];
  if (before === undefined || assigned === undefined) return [];
  return [
    {
      title: `Set ${key.name} anew`,
      risk: 'write',
      changes: [{ kind: 'edit', file: key.at.file, line: key.at.line, before, after: `${assigned}‹?${key.name}›` }],
      undo: true,
      verify: `Start ${target}: its peer accepts ${key.name}.`,
      inputs: [{ name: key.name, prompt: `The key for ${key.name}`, secret: true, form: 'dotenv' }],
    },
  ];
}
