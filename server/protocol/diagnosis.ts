import { ProgressType } from 'vscode-jsonrpc';
import * as z from 'zod';
import { defineNotification, defineRequest } from './defineMessage.ts';

/** The categories of `CONTRACT.md`; each cause belongs to one. */
export const Category = z.enum([
  'startup',
  'model',
  'memory',
  'performance',
  'security',
  'database',
  'network',
  'disk',
  'kubernetes',
]);
export type Category = z.infer<typeof Category>;

/** How a category is called in a sentence. */
export const CATEGORY_NAMES: Readonly<Record<Category, string>> = {
  startup: 'Startup',
  model: 'Models',
  memory: 'Memory',
  performance: 'Performance',
  security: 'Security',
  database: 'Database',
  network: 'Network',
  disk: 'Disk',
  kubernetes: 'Kubernetes',
};

/**
 * One fact with its source. `source` is `path:line` (relative to the workspace) when a person can open it,
 * else the file, command, URL or system call that told it.
 */
export const Evidence = z.object({
  kind: z.enum([
    'log',
    'file',
    'config',
    'code',
    'process',
    'listener',
    'probe',
    'filesystem',
    'host',
    'container',
    'cluster',
    'database',
    'gpu',
  ]),
  source: z.string(),
  text: z.string(),
  time: z.iso.datetime().optional(),
});
export type Evidence = z.infer<typeof Evidence>;

/** One declared change to the system. It is data: showing it, applying it and taking it back all read the same object. */
export const Change = z.discriminatedUnion('kind', [
  /** Replaces the lines `[line, line + number of lines in before)` of a file. Empty `before` inserts ahead of `line`. Lines are 1-based. */
  z.object({
    kind: z.literal('edit'),
    file: z.string(),
    line: z.number().int().min(1),
    before: z.string(),
    after: z.string(),
  }),
  z.object({ kind: z.literal('create'), file: z.string(), content: z.string() }),
  /** A fixed argv, never a shell string; `cwd` is relative to the workspace. `undo` is the argv that takes it back, where there is one. */
  z.object({
    kind: z.literal('command'),
    argv: z.array(z.string()).min(1),
    cwd: z.string().optional(),
    undo: z.array(z.string()).min(1).optional(),
  }),
  /** An action of the container engine on one container, by its name; `start` and `stop` take each other back. */
  z.object({
    kind: z.literal('container'),
    action: z.enum(['start', 'stop', 'restart']),
    container: z.string(),
  }),
  /** One statement on the database that the named target stands for, with the login that the workspace configures. */
  z.object({
    kind: z.literal('sql'),
    target: z.string(),
    statement: z.string(),
    /** Another database of the same server to run it in; default: the one that the target names. */
    database: z.string().optional(),
    undo: z.string().optional(),
  }),
]);
export type Change = z.infer<typeof Change>;

/** Whether Tektra can take a change back by itself. */
export function isUndoable(change: Change): boolean {
  switch (change.kind) {
    case 'edit':
    case 'create':
      return true;
    case 'container':
      return change.action !== 'restart';
    case 'command':
    case 'sql':
      return change.undo !== undefined;
  }
}

/** What only a person can tell: `‹?NAME›` in the texts of a change stands for the answer. */
export const FixInput = z.object({
  name: z.string(),
  /** The question, for a person. */
  prompt: z.string(),
  /** A fitting answer, when one is known. */
  suggestion: z.string().optional(),
  /** Not to be echoed, logged or kept. */
  secret: z.boolean(),
  /** The form in which the answer is written: as it is, or quoted where an env file needs that. */
  form: z.enum(['plain', 'dotenv']).optional(),
});
export type FixInput = z.infer<typeof FixInput>;

export const Fix = z.object({
  title: z.string(),
  risk: z.enum(['read', 'write', 'execute', 'admin']),
  changes: z.array(Change),
  /** Whether Tektra can take the changes back: every one of them `isUndoable`. The verdict computes it. */
  undo: z.boolean(),
  /** How one knows that it worked, for a person. Tektra itself judges the cause again. */
  verify: z.string(),
  /** Answered before the changes are shown; absent when nothing is to be asked. */
  inputs: z.array(FixInput).optional(),
});
export type Fix = z.infer<typeof Fix>;

/** What a senior engineer would add to a finding; one sentence each, for a person. */
export const Advice = z.object({
  /** Why we are sure: which facts decide it. */
  sure: z.string(),
  /** What to do first. */
  first: z.string(),
  /** How to know that it is over. */
  verify: z.string(),
});
export type Advice = z.infer<typeof Advice>;

/** Earlier times at which the same cause was found on the same target. A time ends with the first run that no longer finds it. */
export const SeenBefore = z.object({
  /** How many times, the present one not counted. */
  count: z.number().int().min(1),
  /** When the first of them began, and when the last of them was last seen. */
  firstAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  /** The fix of Tektra's that ended the last of them, when one did. */
  fixedBy: z.object({ title: z.string(), appliedAt: z.iso.datetime() }).optional(),
});
export type SeenBefore = z.infer<typeof SeenBefore>;

export const Finding = z.object({
  /** `f1`, `f2` … within one report; those of suppressed findings go on behind the others'. */
  id: z.string(),
  cause: z.string(),
  category: Category,
  target: z.string(),
  summary: z.string(),
  confidence: z.enum(['proved', 'likely']),
  /** Ids of the findings that follow from this one. */
  explains: z.array(z.string()),
  evidence: z.array(Evidence),
  advice: Advice,
  fixes: z.array(Fix),
  /** The same for the same fault in every report, whatever its pid, time or line is then. */
  fingerprint: z.string().optional(),
  seenBefore: SeenBefore.optional(),
});
export type Finding = z.infer<typeof Finding>;

export const RuledOut = z.object({
  cause: z.string(),
  target: z.string(),
  because: z.string(),
  evidence: z.array(Evidence),
});
export type RuledOut = z.infer<typeof RuledOut>;

export const Unknown = z.object({
  cause: z.string(),
  target: z.string().optional(),
  because: z.string(),
  next: z.string().optional(),
});
export type Unknown = z.infer<typeof Unknown>;

export const TargetKind = z.enum(['service', 'database', 'cache', 'endpoint', 'workload', 'proxy', 'host']);
export type TargetKind = z.infer<typeof TargetKind>;

export const TargetSummary = z.object({
  name: z.string(),
  kind: TargetKind,
  source: z.string(),
  dependsOn: z.array(z.string()),
});
export type TargetSummary = z.infer<typeof TargetSummary>;

/** A finding that the user does not want to be told of, with the suppression that holds it back. */
export const SuppressedFinding = z.object({
  finding: Finding,
  reason: z.string(),
  since: z.iso.datetime(),
  /** When it is told again; absent: when it changes. */
  until: z.iso.datetime().optional(),
  /** Of the suppression: what follows from a suppressed finding alone is held back with it. */
  id: z.string(),
});
export type SuppressedFinding = z.infer<typeof SuppressedFinding>;

/** `waiting`: for the result of another check. `skipped`: the user gave it up, or one that it needs. */
export const CheckState = z.enum(['waiting', 'running', 'done', 'failed', 'skipped']);
export type CheckState = z.infer<typeof CheckState>;

/** One observer of a run: a look at the machine or the workspace. */
export const Check = z.object({
  id: z.string(),
  /** For a person: "listening ports". */
  label: z.string(),
  state: CheckState,
  /** Time of its own, so far when it goes on, without the time in which it waited for other checks. */
  durationMs: z.number(),
  /** Why it failed or was skipped, for a person. */
  because: z.string().optional(),
  /** What keeps secrets out of the report needs it: it cannot be skipped. */
  essential: z.literal(true).optional(),
});
export type Check = z.infer<typeof Check>;

/** What the user asked about, and what was understood of it. It decides what comes first and hides nothing. */
export const Asked = z.object({
  about: Category.optional(),
  /** As the user wrote it, without secrets. */
  symptom: z.string().optional(),
  /** Where the trouble shows, in the order of likelihood: the chosen category, then those of the symptom's words. */
  categories: z.array(Category),
  /** Names of the targets that the symptom speaks of. */
  targets: z.array(z.string()),
  /** The words of the symptom that were recognised, as written. */
  words: z.array(z.string()),
  /** The verdict's answer in one or two sentences: "Nothing wrong in Memory. Elsewhere: 1 finding in Network." */
  answer: z.string(),
});
export type Asked = z.infer<typeof Asked>;

/** A symptom in more letters than this is no description any more. */
export const MAX_SYMPTOM = 1_000;

/** The answer of one diagnosis; `tektra diagnose --json` prints exactly this. */
export const DiagnosisReport = z.object({
  schema: z.literal(1),
  status: z.enum(['pass', 'warn', 'fail']),
  /** Absolute path of the diagnosed folder. */
  workspace: z.string(),
  startedAt: z.iso.datetime(),
  durationMs: z.number(),
  targets: z.array(TargetSummary),
  /** Present when the request named a category to begin with or a symptom. */
  asked: Asked.optional(),
  /** Most fundamental first: `findings[0]` is the root cause, of several the one that was asked about. Empty when healthy. */
  findings: z.array(Finding),
  /** What was found and is suppressed by the user: it has no part in `status`. Absent when there is none. */
  suppressed: z.array(SuppressedFinding).optional(),
  ruledOut: z.array(RuledOut),
  unknown: z.array(Unknown),
  /** How long each check took; absent in reports of older versions. */
  checks: z.array(Check).optional(),
});
export type DiagnosisReport = z.infer<typeof DiagnosisReport>;

/** Something proved fails, a guess warns. */
export function statusOf(findings: readonly Pick<Finding, 'confidence'>[]): DiagnosisReport['status'] {
  if (findings.some(({ confidence }) => confidence === 'proved')) return 'fail';
  return findings.length > 0 ? 'warn' : 'pass';
}

export const DiagnosisRequest = z.object({
  /** Absolute path of the folder to diagnose. */
  workspace: z.string().min(1),
  /** Only findings of this category; what it leaves out is not said. */
  category: Category.optional(),
  target: z.string().optional(),
  /** Where the user sees the trouble: the whole is diagnosed, and what belongs to it comes first. */
  about: Category.optional(),
  /** What the user sees, in their own words; read by a table of words, never by a model. */
  symptom: z.string().max(MAX_SYMPTOM).optional(),
  logs: z.array(z.string()).optional(),
  timeoutMs: z.number().int().positive().optional(),
  /** Correlates `$/progress` with this run. */
  progressToken: z.union([z.string(), z.number()]).optional(),
});
export type DiagnosisRequest = z.infer<typeof DiagnosisRequest>;

/** What a run is asked about; empty for nothing in particular. */
export const DiagnosisQuestion = DiagnosisRequest.pick({ about: true, symptom: true });
export type DiagnosisQuestion = z.infer<typeof DiagnosisQuestion>;

/** How far a run is. Sent when checks begin or end, at most ten times a second, and twice a second while one takes long. */
export interface DiagnosisProgress {
  /** Checks that ended / that are known of so far. */
  done: number;
  total: number;
  /** What happens now, for a person: "Listening ports". */
  label: string;
  /** All of them, so that a step that was missed is made up for by the next; absent before the first. */
  checks?: Check[];
}

/** client → server, webview → client: diagnoses a folder. Cancel with `$/cancelRequest`; progress under `progressToken`. Errors: workspace.unreadable, target.unknown, request.cancelled. */
export const runDiagnosis = defineRequest('tektra/diagnosis/run', DiagnosisRequest, DiagnosisReport);

/**
 * client → server: gives up one check of a run of this connection, named by its progress token; what needs the check becomes
 * unknown, and the run goes on. `skip` joins the protocol's verbs for this: `stop` ends the whole run.
 * `skipped` is false when the check or the run had ended by then, or cannot be skipped.
 */
export const skipDiagnosis = defineRequest(
  'tektra/diagnosis/skip',
  z.object({ progressToken: z.union([z.string(), z.number()]), check: z.string() }),
  z.object({ skipped: z.boolean() }),
);

/** client → server, webview → client: the last report of a folder, if there is one. */
export const getDiagnosis = defineRequest(
  'tektra/diagnosis/get',
  z.object({ workspace: z.string().min(1) }),
  DiagnosisReport.nullable(),
);

/** Progress of a run, under the token of its request. */
export const diagnosisProgress = new ProgressType<DiagnosisProgress>();

/** client → webview, server → client: a run of this folder ended, whoever asked for it. */
export const diagnosisChanged = defineNotification('tektra/diagnosis/changed', DiagnosisReport);
