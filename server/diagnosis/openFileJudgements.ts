import type { Evidence, Fix } from '../protocol/diagnosis.ts';
import type { ProcessUse } from '../systems/process/processUse.ts';
import { HOST_TARGET, type Judgement, proved, refuted, unknown } from './cause.ts';
import { logEvidence } from './evidence.ts';
import { type HealthAnswer, isAnswered } from './observers/healthAnswers.ts';
import { pidsOf, type ResourceSample } from './observers/resourceSample.ts';
import type { LogEntry, ServiceState } from './observers/serviceStates.ts';
import { saying } from './slowness.ts';

const NO_FILES = /\bEMFILE\b|\bENFILE\b|[Tt]oo many open files|\[Errno 2[34]\]|\bos error 2[34]\b/;
const WHOLE_MACHINE = /\bENFILE\b|[Tt]oo many open files in system|\[Errno 23\]|\bos error 23\b/;
/** The kernel says EMFILE also when a user has too many watchers of files. */
const WATCHERS = /inotify|\bwatch(?:er|ing)?\b/i;
/** A program that closes what failed holds a few less than it may. */
const AT_LIMIT_SHARE = 0.9;
const FAR_SHARE = 0.7;
/** Most services never need more. */
const USUAL_LIMIT = 4096;

/** A service that can open no more files or connections: what it holds now against its own limit and the machine's. */
export function judgeOpenFiles(
  state: ServiceState,
  health: readonly HealthAnswer[],
  sample: ResourceSample | undefined,
): Judgement[] {
  const target = state.service.name;
  const entry = complaintOf(state);
  const fullest = fullestOf(state, sample);
  const deaf = health.some((each) => each.service === target && !isAnswered(each));
  if (!entry && !(deaf && fullest && fullest.share >= AT_LIMIT_SHARE)) return [];
  const said = entry ? [logEvidence(entry)] : [];
  if (!state.running) return entry ? [judgeEnded(state, entry)] : [];
  if (entry && WHOLE_MACHINE.test(entry.record.text)) return judgeMachine(entry, sample);
  if (!fullest) {
    const because = 'its log says that it can open no more files, and what it holds is hidden from us';
    return [
      unknown({ target, because, next: 'as its user or as root: ls /proc/PID/fd | wc -l, and /proc/PID/limits' }),
    ];
  }
  const { use, share } = fullest;
  const held = `${use.openFiles} of ${use.openFilesLimit} files and connections that it may`;
  const kind = use.socketShare === undefined ? '' : `; ${Math.round(use.socketShare * 100)} % of them are connections`;
  const evidence: Evidence[] = [
    { kind: 'process', source: `/proc/${use.pid}/fd`, text: `holds ${held}${kind}` },
    ...said,
  ];
  if (share < FAR_SHARE) return [refuted({ target, because: `it holds ${held} now`, evidence })];
  return [
    proved({
      target,
      confidence: share >= AT_LIMIT_SHARE ? 'proved' : 'likely',
      summary: `${target} can open no more files or connections: pid ${use.pid} holds ${held}`,
      evidence,
      fixes: raiseFix(use, target),
      advice: {
        sure: 'The kernel counts what it holds open and its limit, and the one has reached the other.',
        first: `See what it holds (ls -l /proc/${use.pid}/fd): connections or files that are never closed come back under any limit.`,
        verify: 'Under the same load the number of open files stays well below the limit.',
      },
    }),
  ];
}

export function complaintOf(state: ServiceState): LogEntry | undefined {
  const entry = saying(state, NO_FILES) ?? state.crashes.findLast(({ record }) => NO_FILES.test(record.text));
  return entry && !WATCHERS.test(entry.record.message) ? entry : undefined;
}

/** What ended it is the kernel's own refusal; an error among others before its end is less. */
function judgeEnded(state: ServiceState, entry: LogEntry): Judgement {
  const target = state.service.name;
  return proved({
    target,
    confidence: state.crashes.some(({ record }) => record === entry.record) ? 'proved' : 'likely',
    summary: `${target} ended when it could open no more files or connections`,
    evidence: [logEvidence(entry)],
  });
}

function judgeMachine(entry: LogEntry, sample: ResourceSample | undefined): Judgement[] {
  const files = sample?.machine.after.openFiles;
  if (!files)
    return [
      unknown({ target: HOST_TARGET, because: 'this platform does not tell how many files the machine has open' }),
    ];
  const text = `${files.used} of ${files.limit} files are open on the whole machine`;
  const evidence: Evidence[] = [{ kind: 'host', source: '/proc/sys/fs/file-nr', text }, logEvidence(entry)];
  return [
    files.used >= files.limit * AT_LIMIT_SHARE
      ? proved({ target: HOST_TARGET, summary: `No program can open another file: ${text}`, evidence })
      : refuted({ target: HOST_TARGET, because: text, evidence }),
  ];
}

function fullestOf(
  state: ServiceState,
  sample: ResourceSample | undefined,
): { use: ProcessUse; share: number } | undefined {
  return pidsOf(state)
    .flatMap((pid) => {
      const span = sample?.processes.get(pid);
      return span ? [span.before, span.after] : [];
    })
    .flatMap((use) =>
      use.openFiles === undefined || use.openFilesLimit === undefined
        ? []
        : [{ use, share: use.openFiles / use.openFilesLimit }],
    )
    .sort((a, b) => b.share - a.share)[0];
}

/** The running process itself is given more, as far as its hard limit goes; the next start has its old one again. */
function raiseFix({ pid, openFilesLimit: soft = 0, openFilesHardLimit: hard }: ProcessUse, target: string): Fix[] {
  const raised = Math.min(hard ?? Number.POSITIVE_INFINITY, Math.max(USUAL_LIMIT, soft * 4));
  if (raised < soft * 2) return [];
  const limit = (value: number): string[] => ['prlimit', '--pid', String(pid), `--nofile=${value}:`];
  return [
    {
      title: `Let the running process hold ${raised} files instead of ${soft}`,
      risk: 'execute',
      changes: [{ kind: 'command', argv: limit(raised), undo: limit(soft) }],
      undo: true,
      verify: `${target} opens files and connections again; set the limit where it is started, too (ulimit -n, LimitNOFILE, ulimits).`,
    },
  ];
}
