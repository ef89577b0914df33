import type { DiagnosisReport, Evidence, Finding } from '../../server/protocol/diagnosis.ts';
import type { TroubleshootingState } from '../../server/protocol/troubleshooting.ts';
import { liveRun, manyChecks, withChecks } from './manyChecks.ts';
import { pastStates } from './pastStates.ts';

const workspace = '/home/dev/shop';
const now = new Date();
const today = (clock: string): string => `${now.toISOString().slice(0, 10)}T${clock}Z`;

/** A proved root cause with evidence of three kinds and two fixes. */
export const portTaken: Finding = {
  id: 'f1',
  cause: 'port.conflict',
  category: 'startup',
  target: 'api',
  summary: 'Port 4100 is held by node (pid 4121, /home/dev/old-preview), so api cannot bind it',
  confidence: 'proved',
  explains: ['f2', 'f3'],
  advice: { sure: 'A fact decides it.', first: 'Look at it.', verify: 'It is gone.' },
  evidence: [
    { kind: 'config', source: '.env:2', text: 'PORT=4100' },
    { kind: 'listener', source: '/proc/net/tcp', text: '127.0.0.1:4100 LISTEN pid 4121 node server.js' },
    {
      kind: 'log',
      source: 'logs/api.log:118',
      text: 'Error: listen EADDRINUSE: address already in use 127.0.0.1:4100',
      time: today('09:41:12.204'),
    },
  ],
  fixes: [
    {
      title: 'Let api listen on port 4101, which is free',
      risk: 'write',
      changes: [{ kind: 'edit', file: '.env', line: 2, before: 'PORT=4100', after: 'PORT=4101' }],
      undo: true,
      verify: 'Start api again: it listens on 4101 and /health answers.',
    },
    {
      title: 'Stop the process that holds the port',
      risk: 'execute',
      changes: [{ kind: 'command', argv: ['kill', '-TERM', '4121'] }],
      undo: false,
      verify: 'Nothing listens on 4100 any more.',
    },
  ],
};

const crashLoop: Finding = {
  id: 'f2',
  cause: 'process.crash-loop',
  category: 'startup',
  target: 'api',
  summary: 'api exits 0.4 s after each start; 5 starts in the last minute',
  confidence: 'proved',
  explains: ['f3'],
  advice: { sure: 'A fact decides it.', first: 'Look at it.', verify: 'It is gone.' },
  evidence: [
    { kind: 'log', source: 'logs/api.log:96', text: 'shop-api starting (attempt 5)', time: today('09:41:11.8') },
  ],
  fixes: [],
};

const serviceDown: Finding = {
  id: 'f3',
  cause: 'service.down',
  category: 'startup',
  target: 'web',
  summary: 'web answers 502: its upstream api does not run',
  confidence: 'proved',
  explains: [],
  advice: { sure: 'A fact decides it.', first: 'Look at it.', verify: 'It is gone.' },
  evidence: [
    { kind: 'probe', source: 'http://127.0.0.1:8080/', text: '502 Bad Gateway after 4 ms', time: today('09:42:00') },
  ],
  fixes: [],
};

const hostile: Evidence = {
  kind: 'log',
  source: 'logs/api.log:77',
  text: "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script> $(error)",
};

const broken: DiagnosisReport = {
  schema: 1,
  status: 'fail',
  workspace,
  startedAt: today('09:42:03.000'),
  durationMs: 412,
  targets: [
    { name: 'api', kind: 'service', source: 'compose.yaml:3', dependsOn: ['db'] },
    { name: 'web', kind: 'service', source: 'compose.yaml:14', dependsOn: ['api'] },
    { name: 'db', kind: 'database', source: '.env:4', dependsOn: [] },
  ],
  findings: [portTaken, crashLoop, serviceDown],
  ruledOut: [
    {
      cause: 'database.unreachable',
      target: 'db',
      because: 'It accepted a connection in 3 ms; the timeouts in the log are from yesterday and stopped at 18:04.',
      evidence: [
        { kind: 'probe', source: 'postgres://127.0.0.1:5432/shop', text: 'connected, server 15.8' },
        { kind: 'log', source: 'logs/api.log:41', text: 'Error: connect ETIMEDOUT', time: '2026-03-01T18:02:11.000Z' },
      ],
    },
    {
      cause: 'disk.full',
      target: 'host',
      because: '41 GB free on /',
      evidence: [],
    },
  ],
  checks: manyChecks,
  unknown: [
    {
      cause: 'container.exited',
      target: 'web',
      because: 'No Docker socket on this machine',
      next: 'start Docker and diagnose again',
    },
  ],
};

const base: TroubleshootingState = {
  backend: { phase: 'running', httpPort: 8000 },
  workspaces: [{ path: workspace, name: 'shop', status: 'fail' }],
  selected: workspace,
  trusted: true,
};

const healthy: DiagnosisReport = { ...broken, status: 'pass', findings: [], durationMs: 288 };
const running = { done: 7, total: 19, label: 'Listening ports' };

/** One state for each look that the troubleshooting page can have. */
export const troubleshootingStates = {
  broken: { ...base, report: broken },
  hostile: {
    ...base,
    report: {
      ...broken,
      findings: [
        {
          ...portTaken,
          explains: [],
          summary: hostile.text,
          advice: { sure: 'A fact decides it.', first: 'Look at it.', verify: 'It is gone.' },
          evidence: [hostile],
        },
      ],
    },
  },
  twoRoots: {
    ...base,
    workspaces: [
      ...base.workspaces,
      { path: '/home/dev/billing', name: 'billing', status: 'pass' },
      { path: '/home/dev/ui', name: 'ui' },
    ],
    report: {
      ...broken,
      status: 'warn',
      findings: [
        { ...portTaken, explains: [], confidence: 'likely' },
        {
          ...serviceDown,
          id: 'f2',
          cause: 'env.missing',
          summary: 'STRIPE_KEY is required by src/pay.js but is not set',
          advice: { sure: 'A fact decides it.', first: 'Look at it.', verify: 'It is gone.' },
          evidence: [{ kind: 'code', source: 'src/pay.js:12', text: 'const key = required(process.env.STRIPE_KEY)' }],
        },
      ],
    },
  },
  runningAgain: { ...base, report: broken, running },
  healthy: { ...base, workspaces: [{ path: workspace, name: 'shop', status: 'pass' }], report: healthy },
  neverRun: { ...base, backend: { phase: 'stopped' }, workspaces: [{ path: workspace, name: 'shop' }] },
  firstRun: {
    ...base,
    backend: { phase: 'starting' },
    workspaces: [{ path: workspace, name: 'shop' }],
    running: { done: 0, total: 0, label: 'Starting' },
  },
  guide: { ...base, report: broken, guide: true },
  live: { ...base, workspaces: [{ path: workspace, name: 'shop' }], running: liveRun },
  liveAgain: { ...base, report: broken, running: liveRun },
  liveBehind: { ...base, report: broken, running: { ...liveRun, background: true } },
  asked: {
    ...base,
    report: {
      ...broken,
      asked: {
        symptom: 'api returns 503 since the deploy',
        categories: ['network', 'startup', 'database'],
        targets: ['api'],
        words: ['api', '503'],
        answer: 'What you describe fits the root cause below.',
      },
      unknown: [
        ...broken.unknown,
        { cause: 'database.auth-failed', because: 'databases, caches and peers: skipped by you' },
        { cause: 'database.unreachable', because: 'databases, caches and peers: skipped by you' },
      ],
      checks: withChecks(
        { id: 'gpu.sight', label: 'graphics processors', state: 'failed', durationMs: 4_002, because: 'no answer' },
        {
          id: 'tls.peers',
          label: 'certificates of peers',
          state: 'skipped',
          durationMs: 2_100,
          because: 'skipped by you',
        },
      ),
    },
  },
  askedElsewhere: {
    ...base,
    report: {
      ...broken,
      asked: {
        about: 'memory',
        categories: ['memory'],
        targets: [],
        words: [],
        answer: 'Nothing wrong in Memory. Elsewhere: 1 finding in Startup.',
      },
    },
  },
  failedRun: {
    ...base,
    error: { message: 'The folder cannot be read: permission denied.', action: 'Check its permissions.' },
  },
  backendFailed: {
    ...base,
    backend: { phase: 'failed', message: 'The backend crashed 5 times in 3 minutes: out of memory.' },
    report: broken,
  },
  backendRestarting: { ...base, backend: { phase: 'starting' }, report: broken },
  untrusted: { ...base, trusted: false },
  noFolder: { backend: { phase: 'stopped' }, workspaces: [], trusted: true },
  virtual: { backend: { phase: 'stopped' }, workspaces: [], unsupported: ['vscode-vfs repo'], trusted: true },
  ...pastStates({ base, broken, healthy }),
} as const satisfies Record<string, TroubleshootingState>;

export type StateName = keyof typeof troubleshootingStates;
