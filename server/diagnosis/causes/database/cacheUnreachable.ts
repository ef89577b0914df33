import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import {
  activityOf,
  addressOf,
  dependentsOf,
  endpointEvidence,
  mentionOf,
  needClause,
  probeEvidence,
} from '../../endpointText.ts';
import { logEvidence } from '../../evidence.ts';
import { type EndpointProbe, endpointProbes } from '../../observers/endpointProbes.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';

export const cacheUnreachable = defineCause({
  id: 'cache.unreachable',
  category: 'database',
  summary: 'The cache does not accept connections at the address that the service uses',
  advice: {
    sure: 'A connection to the very address that the service uses was tried now and failed.',
    first: 'Start the cache, or correct the address.',
    verify: 'PING is answered at that address.',
  },
  needs: { probes: endpointProbes, states: serviceStates },
  explains: [
    'service.down',
    'process.crash-loop',
    'network.refused',
    'network.timeout',
    'upstream.slow',
    'proxy.timeout',
    'container.unhealthy',
    'container.exited',
    'container.restarting',
  ],
  judge: ({ probes, states }) => {
    const databaseFails = probes.some(isFailingDatabase);
    return probes
      .filter(({ endpoint, connection }) => endpoint.kind === 'cache' && connection !== undefined)
      .map((probe) => judgeProbe(probe, states, databaseFails));
  },
});

function judgeProbe(probe: EndpointProbe, states: readonly ServiceState[], databaseFails: boolean): Judgement {
  const { endpoint, connection, redis } = probe;
  const target = endpoint.name;
  const address = addressOf(endpoint);
  const evidence = [endpointEvidence(probe), probeEvidence(probe)];
  if (redis?.kind === 'loading')
    return refuted({ target, because: `${address} is Redis and answers: ${redis.because}`, evidence });
  if (connection?.kind === 'accepted') {
    if (redis?.kind === 'pong')
      return refuted({ target, because: `${address} answered PONG in ${Math.round(redis.durationMs)} ms`, evidence });
    if (redis === undefined || redis.kind === 'authFailed')
      return refuted({
        target,
        because: `${address} accepted a connection in ${Math.round(connection.durationMs)} ms`,
        evidence,
      });
  }
  const users = dependentsOf(endpoint, states);
  const activity = activityOf(users);
  const what = describe(probe);
  if (activity === 'atRest')
    return unknown({ target, because: `${what}, but nothing that needs it was started`, next: 'start the cache' });
  const mention = mentionOf(endpoint, states);
  const isError = mention !== undefined && users.some(({ errors }) => errors.includes(mention));
  // Many services do without their cache: when a database fails too, it takes an error about the cache to blame it.
  const certain = activity === 'atWork' && (isError || !databaseFails);
  return proved({
    target,
    summary: `${what}${needClause(users)}`,
    confidence: certain ? 'proved' : 'likely',
    evidence: [...evidence, ...(mention ? [logEvidence(mention)] : [])],
    ...(redis?.kind === 'tooManyClients' || redis?.kind === 'busy' ? { advice: ADVICE[redis.kind] } : {}),
    fixes:
      endpoint.compose && connection?.kind !== 'accepted'
        ? [
            {
              title: `Start ${endpoint.compose.name} with compose`,
              risk: 'execute',
              changes: [{ kind: 'command', argv: ['docker', 'compose', 'up', '-d', endpoint.compose.name] }],
              undo: true,
              verify: `${address} answers PONG.`,
            },
          ]
        : [],
  });
}

/** It runs, and has no time or no room for another client: starting it is not what helps. */
const ADVICE = {
  tooManyClients: {
    first: 'Find who opens connections and does not close them (CLIENT LIST on an open one), or raise maxclients.',
    verify: 'A new connection is answered with PONG.',
  },
  busy: {
    first: 'End the script that holds it: SCRIPT KILL, or FUNCTION KILL.',
    verify: 'PING is answered with PONG.',
  },
};

function isFailingDatabase({ endpoint, connection, postgres, mysql }: EndpointProbe): boolean {
  if (endpoint.kind !== 'database') return false;
  const answer = postgres ?? mysql;
  return connection?.kind !== 'accepted' || (answer !== undefined && !['connected', 'ready'].includes(answer.kind));
}

function describe({ endpoint, connection, redis }: EndpointProbe): string {
  const address = addressOf(endpoint);
  const server = endpoint.engine === 'redis' ? 'Redis' : 'The cache';
  if (redis?.kind === 'notRedis') return `${server} is expected at ${address}, but another program answers there`;
  if (connection?.kind === 'refused') return `${server} refuses connections at ${address}: nothing listens there`;
  if (connection?.kind === 'unreachable') return `${server} cannot be reached at ${address}: ${connection.because}`;
  if (redis?.kind === 'tooManyClients') return `${server} at ${address} takes no more clients: ${redis.because}`;
  if (redis?.kind === 'busy') return `${server} at ${address} runs a script and answers nothing else: ${redis.because}`;
  if (redis?.kind === 'unreachable') return `${server} is not of use at ${address}: ${redis.because}`;
  return `${server} does not answer at ${address}`;
}
