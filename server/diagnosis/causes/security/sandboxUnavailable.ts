import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import { type SandboxComplaint, sandboxComplaints } from '../../observers/sandboxComplaints.ts';
import { mayUseSocket } from '../../rights/judgeMachineRight.ts';
import { stateText } from '../../sqlite/sqliteText.ts';

export const sandboxUnavailable = defineCause({
  id: 'sandbox.unavailable',
  category: 'security',
  summary: 'The service runs code in containers, and its container engine cannot be used',
  advice: {
    sure: 'The service complains of the engine, and asked now in the same place it does not answer.',
    first: 'Start the engine, or correct the address by which the service looks for it.',
    verify: 'docker version shows a server, and the service runs its next task.',
  },
  needs: { complaints: sandboxComplaints },
  explains: [
    'service.down',
    'process.crash-loop',
    'sandbox.image-missing',
    'container.exited',
    'container.restarting',
    'container.unhealthy',
  ],
  judge: ({ complaints }) => complaints.flatMap(judgeComplaint),
});

function judgeComplaint({ state, entry, trouble, info, host }: SandboxComplaint): Judgement[] {
  const target = state.service.name;
  const log = logEvidence(entry);
  if (trouble.kind === 'noCommand') return [judgeCommand(target, trouble, log)];
  if (trouble.kind !== 'unavailable') return [];
  const place = host ?? 'the usual places';
  const engine: Evidence = {
    kind: 'container',
    source: info.kind === 'ready' ? info.address : place,
    text: info.kind === 'ready' ? `answers as version ${info.value.version}` : info.because,
  };
  const uid = state.processes[0]?.uid;
  const { isDenied, socket, socketPath } = trouble;
  if (isDenied && socket && 'mode' in socket && !mayUseSocket(socket, uid))
    return [
      proved({
        target,
        confidence: uid === undefined ? 'likely' : 'proved',
        summary: `${target} cannot run its sandboxes: it may not use the container engine's socket ${socketPath}`,
        evidence: [{ kind: 'filesystem', source: socketPath ?? '', text: stateText(socket) }, engine, log],
        advice: {
          first: "Give the service's user the right to use the engine, or an engine of its own, without root.",
        },
      }),
    ];
  if (info.kind === 'ready')
    return [
      refuted({ target, because: `the container engine at ${info.address} answers now`, evidence: [engine, log] }),
    ];
  if (info.kind === 'noPermission' || info.kind === 'timedOut')
    return [unknown({ target, because: info.because, next: `docker version, as the user that runs ${target}` })];
  return [
    proved({
      target,
      summary: `${target} cannot run its sandboxes: ${info.because}`,
      evidence: [engine, ...hostEvidence(state, host), log],
    }),
  ];
}

function judgeCommand(
  target: string,
  { command, foundIn }: Extract<SandboxComplaint['trouble'], { kind: 'noCommand' }>,
  log: Evidence,
): Judgement {
  if (foundIn !== undefined)
    return refuted({
      target,
      because: `${command} is in ${foundIn}`,
      evidence: [{ kind: 'filesystem', source: `${foundIn}/${command}`, text: 'is there' }, log],
    });
  return proved({
    target,
    summary: `${target} cannot run its sandboxes: the command ${command} is not on PATH`,
    evidence: [{ kind: 'host', source: 'PATH', text: `no folder of it has ${command}` }, log],
    advice: {
      sure: 'The service could not start the command, and no folder of PATH has it.',
      first: `Install ${command}, or start the service with the PATH that has it.`,
    },
  });
}

function hostEvidence({ service }: SandboxComplaint['state'], host: string | undefined): Evidence[] {
  const variable = service.environment.find(({ name, value }) => name === 'DOCKER_HOST' && value === host);
  return variable
    ? [{ kind: 'config', source: `${variable.at.file}:${variable.at.line}`, text: `DOCKER_HOST names ${host}` }]
    : [];
}
