import type { Evidence, Fix } from '../protocol/diagnosis.ts';
import { type Judgement, proved, refuted } from './cause.ts';
import { clip, logEvidence } from './evidence.ts';
import { NO_CONNECTIONS, type ProxyWorkers } from './observers/proxyWorkers.ts';

/** nginx's own. */
const DEFAULT_CONNECTIONS = 512;
/** Of what a worker holds open nearly all are connections. */
const BUSY_SHARE = 0.8;
/** What a busy server is usually given. */
const USUAL_CONNECTIONS = 1024;
/** With workers that are free again, only a refusal of just now counts. */
const JUST_NOW_MS = 60_000;

/** nginx refuses connections when a worker has as many as `worker_connections` allows. */
export function judgeProxyWorkers({ state, entry, setting, workers }: ProxyWorkers): Judgement {
  const target = state.target.name;
  const limit = setting?.value ?? DEFAULT_CONNECTIONS;
  const told = Number(NO_CONNECTIONS.exec(entry.record.text)?.[1]);
  const held = Math.max(0, ...workers.map(({ openFiles }) => openFiles ?? 0));
  const fullest = workers.find(({ openFiles }) => openFiles === held);
  const evidence: Evidence[] = [
    logEvidence(entry),
    ...(fullest
      ? [
          {
            kind: 'process' as const,
            source: `/proc/${fullest.pid}/fd`,
            text: `worker ${fullest.pid} of nginx holds ${held} files and connections`,
          },
        ]
      : []),
    ...(setting
      ? [{ kind: 'config' as const, source: `${setting.file}:${setting.line}`, text: clip(setting.text.trim()) }]
      : []),
  ];
  const age = Date.now() - (entry.record.time ?? entry.log.modifiedAt).getTime();
  const full = held >= limit * BUSY_SHARE;
  if (!full && (told < limit || age > JUST_NOW_MS))
    return refuted({ target, because: `its workers hold at most ${held} of ${limit} connections now`, evidence });
  return proved({
    target,
    confidence: full ? 'proved' : 'likely',
    summary: full
      ? `nginx refuses connections: a worker holds ${held}, and worker_connections allows ${limit}`
      : `nginx refused connections: a worker had as many as worker_connections allows (${limit}); now it holds ${held}`,
    evidence,
    fixes: raiseFix(state.process?.pid, setting),
    advice: {
      sure: 'nginx itself says that its workers have no connection left, and the kernel counts what they hold.',
      first:
        'Raise worker_connections (a proxied request takes two) and see why so many are open: slow upstreams hold them.',
      verify: 'After a reload the error log tells of no further refusal under the same load.',
    },
  });
}

/** In the configuration, then a reload. Looking whether nginx is there comes first, so that taking it back ends in a reload, too. */
function raiseFix(master: number | undefined, setting: ProxyWorkers['setting']): Fix[] {
  if (!setting || master === undefined) return [];
  const raised = Math.max(USUAL_CONNECTIONS, setting.value * 2);
  const signal = (name: string): string[] => ['kill', `-${name}`, String(master)];
  return [
    {
      title: `Let each worker of nginx hold ${raised} connections instead of ${setting.value}`,
      risk: 'execute',
      changes: [
        { kind: 'command', argv: signal('0'), undo: signal('HUP') },
        {
          kind: 'edit',
          file: setting.file,
          line: setting.line,
          before: setting.text,
          after: setting.text.replace(String(setting.value), String(raised)),
        },
        { kind: 'command', argv: signal('HUP'), undo: signal('0') },
      ],
      undo: true,
      verify: 'The workers that nginx starts with the new setting refuse no connection.',
    },
  ];
}
