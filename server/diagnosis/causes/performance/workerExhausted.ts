import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { ProcessFacts } from '../../../systems/process/processes.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import { type HealthAnswer, healthAnswers, isAnswered } from '../../observers/healthAnswers.ts';
import { processList } from '../../observers/machine.ts';
import { proxyWorkers } from '../../observers/proxyWorkers.ts';
import { type ResourceSample, resourceSample } from '../../observers/resourceSample.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { complaintOf, judgeOpenFiles } from '../../openFileJudgements.ts';
import { judgeProxyWorkers } from '../../proxyWorkerJudgements.ts';
import { saying } from '../../slowness.ts';

/** gunicorn, uWSGI, PHP-FPM, Tomcat, Puma, Java's executors, and what programs say of pools of their own. */
const NO_WORKER =
  /WORKER TIMEOUT|reached (?:pm\.)?max_children|RejectedExecutionException|listen queue of socket .{0,200} full|(?:thread|worker|process) ?pool (?:is )?(?:exhausted|full|saturated)|all (?:\d{1,5} |worker |\(\d{1,5}\) ?)?(?:workers?|threads?|slots?)\b.{0,40}(?:busy|in use|occupied)|no (?:free|idle|available) (?:workers?|threads?|slots?)\b|workers? exhausted/i;
/** Pools of database connections are another cause. */
const CONNECTION_POOL = /HikariPool|QueuePool|connection pool|too many clients/i;
const MAX_CHILDREN = /\[pool ([\w.-]{1,80})\].{0,80}max_children setting \((\d{1,6})\)/;

export const workerExhausted = defineCause({
  id: 'worker.exhausted',
  category: 'performance',
  summary: 'Everything that the service can do at the same time is in use: its workers, connections or open files',
  advice: {
    sure: 'The service says that it has no worker left, and connections wait at its port without being accepted.',
    first: 'Find out what the workers wait for: more of them only help when they have work of their own to do.',
    verify: 'Under the same load no connection waits at the port.',
  },
  needs: {
    states: serviceStates,
    health: healthAnswers,
    sample: resourceSample,
    proxies: proxyWorkers,
    processes: processList,
  },
  explains: [
    'upstream.slow',
    'proxy.timeout',
    'proxy.upstream-down',
    'network.timeout',
    'network.refused',
    'container.unhealthy',
    'process.crash-loop',
    'service.down',
    'dns.failed',
    'database.unreachable',
    'cache.unreachable',
  ],
  judge: ({ states, health, sample, proxies, processes }) => [
    ...states.flatMap((state) => judgeOpenFiles(state, health, sample)),
    ...states.flatMap((state) => judgePool(state, health, sample, processes)),
    ...proxies.map(judgeProxyWorkers),
  ],
});

function judgePool(
  state: ServiceState,
  health: readonly HealthAnswer[],
  sample: ResourceSample | undefined,
  processes: readonly ProcessFacts[],
): Judgement[] {
  const target = state.service.name;
  const entry = state.running ? saying(state, NO_WORKER) : undefined;
  if (!entry || CONNECTION_POOL.test(entry.record.message) || complaintOf(state) === entry) return [];
  const own = health.filter(({ service }) => service === target);
  const children = childrenOf(entry.record.text, processes);
  const ports = new Set([...state.listeners, ...state.service.ports].map(({ port }) => port));
  const queue = [...(sample?.waiting ?? [])].find(([port]) => ports.has(port));
  const seconds = sample?.seconds.toFixed(1);
  if (queue) {
    const [port, waiting] = queue;
    const text = `${waiting} ${waiting === 1 ? 'connection waits' : 'connections wait'} to be accepted at port ${port} during ${seconds} s`;
    const evidence: Evidence[] = [{ kind: 'host', source: '/proc/net/tcp', text }, logEvidence(entry)];
    return [proved({ target, summary: `All workers of ${target} are in use: ${text}`, evidence })];
  }
  if (children) {
    const { pool, count, limit } = children;
    const text = `${count} of ${limit} processes of the pool ${pool} run`;
    const evidence: Evidence[] = [{ kind: 'process', source: 'ps', text }, logEvidence(entry)];
    return [
      count >= limit
        ? proved({ target, confidence: 'likely', summary: `All workers of ${target} are in use: ${text}`, evidence })
        : refuted({ target, because: text, evidence }),
    ];
  }
  if (state.listeners.length === 0 || sample === undefined)
    return [
      unknown({
        target,
        because:
          'its log says that it has no worker left, and it has no port here at which anything could be seen waiting',
        next: 'look at the number of busy workers in its own status page or metrics',
      }),
    ];
  const answered = own.find(isAnswered);
  const text = `no connection waited at its port for ${seconds} s${answered ? `, and ${answered.url} answered in ${Math.round(answered.answer.durationMs)} ms` : ''}`;
  return [
    refuted({
      target,
      because: text,
      evidence: [{ kind: 'host', source: '/proc/net/tcp', text }, logEvidence(entry)],
    }),
  ];
}

/** Processes of the PHP-FPM pool that the words name, and how many it may have. */
function childrenOf(
  text: string,
  processes: readonly ProcessFacts[],
): { pool: string; count: number; limit: number } | undefined {
  const [, pool, limit] = MAX_CHILDREN.exec(text) ?? [];
  if (pool === undefined) return undefined;
  const title = `php-fpm: pool ${pool}`;
  const count = processes.filter(({ argv }) => (argv[0] ?? '').trim() === title || argv.join(' ') === title).length;
  return { pool, count, limit: Number(limit) };
}
