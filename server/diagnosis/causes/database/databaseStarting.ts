import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { ProcessFacts } from '../../../systems/process/processes.ts';
import { defineCause, type Judgement, proved, unknown } from '../../cause.ts';
import {
  activityOf,
  addressOf,
  dependentsOf,
  endpointEvidence,
  mentionOf,
  needClause,
  probeEvidence,
} from '../../endpointText.ts';
import { clip, logEvidence } from '../../evidence.ts';
import { type EndpointProbe, endpointProbes } from '../../observers/endpointProbes.ts';
import { processList } from '../../observers/machine.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';

export const databaseStarting = defineCause({
  id: 'database.starting',
  category: 'database',
  summary: 'The database runs and is there, but lets nobody in yet: it starts, recovers, loads or shuts down',
  advice: {
    sure: 'The server itself answered now that it takes no connections yet, which a server that is gone cannot.',
    first: 'Wait for it, and let services retry their first connection; if it does not end, read the server’s own log.',
    verify: 'pg_isready, or PING, says that it accepts connections.',
  },
  needs: { probes: endpointProbes, states: serviceStates, processes: processList },
  explains: [
    'service.down',
    'process.crash-loop',
    'network.refused',
    'network.timeout',
    'dependency.not-ready',
    'upstream.slow',
    'worker.exhausted',
    'database.pool-exhausted',
    'container.exited',
    'container.unhealthy',
    'container.restarting',
  ],
  judge: ({ probes, states, processes }) => probes.flatMap((probe) => judgeProbe(probe, states, processes)),
});

function judgeProbe(
  probe: EndpointProbe,
  states: readonly ServiceState[],
  processes: readonly ProcessFacts[],
): Judgement[] {
  const what = describe(probe);
  if (what === undefined) return [];
  const { endpoint } = probe;
  const target = endpoint.name;
  const users = dependentsOf(endpoint, states);
  const mention = mentionOf(endpoint, states);
  const activity = activityOf(users);
  // Many services do without their cache: it takes a word of theirs to say that they miss it.
  if (activity === 'atRest' || (endpoint.kind === 'cache' && !mention))
    return [
      unknown({
        target,
        because: `${what}, but nothing is known to miss it`,
        next: 'wait until it is up, then diagnose again',
      }),
    ];
  return [
    proved({
      target,
      confidence: activity === 'atWork' ? 'proved' : 'likely',
      summary: `${what}${needClause(users)}`,
      evidence: [
        probeEvidence(probe),
        ...progressEvidence(probe, processes),
        endpointEvidence(probe),
        ...(mention ? [logEvidence(mention)] : []),
      ],
      ...(/hot standby/i.test(what) ? { advice: STANDBY } : {}),
    }),
  ];
}

/** It does not end by itself. */
const STANDBY = {
  first: 'Point the service at the primary, or let this standby answer reads with hot_standby = on.',
};

function describe({ endpoint, postgres, mysql, redis }: EndpointProbe): string | undefined {
  const at = addressOf(endpoint);
  if (postgres?.kind === 'starting') {
    const { because } = postgres;
    if (/shutting down/.test(because)) return `PostgreSQL at ${at} is shutting down`;
    if (/recovery mode/.test(because)) return `PostgreSQL at ${at} recovers from a crash and lets nobody in yet`;
    if (/starting up/.test(because)) return `PostgreSQL at ${at} is starting up and lets nobody in yet`;
    return `PostgreSQL at ${at} runs and lets nobody in: ${because}`;
  }
  if (mysql?.kind === 'starting') return `MySQL at ${at} is shutting down`;
  if (redis?.kind !== 'loading') return undefined;
  const { percent, secondsLeft } = redis;
  const left = secondsLeft === undefined ? '' : `, about ${Math.max(1, Math.round(secondsLeft))} s to go`;
  const progress = percent === undefined ? '' : ` (${Math.round(percent)} %${left})`;
  return `Redis at ${at} still loads its data set from the disk${progress}`;
}

/** `postgres: startup recovering 00000001…` is how a server names the process that recovers. */
function progressEvidence({ postgres, connection }: EndpointProbe, processes: readonly ProcessFacts[]): Evidence[] {
  const isHere = /^(?:127\.|::1$|::ffff:127\.)/.test(connection?.address ?? '');
  if (postgres?.kind !== 'starting' || !isHere) return [];
  const found = processes.filter(({ argv }) => /^postgres: .{0,80}\bstartup\b/.test(argv.join(' ').slice(0, 200)));
  const [only] = found;
  return found.length === 1 && only
    ? [{ kind: 'process', source: `process ${only.pid}`, text: clip(only.argv.join(' ')) }]
    : [];
}
