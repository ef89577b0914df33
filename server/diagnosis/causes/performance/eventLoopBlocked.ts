import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { HttpAnswer } from '../../../systems/http/http.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { codeEvidence, failingCode, logEvidence } from '../../evidence.ts';
import { type LoopLook, loopLooks, type ThreadUse } from '../../observers/loopLooks.ts';
import { sourceFacts } from '../../observers/workspaceFiles.ts';
import type { SourceFacts } from '../../source/sourceFacts.ts';

/** From here on an answer counts as late: on a busy machine a healthy loop answers within less. */
const LATE_MS = 1_000;
/**
 * The share of the time in which its thread ran or wanted to: one that waits for somebody else sleeps. The kernel counts a wait
 * for a core only when it has ended, so that on a busy machine the last one is missing.
 */
const BUSY_SHARE = 0.7;
/** CPU time in which no answer came. A loop that is merely short of CPU answers with a small part of this. */
const MIN_RAN_SECONDS = 0.4;
/** Its thread did nothing to speak of. */
const IDLE_SHARE = 0.2;
/** What it does at its start is not judged. */
const YOUNG_MS = 6_000;
/** That often within two minutes, and that long, its own words suffice for a suspicion that is told. */
const OFTEN = 3;
const LONG_MS = 1_000;

export const eventLoopBlocked = defineCause({
  id: 'event-loop.blocked',
  category: 'performance',
  summary: 'The one thread of the service that answers everybody is held up by a single piece of work',
  advice: {
    sure: 'The service took the connection of the kernel but gave no answer in time, while its first thread was looked at.',
    first:
      'Find the work that holds the loop and split it, or move it to a worker thread, a process or an asynchronous call.',
    verify: 'The service answers its health route at once, also while that work goes on.',
  },
  needs: { looks: loopLooks, source: sourceFacts },
  explains: [
    'service.down',
    'container.unhealthy',
    'upstream.slow',
    'worker.exhausted',
    'network.timeout',
    'proxy.timeout',
    'dependency.not-ready',
    'pod.probe-failing',
  ],
  judge: ({ looks, source }) => looks.flatMap((look) => judgeLook(look, source)),
});

function judgeLook(look: LoopLook, source: SourceFacts): Judgement[] {
  const { state, complaints, answer, thread } = look;
  const target = state.service.name;
  const complaint = complaints.at(-1);
  const said = complaint ? [logEvidence(complaint.entry), ...placeOf(look, source)] : [];
  const isLate = answer.kind === 'answered' ? answer.durationMs >= LATE_MS : answer.code === 'ETIMEDOUT';
  if (!thread)
    return complaint
      ? [
          unknown({
            target,
            because: 'what a single thread of a process does cannot be seen on this system',
            next: `profile ${target} while it is slow`,
          }),
        ]
      : [];
  const evidence = [answerEvidence(look), threadEvidence(thread), ...said];
  if (!isLate) return judgeQuick(look, evidence);
  const age = Date.now() - (thread.startedAt?.getTime() ?? 0);
  if (age < YOUNG_MS)
    return [
      unknown({
        target,
        because: `it started ${Math.round(age / 1_000)} s ago, and may still be busy with its start`,
        next: 'diagnose again in a moment',
      }),
    ];
  const how = tookText(answer);
  const share = (thread.ran + thread.waited) / thread.seconds;
  // A server of another protocol takes the connection at once, and waits for words that it knows.
  const isAsked = look.speaksHttp || look.queued !== 'never' || complaint !== undefined;
  if (isAsked && !thread.stopped && share >= BUSY_SHARE && thread.ran >= MIN_RAN_SECONDS)
    return [
      proved({
        target,
        summary: `The event loop of ${target} is blocked: its one thread computes all the time (${percent(thread.ran / thread.seconds)} of a core) and gives ${how}`,
        evidence,
        advice: { first: firstStep(thread) },
      }),
    ];
  // A loop that waits for somebody else takes connections; one that stands still in a call leaves ours in the queue.
  if (
    look.queued === 'always' &&
    !thread.stopped &&
    !thread.debugged &&
    share <= IDLE_SHARE &&
    state.processes.length <= 1
  )
    return [
      proved({
        target,
        confidence: complaint ? 'proved' : 'likely',
        summary: `The event loop of ${target} is blocked: its one thread waits in a blocking call, takes no connection and gives ${how}`,
        evidence: [...evidence, queueEvidence(look)],
        advice: {
          first:
            'Look for calls that wait in place (execSync, Atomics.wait, time.sleep, requests.get in an async function) and use their asynchronous form.',
        },
      }),
    ];
  if (!complaint) return [];
  const because = thread.stopped
    ? 'its process is stopped by a signal'
    : `it gives ${how}, but its first thread is idle (${percent(thread.ran / thread.seconds)} of a core): it waits for something else`;
  return [refuted({ target, because, evidence })];
}

/** It answers now. What it says of its loop is then past, unless it says so again and again. */
function judgeQuick({ state, complaints, answer }: LoopLook, evidence: Evidence[]): Judgement[] {
  const target = state.service.name;
  if (answer.kind !== 'answered' || complaints.length === 0) return [];
  const long = complaints.filter(({ blockedMs = 0 }) => blockedMs >= LONG_MS);
  if (long.length >= OFTEN) {
    const longest = Math.max(...long.map(({ blockedMs = 0 }) => blockedMs));
    return [
      proved({
        target,
        confidence: 'likely',
        summary: `The event loop of ${target} was blocked ${long.length} times within two minutes, by its own words for up to ${(longest / 1_000).toFixed(1)} s; just now it answers`,
        evidence,
      }),
    ];
  }
  return [refuted({ target, because: `it answers in ${Math.round(answer.durationMs)} ms now`, evidence })];
}

function answerEvidence({ url, answer }: LoopLook): Evidence {
  return { kind: 'probe', source: `GET ${url}`, text: tookText(answer) };
}

function tookText(answer: HttpAnswer): string {
  const took = `${(answer.durationMs / 1_000).toFixed(1)} s`;
  return answer.kind === 'answered' ? `${answer.status} after ${took}` : `no answer within ${took}`;
}

function threadEvidence({ pid, name, seconds, ran, waited }: ThreadUse): Evidence {
  const short = waited >= 0.1 ? ` and wanted a core for ${waited.toFixed(1)} s more` : '';
  return {
    kind: 'process',
    source: `/proc/${pid}/task/${pid}/schedstat`,
    text: `the first thread of ${name} (pid ${pid}) ran ${ran.toFixed(1)} s${short} of ${seconds.toFixed(1)} s`,
  };
}

function queueEvidence({ url }: LoopLook): Evidence {
  return {
    kind: 'listener',
    source: '/proc/net/tcp',
    text: `the connection to ${new URL(url).host} stays in the accept queue: nobody takes it`,
  };
}

function firstStep({ runtime, pid }: ThreadUse): string {
  return runtime === 'JavaScript'
    ? `See what it computes: kill -USR1 ${pid} opens the inspector even now (chrome://inspect, Pause), or start it with --cpu-prof. Then split that work, or move it to a worker thread.`
    : `See what it computes: py-spy dump --pid ${pid}. Then move that work to run_in_executor, a process pool or a worker.`;
}

/** asyncio says where its task stands: `coro=<work() running at /srv/app.py:12>`. */
const RUNNING_AT = /(?:running|created|defined) at ([^\s:<>]{1,300}):(\d{1,7})/;

function placeOf({ complaints }: LoopLook, source: SourceFacts): Evidence[] {
  const entry = complaints.at(-1)?.entry;
  if (!entry) return [];
  const code = failingCode(entry, source);
  if (code) return [codeEvidence(code)];
  const [, path = '', line] = RUNNING_AT.exec(entry.record.text.slice(0, 2_000)) ?? [];
  const file = source.files.find((each) => path === each || path.endsWith(`/${each}`));
  const text = file === undefined ? undefined : source.lineOf(file, Number(line))?.trim();
  return file !== undefined && text ? [codeEvidence({ file, line: Number(line), text })] : [];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
