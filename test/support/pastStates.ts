import type { DiagnosisReport, Finding, SuppressedFinding } from '../../server/protocol/diagnosis.ts';
import type { AppliedFix } from '../../server/protocol/fix.ts';
import type { HistoryEntry } from '../../server/protocol/history.ts';
import type { TroubleshootingState } from '../../server/protocol/troubleshooting.ts';

const HOUR = 3_600_000;
const ago = (hours: number): string => new Date(Date.now() - hours * HOUR).toISOString();

const title = 'Let api listen on port 4101, which is free';

const applied: AppliedFix = {
  id: 'a1b2c3d4e5f60718',
  workspace: '/home/dev/shop',
  cause: 'port.conflict',
  target: 'api',
  summary: 'Port 4100 is held by node (pid 4121, /home/dev/old-preview), so api cannot bind it',
  title,
  appliedAt: ago(0.02),
  outcome: { kind: 'verified', because: 'nothing else listens on 4101' },
  undo: true,
};

const appliedBefore: AppliedFix[] = [
  applied,
  {
    ...applied,
    id: 'a1b2c3d4e5f60719',
    cause: 'dependency.module-missing',
    title: 'Install what package.json asks for',
    appliedAt: ago(30),
    outcome: { kind: 'stillThere', because: 'express is not installed', undone: true },
    undo: false,
    output: 'added 0 packages in 1s',
  },
  { ...applied, id: 'a1b2c3d4e5f6071a', appliedAt: ago(75), outcome: { kind: 'undone' }, undo: false },
];

const root = { cause: 'port.conflict', target: 'api', summary: applied.summary };
const entry: HistoryEntry = {
  id: 41,
  startedAt: ago(0.4),
  lastAt: ago(0.01),
  runs: 23,
  status: 'fail',
  root,
  findings: 3,
  suppressed: 0,
  durationMs: 412,
};
const { root: _, ...healthyEntry } = entry;
const history: HistoryEntry[] = [
  entry,
  {
    ...healthyEntry,
    id: 40,
    startedAt: ago(20),
    lastAt: ago(0.5),
    runs: 311,
    status: 'pass',
    findings: 0,
    suppressed: 1,
  },
  {
    ...entry,
    id: 39,
    startedAt: ago(21),
    lastAt: ago(21),
    runs: 1,
    status: 'warn',
    root: { cause: 'env.missing', target: 'api', summary: 'STRIPE_KEY is required by src/pay.js but is not set' },
  },
  { ...entry, id: 38, startedAt: ago(98), lastAt: ago(75), runs: 4 },
];

/** Looks of the page that tell of fixes, of the past and of what is suppressed. */
export function pastStates({
  base,
  broken,
  healthy,
}: {
  base: TroubleshootingState;
  broken: DiagnosisReport;
  healthy: DiagnosisReport;
}) {
  const [first, ...others] = broken.findings;
  const recurring: DiagnosisReport = {
    ...broken,
    findings: [
      {
        ...(first as Finding),
        fingerprint: 'abc',
        seenBefore: { count: 3, firstAt: ago(400), lastAt: ago(75), fixedBy: { title, appliedAt: ago(74) } },
      },
      ...others,
    ],
  };
  const suppressed: SuppressedFinding[] = broken.findings.map((finding) => ({
    finding,
    reason: 'The old preview is meant to run until the new one is announced, see SHOP-412',
    since: ago(2),
    until: ago(-166),
    id: '3f9a12c4',
  }));
  const withFix = (fix: NonNullable<TroubleshootingState['fix']>, report = recurring): TroubleshootingState => ({
    ...base,
    report,
    fix,
  });
  return {
    fixAsking: withFix({ phase: 'asking', title, label: 'Waiting for your decision' }),
    fixReviewing: withFix({ phase: 'reviewing', title, change: 1, of: 2 }),
    fixRunning: withFix({ phase: 'running', title, label: 'Judging port.conflict again' }),
    fixVerified: {
      ...withFix(
        { phase: 'done', applied, verify: 'Start api again: it listens on 4101 and /health answers.' },
        healthy,
      ),
      applied: appliedBefore,
    },
    fixTakenBack: withFix({
      phase: 'done',
      applied: {
        ...applied,
        outcome: {
          kind: 'stillThere',
          because: 'Port 4101 is held by python3 (pid 977), so api cannot bind it',
          undone: true,
        },
        undo: false,
        output: 'listening on 4101',
      },
    }),
    fixKept: withFix({
      phase: 'done',
      applied: { ...applied, outcome: { kind: 'stillThere', because: 'Port 4100 is still held', undone: false } },
    }),
    fixFailed: withFix({
      phase: 'done',
      applied: {
        ...applied,
        outcome: { kind: 'failed', because: 'kill ended with exit code 1: No such process', undone: true },
        undo: false,
        output: 'kill: (4121) - No such process',
      },
    }),
    fixStopped: withFix({
      phase: 'stopped',
      title,
      message: '.env has unsaved changes, and a fix would collide with them.',
      action: 'Save the file or revert it, then apply the fix.',
      cancelled: false,
    }),
    remembered: { ...base, report: recurring, applied: appliedBefore, history },
    suppressed: {
      ...base,
      workspaces: [{ path: broken.workspace, name: 'shop', status: 'pass' }],
      report: { ...healthy, suppressed },
      history,
    },
    past: { ...base, report: healthy, past: { ...recurring, startedAt: ago(75) }, history },
  } as const satisfies Record<string, TroubleshootingState>;
}
