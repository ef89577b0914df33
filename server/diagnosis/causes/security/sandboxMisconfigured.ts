import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { ComposeService } from '../../../systems/compose/compose.ts';
import type { ContainerFacts } from '../../../systems/docker/docker.ts';
import { defineCause, HOST_TARGET, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { isUp } from '../../containerText.ts';
import { logEvidence } from '../../evidence.ts';
import { containers } from '../../observers/containers.ts';
import { type SandboxComplaint, sandboxComplaints } from '../../observers/sandboxComplaints.ts';
import { targetsOf } from '../../observers/targets.ts';
import { composeProjects } from '../../observers/workspaceFiles.ts';
import { isEndpoint, isService, sourceText } from '../../targets/target.ts';

export const sandboxMisconfigured = defineCause({
  id: 'sandbox.misconfigured',
  category: 'security',
  summary: 'The sandbox is set up so that it cannot start, or does not keep in what runs in it',
  advice: {
    sure: 'The engine itself says now that it lacks what the sandbox is set up with.',
    first: 'Install what it asks for, or correct the setting; do not run the code without a sandbox meanwhile.',
    verify: 'The service runs its next task in a container.',
  },
  needs: { complaints: sandboxComplaints, projects: composeProjects, engine: containers, targets: targetsOf },
  explains: ['service.down', 'process.crash-loop', 'container.exited', 'container.restarting', 'container.unhealthy'],
  judge: ({ complaints, projects, engine, targets }) => [
    ...complaints.flatMap(judgeComplaint),
    ...projects
      .flatMap(({ services }) => services)
      .flatMap((service) => {
        const own = targets.find(
          (target) => (isService(target) || isEndpoint(target)) && target.compose?.name === service.name,
        );
        return judgeOpenings(service, engine.byService.get(service.name)?.[0], own?.name ?? HOST_TARGET);
      }),
  ],
});

function judgeComplaint({ state, entry, trouble, info }: SandboxComplaint): Judgement[] {
  const target = state.service.name;
  const log = logEvidence(entry);
  if (trouble.kind === 'profile') {
    const isThere = trouble.found.kind === 'file';
    const fact: Evidence = {
      kind: 'filesystem',
      source: trouble.file,
      text: isThere ? 'is there' : 'there is no such file',
    };
    return [
      isThere
        ? refuted({ target, because: `the seccomp profile ${trouble.file} exists`, evidence: [fact, log] })
        : proved({
            target,
            summary: `${target} cannot start its sandboxes: the seccomp profile ${trouble.file} does not exist`,
            evidence: [fact, log],
            advice: { sure: 'The engine could not open the profile, and no file is there.' },
          }),
    ];
  }
  if (trouble.kind !== 'runtime' && trouble.kind !== 'cpus') return [];
  if (info.kind !== 'ready')
    return [unknown({ target, because: `the engine does not say what it has: ${info.because}`, next: 'docker info' })];
  const { runtimes, cpus } = info.value;
  if (trouble.kind === 'cpus') {
    const fact = engineFact(`${cpus} processors`);
    return [
      cpus > trouble.available
        ? refuted({ target, because: `the engine has ${cpus} processors now`, evidence: [fact, log] })
        : proved({
            target,
            summary: `${target} cannot start its sandboxes: they ask for more processors than the ${cpus} that the engine has`,
            evidence: [fact, log],
          }),
    ];
  }
  const fact = engineFact(`runtimes ${runtimes.join(', ')}`);
  return [
    runtimes.includes(trouble.runtime)
      ? refuted({ target, because: `the engine knows the runtime ${trouble.runtime}`, evidence: [fact, log] })
      : proved({
          target,
          summary: `${target} cannot start its sandboxes: the engine knows no runtime ${trouble.runtime}, only ${runtimes.join(', ')}`,
          evidence: [fact, log],
        }),
  ];
}

function engineFact(text: string): Evidence {
  return { kind: 'container', source: 'docker info', text };
}

/** Names of what runs code that nobody has read. */
const SANDBOX = /sandbox|untrusted|\bjail|code[-_]?(?:runner|exec\w*|interpreter)/i;
/** A socket takes commands also where it is mounted for reading only. */
const ENGINE_SOCKET = /(?:docker|podman)\.sock$/;
/** An engine inside of a container cannot do without its rights: it is no sandbox itself. */
const ENGINE_IMAGE = /\bdind\b|docker:[\d.]+-dind|sysbox/i;

function judgeOpenings(service: ComposeService, container: ContainerFacts | undefined, target: string): Judgement[] {
  if (!SANDBOX.test(`${service.name} ${service.image ?? ''}`) || ENGINE_IMAGE.test(service.image ?? '')) return [];
  const written = [
    ...service.hostAccess,
    ...service.mounts
      .filter(({ source }) => ENGINE_SOCKET.test(source ?? ''))
      .map(({ source, at }) => ({ text: `the engine's socket ${source}`, at })),
  ];
  const isRunning = container !== undefined && isUp(container);
  const seen = isRunning ? openingsOf(container) : [];
  if (written.length === 0 && seen.length === 0) return [];
  const all = written.length > 0 ? written.map(({ text }) => text) : seen;
  return [
    proved({
      target,
      confidence: 'likely',
      breaksNothing: true,
      summary: `The sandbox ${service.name} does not keep in what runs in it: it has ${all.join(' and ')}`,
      evidence: [
        ...written.map(({ text, at }) => ({ kind: 'config' as const, source: sourceText(at), text })),
        ...(isRunning && seen.length > 0
          ? [{ kind: 'container' as const, source: `docker inspect ${container.name}`, text: seen.join(', ') }]
          : []),
      ],
      advice: {
        sure: 'By its name it is a sandbox, and with this access whatever runs in it is root of this machine.',
        first: 'Take that access away; let a service outside of the sandbox talk to the engine.',
        verify: "docker inspect shows neither Privileged, nor the host's namespaces, nor the socket.",
      },
    }),
  ];
}

function openingsOf({ privileged, networkMode, pidMode, mounts }: ContainerFacts): string[] {
  return [
    ...(privileged ? ['privileged: true'] : []),
    ...(networkMode === 'host' ? ['network_mode: host'] : []),
    ...(pidMode === 'host' ? ['pid: host'] : []),
    ...mounts
      .filter(({ hostPath }) => ENGINE_SOCKET.test(hostPath))
      .map(({ hostPath }) => `the engine's socket ${hostPath}`),
  ];
}
